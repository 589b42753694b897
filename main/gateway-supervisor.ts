import type { GatewayState } from './contracts/console/desktop-calls';
import { createSerialQueue } from './gateway/concurrency/serial-queue';
import { createRepeatedFlight } from './gateway/concurrency/single-flight';
import type { GatewayConfig } from './gateway/config/config';
import { errorText } from './gateway/errors';
import type { Gateway } from './gateway/gateway';
import type { Logger } from './gateway/observability/logger';
import { createLateLogger } from './late-logger';

/** What ran before, to be used again, and why the settings of now do not start. */
export interface Fallback {
  readonly config: GatewayConfig;
  readonly problem: string;
}

export interface MadeGateway {
  readonly gateway: Gateway;
  readonly config: GatewayConfig;
}

export interface SupervisorOptions {
  /**
   * Makes a gateway, not started yet, with the settings as they are now; with `fallback`, of what that holds.
   * @param restart for the gateway's console
   * @throws what is wrong with the settings
   */
  readonly make: (
    restart: () => Promise<void>,
    logger: Logger,
    fallback: Fallback | undefined,
  ) => MadeGateway | Promise<MadeGateway>;
  readonly onStarted?: (started: Awaited<ReturnType<Gateway['start']>>) => void;
  readonly onState?: (state: GatewayState) => void;
  /** A restart that the console asked for has left nothing that runs. */
  readonly onRestartFailed?: (thrown: unknown) => void;
}

/** Starts, restarts and stops the gateway of an entry point. */
export interface GatewaySupervisor {
  /** the one that runs, starts or stops */
  gateway(): Gateway | undefined;
  /** what it was last started with */
  config(): GatewayConfig | undefined;
  /** of whichever gateway there is */
  readonly logger: Logger;
  /** Starts a gateway unless there is one. @throws what keeps it from starting */
  start(): Promise<void>;
  /** Stops it for good. Never throws. */
  stop(): Promise<void>;
}

/** The answer to whoever asked for a restart leaves first. */
const restartAfterMs = 200;

/**
 * A restart reads the settings again. Where they do not start, nobody could correct them any more: so the gateway
 * runs on with those before, and its console says why.
 */
export function createGatewaySupervisor(options: SupervisorOptions): GatewaySupervisor {
  const logger = createLateLogger();
  const inTurn = createSerialQueue();
  const setState = (state: GatewayState['state'], error: string | null = null) =>
    options.onState?.({ state, error });
  let gateway: Gateway | undefined;
  let config: GatewayConfig | undefined;
  let isOver = false;
  const isStopping = () => isOver;

  // What is saved while a restart is under way may have come too late for it.
  const restarting = createRepeatedFlight(() =>
    inTurn(async () => {
      if (isOver) return;
      logger.info('gateway.restarting', 'restarting');
      await close();
      await open();
    }),
  );

  function restartSoon(): Promise<void> {
    setTimeout(() => {
      if (!isOver) restarting.run().catch((thrown: unknown) => options.onRestartFailed?.(thrown));
    }, restartAfterMs);
    return Promise.resolve();
  }

  async function open(): Promise<void> {
    if (gateway || isOver) return;
    setState('starting');
    const failure = await tryToStart();
    const isUp =
      !failure || (config !== undefined && !(await tryToStart({ config, problem: toLine(failure.thrown) })));
    if (isStopping()) return;
    if (isUp) {
      setState('running');
      return;
    }
    setState('failed', toLine(failure.thrown));
    throw failure.thrown;
  }

  async function tryToStart(fallback?: Fallback): Promise<{ readonly thrown: unknown } | undefined> {
    if (isOver) return undefined;
    let made: MadeGateway | undefined;
    try {
      made = await options.make(restartSoon, logger, fallback);
      if (isStopping()) return undefined;
      gateway = made.gateway;
      logger.attach(gateway.logger);
      if (fallback) {
        logger.error(
          'gateway.configuration_rejected',
          'the gateway does not start with the new configuration, so it runs with the previous one',
          { error: fallback.problem },
        );
      }
      const started = await gateway.start();
      options.onStarted?.(started);
      config = made.config;
      return undefined;
    } catch (thrown) {
      if (!isStopping()) {
        logger.error('gateway.start_failed', 'the gateway could not start', { error: toLine(thrown) });
      }
      gateway = undefined;
      await made?.gateway.stop();
      return { thrown };
    }
  }

  async function close(): Promise<void> {
    const closing = gateway;
    setState('stopping');
    gateway = undefined;
    await closing?.stop();
  }

  return {
    gateway: () => gateway,
    config: () => config,
    logger,
    start: () => inTurn(open),
    stop() {
      isOver = true;
      // Not in turn: a start that hangs is cut off by the gateway's own stop.
      return close();
    },
  };
}

const toLine = (thrown: unknown): string => errorText(thrown).replace(/\s*\n\s*/g, ' ');
