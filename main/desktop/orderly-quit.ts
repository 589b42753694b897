import { app, powerMonitor } from 'electron';
import type { LogEvent } from '../gateway/observability/log-events';
import type { DesktopGateway } from './desktop-gateway';

/** A stop that hangs must not keep a PC from shutting down. By contract a stop takes at most 10 s. */
const giveUpAfterMs = 9_500;

export interface QuitOptions {
  /** how long the gateway may take to stop; the app ends then, whatever it does */
  readonly withinMs?: number;
  /** instead of the app's own end, once the gateway has stopped: it has to end the app */
  readonly then?: () => void;
}

export interface OrderlyQuit {
  /** the app is about to end: windows close for good now */
  isQuitting(): boolean;
  /** Ends the app in order, whatever the system says meanwhile. A second call may only shorten the time. */
  quit(options?: QuitOptions): void;
}

/** Whoever ends the app (menu, tray, signal, shutdown): the gateway stops in order first. */
export function setupOrderlyQuit(gateway: DesktopGateway): OrderlyQuit {
  let phase: 'running' | 'stopping' | 'stopped' = 'running';

  async function stopThenExit(finish: () => void): Promise<void> {
    phase = 'stopping';
    await gateway.stop();
    phase = 'stopped';
    finish();
  }

  function quit({ withinMs = giveUpAfterMs, then = () => app.quit() }: QuitOptions = {}): void {
    if (phase !== 'stopped') setTimeout(() => app.exit(0), withinMs).unref();
    if (phase === 'running') void stopThenExit(then);
  }

  app.on('before-quit', (event) => {
    if (phase === 'stopped') return;
    event.preventDefault();
    quit();
  });
  // Nothing that came in from outside ends the gateway; what slips through is a fault of ours, and logged.
  process.on('unhandledRejection', (thrown) =>
    reportFault('process.rejection_unhandled', 'unhandled rejection', thrown),
  );
  process.on('uncaughtException', (thrown) =>
    reportFault('process.exception_uncaught', 'uncaught exception', thrown),
  );
  // A terminal that is closed is no reason to stop delivering.
  process.stdout.on('error', () => undefined);
  void app.whenReady().then(() => {
    // Linux and macOS; Windows tells windows (see session-end.ts).
    powerMonitor.on('shutdown', () => quit());
  });

  function reportFault(event: LogEvent, message: string, thrown: unknown): void {
    gateway.logger.error(event, message, {
      error: thrown instanceof Error ? thrown.message : String(thrown),
      stack: thrown instanceof Error ? thrown.stack : undefined,
    });
  }

  return { isQuitting: () => phase !== 'running', quit };
}
