import type { Attention, Overview } from '../../contracts/console/overview-calls';

/** How the gateway is doing, for one tenant or for all, and what needs a person. */
export interface OverviewWatch {
  /** @throws GatewayError `tenant_not_found` (404) */
  get(customerId: string | undefined): Promise<Overview>;
  attention(): Promise<Attention[]>;
  /** Something changed that no signal announces, such as saved settings: windows are told soon. */
  touch(): void;
  stop(): void;
}

/** Passes new lines on to the windows that asked for them. */
export interface LogWatch {
  setWatched(windowId: string, on: boolean): void;
  stop(): void;
}
