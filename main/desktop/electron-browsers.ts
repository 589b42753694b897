import type { BrowserLaunch, BrowserPort } from '../gateway/whatsapp/installed-browsers';
import { whatsAppHostSwitch } from './whatsapp-host';

export interface ElectronBrowsersOptions {
  /** the running app's own binary: `process.execPath` */
  readonly executablePath: string;
  /** `app.getAppPath()` of an app that is not packaged; a packaged one finds itself */
  readonly appPath?: string;
  /** `process.versions.chrome` */
  readonly chromeVersion: string;
  /** what the app itself was started with: where it runs only so, its sessions do too */
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
  /** Chrome and Edge, for sessions that are paired in a window of theirs */
  readonly installed: BrowserPort;
}

/** Switches without which Electron does not run at all in some places (containers, AppImage, no display). */
const inheritedSwitches = [
  '--no-sandbox',
  '--disable-setuid-sandbox',
  '--ozone-platform',
  '--ozone-platform-hint',
];

/** These would turn the host into something else: plain Node, or a Node with foreign options. */
const foreignVariables = ['ELECTRON_RUN_AS_NODE', 'NODE_OPTIONS'];

/** The system as Chrome tells it, the same for all versions of one: Chrome's reduced user agent. */
function describeSystem(platform: NodeJS.Platform): string {
  if (platform === 'win32') return 'Windows NT 10.0; Win64; x64';
  if (platform === 'darwin') return 'Macintosh; Intel Mac OS X 10_15_7';
  return 'X11; Linux x86_64';
}

/** What Chrome of this version calls itself; WhatsApp turns away what calls itself Electron. */
function createUserAgent(platform: NodeJS.Platform, chromeVersion: string): string {
  const major = chromeVersion.split('.')[0] ?? '';
  return `Mozilla/5.0 (${describeSystem(platform)}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36`;
}

/** The desktop app's browsers: its own Electron in the host role, and for visible pairing what is installed. */
export function createElectronBrowsers(options: ElectronBrowsersOptions): BrowserPort {
  const { executablePath, appPath, installed } = options;
  const inherited = (options.argv ?? []).filter((value) =>
    inheritedSwitches.includes(value.split('=', 1)[0] ?? ''),
  );
  const env = Object.fromEntries(
    Object.entries(options.env ?? process.env).filter(([name]) => !foreignVariables.includes(name)),
  );
  const launch: BrowserLaunch = {
    name: 'Electron',
    executablePath,
    // Its window is never shown, by the host itself.
    headless: false,
    args: [...(appPath === undefined ? [] : [appPath]), whatsAppHostSwitch, ...inherited],
    env,
    userAgent: createUserAgent(options.platform ?? process.platform, options.chromeVersion),
  };
  return {
    find: () => launch,
    findInstalled: () => installed.findInstalled(),
    canShowWindows: () => installed.canShowWindows(),
  };
}
