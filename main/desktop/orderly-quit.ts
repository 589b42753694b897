import { app, powerMonitor } from 'electron';
import type { LogEvent } from '../gateway/observability/log-events';
import type { DesktopGateway } from './desktop-gateway';

/** A stop that hangs must not keep a PC from shutting down. By contract a stop takes at most 10 s. */
const giveUpAfterMs = 9_500;

export interface OrderlyQuit {
  /** the app is about to end: windows close for good now */
  isQuitting(): boolean;
  /** Ends the app in order, whatever the system says meanwhile. */
  quit(): void;
}

/** Whoever ends the app (menu, tray, signal, shutdown): the gateway stops in order first. */
export function setupOrderlyQuit(gateway: DesktopGateway): OrderlyQuit {
  let phase: 'running' | 'stopping' | 'stopped' = 'running';

  async function stopThenExit(): Promise<void> {
    const timer = setTimeout(() => app.exit(0), giveUpAfterMs);
    await gateway.stop();
    clearTimeout(timer);
    phase = 'stopped';
    app.quit();
  }

  app.on('before-quit', (event) => {
    if (phase === 'stopped') return;
    event.preventDefault();
    if (phase === 'stopping') return;
    phase = 'stopping';
    void stopThenExit();
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
    // Linux and macOS; Windows tells the window (see window.ts).
    powerMonitor.on('shutdown', () => app.quit());
  });

  function reportFault(event: LogEvent, message: string, thrown: unknown): void {
    gateway.logger.error(event, message, {
      error: thrown instanceof Error ? thrown.message : String(thrown),
      stack: thrown instanceof Error ? thrown.stack : undefined,
    });
  }

  return { isQuitting: () => phase !== 'running', quit: () => app.quit() };
}
