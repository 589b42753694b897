import { app } from 'electron';
import type { Logger } from '../gateway/observability/logger';
import type { Fallback, MadeGateway } from '../gateway-supervisor';
import type { DesktopFolders } from './desktop-folders';
import { createElectronBrowsers } from './electron-browsers';
import { openSecretStore } from './secret-store';

/** An office PC may have something on port 3001; one of the next is taken then, and the window says so. */
const furtherPorts = 20;

/**
 * The gateway with what the desktop has for it. Its megabytes of code are loaded only now: the window is
 * there by then.
 * @throws ConfigurationError when a setting makes no sense
 */
export async function openGateway(
  folders: DesktopFolders,
  logger: Logger,
  restart: () => Promise<void>,
  fallback: Fallback | undefined,
): Promise<MadeGateway> {
  const [{ createGateway }, { readConfig }, { createInstalledBrowsers }] = await Promise.all([
    import('../gateway/gateway'),
    import('../gateway/config/config'),
    import('../gateway/whatsapp/installed-browsers'),
  ]);
  const config =
    fallback?.config ??
    readConfig(process.env, folders.cwd, (options) => openSecretStore(options, logger), 'desktop');
  const gateway = createGateway(config, {
    openSecrets: (options) => openSecretStore(options, logger),
    browsers: createElectronBrowsers({
      executablePath: process.execPath,
      appPath: app.isPackaged ? undefined : app.getAppPath(),
      chromeVersion: process.versions.chrome,
      argv: process.argv,
      installed: createInstalledBrowsers({ executablePath: config.browserExecutablePath }),
    }),
    restartProblem: fallback?.problem,
    furtherPorts,
    // Started from a terminal it talks there, as the headless gateway does.
    print: app.isPackaged ? undefined : (lines) => process.stdout.write(lines),
    entryPoint: { kind: 'desktop', restart },
  });
  return { gateway, config };
}
