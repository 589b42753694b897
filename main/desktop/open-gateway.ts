import { app } from 'electron';
import type { GatewayConfig } from '../gateway/config/config';
import type { Gateway } from '../gateway/gateway';
import type { Logger } from '../gateway/observability/logger';
import type { DesktopFolders } from './desktop-folders';
import { createElectronBrowsers } from './electron-browsers';
import { openSecretStore } from './secret-store';

/** An office PC may have something on port 3001; one of the next is taken then, and the window says so. */
const furtherPorts = 20;

/**
 * The gateway with what the desktop has for it. Its megabytes of code are loaded only now: the window is
 * there by then.
 * @param before what it ran with, to be used again, and what is wrong with the settings of now
 * @throws ConfigurationError when a setting makes no sense
 */
export async function openGateway(
  folders: DesktopFolders,
  logger: Logger,
  onRestart: () => void,
  before?: { readonly config: GatewayConfig; readonly problem: string },
): Promise<{ readonly gateway: Gateway; readonly config: GatewayConfig }> {
  const [{ createGateway }, { readConfig }, { createInstalledBrowsers }] = await Promise.all([
    import('../gateway/gateway'),
    import('../gateway/config/config'),
    import('../gateway/whatsapp/find-browser'),
  ]);
  const config =
    before?.config ??
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
    restartProblem: before?.problem,
    furtherPorts,
    // Started from a terminal it talks there, as the headless gateway does.
    print: app.isPackaged ? undefined : (lines) => process.stdout.write(lines),
    door: {
      kind: 'desktop',
      restart() {
        // The answer to whoever asked for it leaves first.
        setImmediate(onRestart);
        return Promise.resolve();
      },
    },
  });
  return { gateway, config };
}
