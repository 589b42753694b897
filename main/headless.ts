import type { GatewayConfig } from './gateway/config/config';
import { errorText } from './gateway/errors';
import { createGateway } from './gateway/gateway';
import type { LogEvent } from './gateway/observability/log-events';
import { stopSignals } from './gateway/system/stop-signals';
import { createGatewaySupervisor } from './gateway-supervisor';

/** A stop that hangs must not keep a container from going. By contract a stop takes at most 10 s. */
const giveUpStoppingAfterMs = 9_500;
const parentCheckMs = 250;

/**
 * Runs the gateway until SIGTERM or SIGINT (Windows: Ctrl-Break or a closed console, too), then exits 0.
 * @param read the configuration as it is now
 * @throws what keeps it from starting, in one line; whatever had been started is stopped again
 */
export async function startHeadless(read: () => GatewayConfig): Promise<void> {
  const supervisor = createGatewaySupervisor({
    make(restart, _logger, fallback) {
      const config = fallback?.config ?? read();
      const gateway = createGateway(config, {
        print: (lines) => process.stdout.write(lines),
        restartProblem: fallback?.problem,
        entryPoint: { kind: 'headless', restart },
      });
      return { gateway, config };
    },
    onStarted({ consoleUrl }) {
      // To the terminal alone: a link that signs in has no business in a log file.
      if (consoleUrl !== undefined) process.stdout.write(`console: ${consoleUrl}\n`);
    },
    onRestartFailed: () => void stop(1),
  });
  const { logger } = supervisor;
  let stopping = false;

  async function stop(exitCode: number): Promise<void> {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(exitCode), giveUpStoppingAfterMs).unref();
    await supervisor.stop();
    process.exit(exitCode);
  }

  for (const signal of stopSignals()) process.on(signal, () => void stop(0));
  watchNpm(() => void stop(0));
  // A reader of our output that goes away (a closed terminal, head) is no reason to stop delivering.
  process.stdout.on('error', () => undefined);
  // Nothing that came in from outside ends the process; what slips through is a fault of ours, and logged.
  process.on('unhandledRejection', (thrown) =>
    reportFault('process.rejection_unhandled', 'unhandled rejection', thrown),
  );
  process.on('uncaughtException', (thrown) =>
    reportFault('process.exception_uncaught', 'uncaught exception', thrown),
  );

  await supervisor.start();

  function reportFault(event: LogEvent, message: string, thrown: unknown): void {
    logger.error(event, message, {
      error: errorText(thrown),
      stack: thrown instanceof Error ? thrown.stack : undefined,
    });
  }
}

/**
 * `npm start` and `npx` put a shell between themselves and us, and a SIGTERM for npm ends that shell without
 * reaching us: that our parent is gone is then the signal.
 */
function watchNpm(onGone: () => void): void {
  if (process.env['npm_command'] === undefined || process.platform === 'win32') return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, parentCheckMs);
  timer.unref();
}
