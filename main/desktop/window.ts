import { join } from 'node:path';
import { BrowserWindow, dialog, nativeTheme, Notification, screen, type WebFrameMain } from 'electron';
import { bridgeChannels } from '../contracts/console/bridge';
import type { ConsolePush } from '../contracts/console/console-pushes';
import { findDist } from '../gateway/dist-folder';
import type { Logger } from '../gateway/observability/logger';
import { consoleOrigin, consolePage } from './app-protocol';
import type { DesktopFolders } from './desktop-folders';
import type { DesktopTexts } from './desktop-texts';
import { windowIcon } from './icons';
import type { OrderlyQuit } from './orderly-quit';
import type { Preferences } from './preferences';
import { fitWindow, readWindowState, smallestWindow, writeWindowState } from './window-state';

/** The gateway's code would keep the first page waiting for the processor; but it does not wait for long. */
const firstPaintWithinMs = 1_500;
/** A page that dies again and again is left dead: it would keep the machine busy for nothing. */
const reloadsInAMinute = 3;
const saveStateAfterMs = 500;
/** Mantine's body colours: no flash of the other one before the first paint. */
const background = { light: '#ffffff', dark: '#242424' } as const;

export interface DesktopWindow {
  /** Shows it in front of the others; made when there is none. */
  show(path?: string): void;
  /** Resolves once the page is there to be looked at, or nobody will look. */
  firstPaint(): Promise<void>;
  push(push: ConsolePush): void;
  /** Is this the main frame of the window, on a page of the app? */
  isItsPage(frame: WebFrameMain | null): boolean;
  askWhereToSave(suggestion: string): Promise<string | undefined>;
  askForFile(title: string, kind: string, extensions: readonly string[]): Promise<string | undefined>;
}

export interface DesktopWindowParts {
  readonly folders: DesktopFolders;
  readonly preferences: Preferences;
  readonly texts: DesktopTexts;
  readonly quit: OrderlyQuit;
  readonly logger: Logger;
}

/** The one window of the app: made at the first look, hidden when it is closed, back at the next look. */
export function createDesktopWindow(parts: DesktopWindowParts): DesktopWindow {
  const { folders, preferences, texts, quit, logger } = parts;
  const stateFile = join(folders.userData, 'window.json');
  let window: BrowserWindow | undefined;
  let painted: Promise<void> | undefined;

  function make(path: string): BrowserWindow {
    const areas = screen.getAllDisplays().map(({ workArea }) => workArea);
    const { isMaximized, ...bounds } = fitWindow(readWindowState(stateFile), areas);
    const made = new BrowserWindow({
      ...bounds,
      minWidth: smallestWindow.width,
      minHeight: smallestWindow.height,
      show: false,
      title: 'Modular Gateway',
      icon: process.platform === 'linux' ? windowIcon() : undefined,
      backgroundColor: nativeTheme.shouldUseDarkColors ? background.dark : background.light,
      webPreferences: {
        preload: join(findDist(), 'preload', 'preload.cjs'),
        contextIsolation: true,
        sandbox: true,
        nodeIntegration: false,
        webSecurity: true,
        webviewTag: false,
        // A misspelt word would be looked up in a dictionary that is fetched from elsewhere.
        spellcheck: false,
      },
    });
    if (isMaximized) made.maximize();
    keepState(made);
    reviveWhenDead(made);
    made.on('close', (event) => {
      if (quit.isQuitting()) return;
      event.preventDefault();
      if (!preferences.get().closeToTray) {
        quit.quit();
        return;
      }
      made.hide();
      if (preferences.isFirstClose()) announceTray();
    });
    made.on('closed', () => {
      window = undefined;
    });
    painted = new Promise((resolve) => {
      made.once('ready-to-show', resolve);
      setTimeout(resolve, firstPaintWithinMs);
    });
    made.once('ready-to-show', () => made.show());
    void made
      .loadURL(`${consolePage}#${path}`)
      .catch((thrown: unknown) =>
        logger.warn('window.load_failed', 'the page did not load', { error: String(thrown) }),
      );
    return made;
  }

  function keepState(made: BrowserWindow): void {
    let timer: NodeJS.Timeout | undefined;
    const save = () => {
      clearTimeout(timer);
      timer = undefined;
      if (made.isDestroyed()) return;
      try {
        writeWindowState(stateFile, { ...made.getNormalBounds(), isMaximized: made.isMaximized() });
      } catch (thrown) {
        logger.warn('window.position_unsaved', 'the position of the window could not be saved', {
          error: String(thrown),
        });
      }
    };
    const saveSoon = () => (timer ??= setTimeout(save, saveStateAfterMs));
    made.on('resize', saveSoon);
    made.on('move', saveSoon);
    made.on('close', save);
  }

  function reviveWhenDead(made: BrowserWindow): void {
    let deaths: number[] = [];
    made.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      logger.warn('window.page_gone', 'page process ended', { reason, exit_code: exitCode });
      if (quit.isQuitting() || reason === 'clean-exit') return;
      const now = performance.now();
      deaths = [...deaths.filter((at) => now - at < 60_000), now];
      if (deaths.length <= reloadsInAMinute) made.webContents.reload();
    });
  }

  function announceTray(): void {
    if (!Notification.isSupported()) return;
    const notification = new Notification({
      title: texts.t('stillRunning'),
      body: texts.t('stillRunningHow'),
    });
    notification.on('click', () => desktopWindow.show());
    notification.show();
  }

  const desktopWindow: DesktopWindow = {
    show(path) {
      if (!window) {
        window = make(path ?? '/');
        return;
      }
      if (path !== undefined) desktopWindow.push({ name: 'desktop.navigate', payload: { path } });
      // Left dead after too many deaths: somebody looks again.
      if (window.webContents.isCrashed()) window.webContents.reload();
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
    },
    firstPaint: () => painted ?? Promise.resolve(),
    push(push) {
      if (window && !window.webContents.isCrashed()) window.webContents.send(bridgeChannels.push, push);
    },
    isItsPage(frame) {
      return (
        frame !== null &&
        window !== undefined &&
        frame === window.webContents.mainFrame &&
        frame.origin === consoleOrigin
      );
    },
    async askWhereToSave(suggestion) {
      const options = { defaultPath: suggestion };
      const chosen = await (window ? dialog.showSaveDialog(window, options) : dialog.showSaveDialog(options));
      return chosen.canceled || chosen.filePath === '' ? undefined : chosen.filePath;
    },
    async askForFile(title, kind, extensions) {
      const options = { title, filters: [{ name: kind, extensions: [...extensions] }] };
      const chosen = await (window ? dialog.showOpenDialog(window, options) : dialog.showOpenDialog(options));
      return chosen.filePaths[0];
    },
  };
  return desktopWindow;
}
