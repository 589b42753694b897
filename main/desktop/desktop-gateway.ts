import type { GatewayState } from '../contracts/console/desktop-calls';
import type { GatewayConfig } from '../gateway/config/config';
import type { GatewayConsole } from '../gateway/console/gateway-console';
import type { Logger } from '../gateway/observability/logger';
import { createGatewaySupervisor } from '../gateway-supervisor';
import type { DesktopFolders } from './desktop-folders';
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
  /** Stops it for good, within the 10 s of the contract. Never throws. */
  stop(): Promise<void>;
  /** The machine falls asleep; and wakes up. */
  suspend(): void;
  resume(): void;
  /** Called at each change. Returns what takes the listener off again. */
  onState(listener: (state: GatewayState) => void): () => void;
}

export function createDesktopGateway(folders: DesktopFolders): DesktopGateway {
  const listeners = new Set<(state: GatewayState) => void>();
  let state: GatewayState = { state: 'starting', error: null };
  const supervisor = createGatewaySupervisor({
    make: (restart, logger, fallback) => openGateway(folders, logger, restart, fallback),
    onState(next) {
      state = next;
      for (const listener of listeners) listener(state);
    },
  });

  return {
    state: () => state,
    console: () => (state.state === 'running' ? supervisor.gateway()?.console : undefined),
    logger: supervisor.logger,
    config: () => supervisor.config(),
    start() {
      // Told by its state.
      supervisor.start().catch(() => undefined);
    },
    stop: () => supervisor.stop(),
    suspend: () => supervisor.gateway()?.suspend(),
    resume: () => supervisor.gateway()?.resume(),
    onState(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
