import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** How to start a browser for one session; the profile folder and the network are the session's own affair. */
export interface BrowserLaunch {
  /** shown to people: Chromium, Google Chrome, Microsoft Edge, Electron */
  readonly name: string;
  readonly executablePath: string;
  /** false also where windows exist but are never shown (Electron in the host role) */
  readonly headless: boolean;
  readonly args: readonly string[];
  /** the environment of the process; the gateway's own when absent */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The browser's own, without the words that give away a driven one, when absent. */
  readonly userAgent?: string;
}

/** Which browsers WhatsApp may run in; the desktop app and the headless gateway bring their own. */
export interface BrowserPort {
  /** The gateway's own browser, without a window. Undefined: none on this machine. */
  find(): BrowserLaunch | undefined;
  /** An installed Chrome, Edge or Chromium, for sessions that were paired in its window. */
  findInstalled(): BrowserLaunch | undefined;
  /** Is there a display that a window could be shown on? */
  canShowWindows(): boolean;
}

interface Candidate {
  readonly name: string;
  readonly paths: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the installers put them, most wanted first. */
function listCandidates(platform: NodeJS.Platform, env: Environment): readonly Candidate[] {
  if (platform === 'win32') {
    const roots = [env['PROGRAMFILES'], env['PROGRAMFILES(X86)'], env['LOCALAPPDATA']].filter(
      (root): root is string => root !== undefined && root !== '',
    );
    const under = (relative: string) => roots.map((root) => path.win32.join(root, relative));
    return [
      { name: 'Google Chrome', paths: under('Google\\Chrome\\Application\\chrome.exe') },
      { name: 'Microsoft Edge', paths: under('Microsoft\\Edge\\Application\\msedge.exe') },
      { name: 'Chromium', paths: under('Chromium\\Application\\chrome.exe') },
    ];
  }
  if (platform === 'darwin') {
    const under = (name: string) =>
      ['/Applications', path.posix.join(env['HOME'] ?? '/', 'Applications')].map((folder) =>
        path.posix.join(folder, `${name}.app`, 'Contents', 'MacOS', name),
      );
    return ['Google Chrome', 'Microsoft Edge', 'Chromium'].map((name) => ({ name, paths: under(name) }));
  }
  const under = (...names: readonly string[]) =>
    ['/usr/bin', '/usr/local/bin', '/snap/bin'].flatMap((folder) =>
      names.map((name) => path.posix.join(folder, name)),
    );
  return [
    {
      name: 'Google Chrome',
      paths: ['/opt/google/chrome/chrome', ...under('google-chrome-stable', 'google-chrome')],
    },
    { name: 'Chromium', paths: under('chromium', 'chromium-browser') },
    {
      name: 'Microsoft Edge',
      paths: ['/opt/microsoft/msedge/msedge', ...under('microsoft-edge-stable', 'microsoft-edge')],
    },
  ];
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface FindBrowserOptions {
  /** PUPPETEER_EXECUTABLE_PATH: taken as it stands, before any search */
  readonly executablePath?: string;
  readonly platform?: NodeJS.Platform;
  /** looked into, and given to the browser; the gateway's own when absent */
  readonly env?: Environment;
  /** replaces the look at the disk */
  readonly isExecutable?: (file: string) => boolean;
}

/** The browsers of a machine without our desktop app: the configured one, or Chrome, Chromium or Edge. */
export function createInstalledBrowsers(options: FindBrowserOptions = {}): BrowserPort {
  const platform = options.platform ?? process.platform;
  const env = options.env ?? process.env;
  const exists = options.isExecutable ?? isExecutable;

  function findInstalled(): BrowserLaunch | undefined {
    const configured = options.executablePath
      ? [{ name: 'The configured browser', paths: [options.executablePath] }]
      : listCandidates(platform, env);
    for (const { name, paths } of configured) {
      const executablePath = paths.find(exists);
      if (executablePath) {
        return { name, executablePath, headless: true, args: [], ...(options.env ? { env } : {}) };
      }
    }
    return undefined;
  }

  return {
    find: findInstalled,
    findInstalled,
    canShowWindows: () =>
      platform === 'win32' ||
      platform === 'darwin' ||
      Boolean(env['DISPLAY']) ||
      Boolean(env['WAYLAND_DISPLAY']),
  };
}
