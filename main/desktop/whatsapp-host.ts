/**
 * The browser that a WhatsApp session runs in, where that is the desktop app's own executable: the same
 * binary, started again with a switch, as a window that nobody sees and that the gateway drives over a pipe.
 * A packaged app loads itself whatever its arguments are, so the role is decided by the entry point, before the
 * single-instance lock and before anything else of the app.
 */

/** Says that this process is a session's browser and nothing else of the app. */
export const whatsAppHostSwitch = '--whatsapp-host';

const whatsAppOrigin = 'https://web.whatsapp.com';

/** Between two looks at whether the gateway is still there. */
const parentPollMs = 2_000;

interface Cancellable {
  preventDefault(): void;
}

/** The part of Electron's `session` that the host uses. */
interface HostSession {
  setPermissionRequestHandler(
    handler: (contents: unknown, permission: unknown, answer: (isGranted: boolean) => void) => void,
  ): void;
  setPermissionCheckHandler(handler: () => boolean): void;
  on(event: 'will-download', listener: (event: Cancellable) => void): unknown;
}

/** The part of Electron's `WebContents` that the host uses. */
interface HostContents {
  readonly session: HostSession;
  setWindowOpenHandler(handler: () => { action: 'deny' }): void;
  on(event: 'will-prevent-unload', listener: (event: Cancellable) => void): unknown;
  on(event: 'will-navigate', listener: (event: Cancellable & { readonly url: string }) => void): unknown;
}

/** The part of Electron's `BrowserWindow` that the host uses. */
interface HostWindow {
  readonly webContents: HostContents;
  loadURL(url: string): Promise<void>;
}

interface HostWindowOptions {
  show: boolean;
  frame: boolean;
  width: number;
  height: number;
  webPreferences: {
    sandbox: boolean;
    contextIsolation: boolean;
    nodeIntegration: boolean;
    backgroundThrottling: boolean;
    spellcheck: boolean;
  };
}

/** The part of Electron that the host uses; the entry point hands it the module itself. */
export interface HostElectron {
  readonly app: {
    readonly commandLine: { getSwitchValue(name: string): string };
    readonly dock?: { hide(): void };
    userAgentFallback: string;
    setPath(name: string, path: string): void;
    disableHardwareAcceleration(): void;
    whenReady(): Promise<void>;
    quit(): void;
    exit(code?: number): void;
    on(event: 'window-all-closed', listener: () => void): unknown;
  };
  readonly BrowserWindow: new (options: HostWindowOptions) => HostWindow;
}

/** Was this process started to be a session's browser? */
export function isWhatsAppHost(argv: readonly string[]): boolean {
  return argv.includes(whatsAppHostSwitch);
}

function isParentGone(parentPid: number): boolean {
  // POSIX hands orphans to somebody else; Windows leaves them the number of the dead.
  if (process.ppid !== parentPid) return true;
  try {
    process.kill(parentPid, 0);
    return false;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** WhatsApp's page gets a page's means and nothing of the machine. */
function confine(contents: HostContents): void {
  contents.session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  contents.session.setPermissionCheckHandler(() => false);
  contents.session.on('will-download', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-navigate', (event) => {
    if (!URL.canParse(event.url) || new URL(event.url).origin !== whatsAppOrigin) event.preventDefault();
  });
  // Electron takes a page's "stay?" for a yes, in silence: the window could neither reload nor close.
  contents.on('will-prevent-unload', (event) => event.preventDefault());
}

async function openWindow({ app, BrowserWindow }: HostElectron): Promise<void> {
  await app.whenReady();
  const window = new BrowserWindow({
    show: false,
    // Drawing one asks the desktop's theme, which ends Electron where there is no display (seen in 33.2).
    frame: false,
    width: 1280,
    height: 800,
    webPreferences: {
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      // An unseen window counts as one in the background, where timers crawl and receipts come late.
      backgroundThrottling: false,
      spellcheck: false,
    },
  });
  confine(window.webContents);
  // Electron tells whoever drives it of a page only once it has been somewhere.
  await window.loadURL('about:blank');
}

/**
 * Makes this process a session's browser until its window is closed or its gateway is gone. To be called
 * before Electron is ready, and instead of everything else that the app does.
 */
export function runWhatsAppHost(electron: HostElectron): void {
  const { app } = electron;
  const fail = (thrown: unknown) => {
    // Electron would show a dialog, and nobody would ever see it or press its button.
    process.stderr.write(
      `WhatsApp's browser failed: ${thrown instanceof Error ? thrown.stack : String(thrown)}\n`,
    );
    app.exit(1);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);

  const profile = app.commandLine.getSwitchValue('user-data-dir');
  if (profile) app.setPath('userData', profile);
  // Electron overlooks this switch. The library sets the page's own; its workers and requests want it too.
  const userAgent = app.commandLine.getSwitchValue('user-agent');
  if (userAgent) app.userAgentFallback = userAgent;
  // Nobody looks at it, and each session would carry a GPU process.
  app.disableHardwareAcceleration();
  // On macOS every process with a window shows up in the Dock.
  app.dock?.hide();
  app.on('window-all-closed', () => app.quit());

  // Chromium ends with the pipe that drives it; this is for a host that was left without one.
  const parentPid = process.ppid;
  setInterval(() => {
    if (isParentGone(parentPid)) app.exit(0);
  }, parentPollMs);

  openWindow(electron).catch(fail);
}
