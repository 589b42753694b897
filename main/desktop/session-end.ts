import { BrowserWindow } from 'electron';
import type { OrderlyQuit } from './orderly-quit';

/** Windows ends what has not ended by itself within five seconds, and at once when power is about to go. */
const hurriedStopMs = 3_000;

/** What is used of Electron's window here; its events are Windows' own. */
interface SessionWindow {
  on(
    event: 'query-session-end' | 'session-end',
    listener: (event: { preventDefault(): void; readonly reasons?: readonly string[] }) => void,
  ): unknown;
}

interface SessionEndParts {
  readonly quit: OrderlyQuit;
  /** an installer that starts now would be ended halfway */
  readonly refuseUpdates: () => void;
  readonly platform?: NodeJS.Platform;
  readonly makeWindow?: () => SessionWindow;
}

/**
 * Windows tells the end of a session (logoff, shutdown, restart) to windows alone, and the app has none that is open
 * when it was started at login: so there is one, never shown, from the start to the end.
 */
export function setupSessionEnd(parts: SessionEndParts): void {
  const { quit, refuseUpdates, platform = process.platform, makeWindow = makeHiddenWindow } = parts;
  if (platform !== 'win32') return;
  const window = makeWindow();
  window.on('query-session-end', (event) => {
    refuseUpdates();
    // Windows waits for nobody then.
    if (event.reasons?.includes('critical')) {
      quit.quit({ withinMs: hurriedStopMs });
      return;
    }
    // Windows goes on as soon as the app has ended.
    event.preventDefault();
    quit.quit();
  });
  // The question was skipped, or somebody said to shut down all the same.
  window.on('session-end', () => {
    refuseUpdates();
    quit.quit({ withinMs: hurriedStopMs });
  });
}

/** Kept by Electron as long as nobody closes it. */
function makeHiddenWindow(): SessionWindow {
  return new BrowserWindow({
    show: false,
    width: 1,
    height: 1,
    frame: false,
    skipTaskbar: true,
    focusable: false,
    title: 'Modular Gateway (session)',
    webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false },
  });
}
