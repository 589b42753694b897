import type { GatewayConfig } from './gateway/config/config';
import { errorText } from './gateway/errors';
import { createGateway, type Gateway } from './gateway/gateway';

/** A stop that hangs must not keep a container from going. By contract a stop takes at most 10 s. */
const giveUpStoppingAfterMs = 9_500;
const parentCheckMs = 250;
/** The answer to whoever asked for a restart leaves first. */
const restartAfterMs = 200;

/**
 * Runs the gateway until SIGTERM or SIGINT, then exits 0. When the console asks for it, the gateway is stopped and
 * started again in this process with the configuration read anew; should that not start, with the one before.
 * @param read the configuration as it is now
 * @throws what keeps it from starting, in one line; whatever had been started is stopped again
 */
export async function startHeadless(read: () => GatewayConfig): Promise<void> {
  let config = read();
  let gateway = makeGateway(config);
  let stopping = false;
  let restarting: Promise<void> | undefined;

  function makeGateway(of: GatewayConfig, restartProblem?: string): Gateway {
    return createGateway(of, {
      print: (lines) => process.stdout.write(lines),
      restartProblem,
      door: {
        kind: 'headless',
        restart() {
          setTimeout(() => {
            restarting ??= restart().finally(() => (restarting = undefined));
          }, restartAfterMs);
          return Promise.resolve();
        },
      },
    });
  }

  const isStopping = (): boolean => stopping;

  async function stop(exitCode: number): Promise<void> {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(exitCode), giveUpStoppingAfterMs).unref();
    await gateway.stop();
    process.exit(exitCode);
  }

  async function startGateway(): Promise<void> {
    const { consoleUrl } = await gateway.start();
    // To the terminal alone: a link that signs in has no business in a log file.
    if (consoleUrl !== undefined) process.stdout.write(`console: ${consoleUrl}\n`);
  }

  /** Never without a gateway: what cannot start is replaced by what ran before. */
  async function restart(): Promise<void> {
    if (isStopping()) return;
    let next: GatewayConfig;
    try {
      next = read();
    } catch (thrown) {
      gateway.logger.error('not restarted: the new configuration makes no sense', {
        error: errorText(thrown),
      });
      return;
    }
    gateway.logger.info('restarting');
    await gateway.stop();
    if (isStopping()) return;
    gateway = makeGateway(next);
    try {
      await startGateway();
      config = next;
    } catch (thrown) {
      if (isStopping()) return;
      await goBack(errorText(thrown));
    }
  }

  async function goBack(problem: string): Promise<void> {
    await gateway.stop();
    if (isStopping()) return;
    gateway = makeGateway(config, problem);
    gateway.logger.error('the new configuration does not start, so the one before runs on', {
      error: problem,
    });
    try {
      await startGateway();
    } catch (thrown) {
      if (isStopping()) return;
      reportFault('the gateway does not start any more', thrown);
      await stop(1);
    }
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(0));
  watchNpm(() => void stop(0));
  // A reader of our output that goes away (a closed terminal, head) is no reason to stop delivering.
  process.stdout.on('error', () => undefined);
  // Nothing that came in from outside ends the process; what slips through is a fault of ours, and logged.
  process.on('unhandledRejection', (thrown) => reportFault('unhandled rejection', thrown));
  process.on('uncaughtException', (thrown) => reportFault('uncaught exception', thrown));

  try {
    await startGateway();
  } catch (thrown) {
    // A signal that came during the start has asked for this.
    if (isStopping()) return;
    await gateway.stop();
    throw thrown;
  }

  function reportFault(message: string, thrown: unknown): void {
    gateway.logger.error(message, {
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
