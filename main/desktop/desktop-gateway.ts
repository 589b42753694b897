import type { GatewayState } from '../contracts/console/desktop-calls';
import type { GatewayConfig } from '../gateway/config/config';
import type { GatewayConsole } from '../gateway/console/gateway-console';
import { errorText } from '../gateway/errors';
import type { Gateway } from '../gateway/gateway';
import type { Logger } from '../gateway/observability/logger';
import type { DesktopFolders } from './desktop-folders';
import { createLateLogger } from './late-logger';
import { openGateway } from './open-gateway';

/** The gateway as the shell sees it: it may be starting, may have failed, may be another one after a restart. */
export interface DesktopGateway {
  state(): GatewayState;
  /** of the gateway that runs; undefined while none does */
  console(): GatewayConsole | undefined;
  readonly logger: Logger;
  /** what it was last started with */
  config(): GatewayConfig | undefined;
  /** Starts it unless it runs or starts; how that went is told by its state. */
  start(): void;
  /** Stops and starts it with its settings read anew. */
  restart(): void;
  /** Stops it for good, within the 10 s of the contract. Never throws. */
  stop(): Promise<void>;
  /** The machine falls asleep; and wakes up. */
  suspend(): void;
  resume(): void;
  /** Called at each change. Returns what takes the listener off again. */
  onState(listener: (state: GatewayState) => void): () => void;
}

export function createDesktopGateway(folders: DesktopFolders): DesktopGateway {
  const logger = createLateLogger();
  const listeners = new Set<(state: GatewayState) => void>();
  let state: GatewayState = { state: 'starting', error: null };
  let gateway: Gateway | undefined;
  let config: GatewayConfig | undefined;
  let isOver = false;
  /** One thing after the other: a restart that is asked for twice happens twice, and never at once. */
  let turn = Promise.resolve();

  function setState(next: GatewayState): void {
    state = next;
    for (const listener of listeners) listener(state);
  }

  /** @returns why it did not start, in one line */
  async function tryToOpen(before?: { config: GatewayConfig; problem: string }): Promise<string | undefined> {
    let opened: Gateway | undefined;
    try {
      const made = await openGateway(folders, logger, () => desktopGateway.restart(), before);
      if (isStopping()) return undefined;
      opened = made.gateway;
      gateway = opened;
      logger.attach(opened.logger);
      await opened.start();
      config = made.config;
      return undefined;
    } catch (thrown) {
      const error = errorText(thrown).replace(/\s*\n\s*/g, ' ');
      logger.error('the gateway could not start', { error });
      gateway = undefined;
      await opened?.stop();
      return error;
    }
  }

  async function open(): Promise<void> {
    if (gateway || isOver) return;
    setState({ state: 'starting', error: null });
    let error = await tryToOpen();
    // Settings that do not start would leave nobody to correct them: what ran before runs again, and says so.
    if (error !== undefined && config && !isStopping()) {
      const again = await tryToOpen({ config, problem: error });
      if (again === undefined) error = undefined;
    }
    if (isStopping()) return;
    setState(error === undefined ? { state: 'running', error: null } : { state: 'failed', error });
  }

  async function close(): Promise<void> {
    const closing = gateway;
    setState({ state: 'stopping', error: null });
    gateway = undefined;
    await closing?.stop();
  }

  const isStopping = () => isOver;

  const desktopGateway: DesktopGateway = {
    state: () => state,
    console: () => (state.state === 'running' ? gateway?.console : undefined),
    logger,
    config: () => config,
    start() {
      turn = turn.then(open);
    },
    restart() {
      turn = turn.then(close).then(open);
    },
    stop() {
      isOver = true;
      // Not in turn: a start that hangs is cut off by the gateway's own stop.
      return close();
    },
    suspend: () => gateway?.suspend(),
    resume: () => gateway?.resume(),
    onState(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return desktopGateway;
}
