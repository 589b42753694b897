import type { AlertResult, AlertSettings } from '../../contracts/console/alert-calls';
import type { Attention, Overview } from '../../contracts/console/overview-calls';
import type { AlertMessage } from './alert-message';

/** How the gateway is doing, for one tenant or for all, and what needs a person. */
export interface OverviewWatch {
  /** @throws GatewayError `tenant_not_found` (404) */
  get(customerId: string | undefined): Promise<Overview>;
  attention(): Promise<Attention[]>;
  /** Something changed that no signal announces, such as saved settings: windows are told soon. */
  touch(): void;
  stop(): void;
}

/** Tells people who are not at the console of what needs them. */
export interface AlertWatch {
  /** Tells now. Never throws. */
  tell(settings: AlertSettings, message: AlertMessage): Promise<AlertResult[]>;
  stop(): Promise<void>;
}

/** Passes new lines on to the windows that asked for them. */
export interface LogWatch {
  setWatched(windowId: string, on: boolean): void;
  stop(): void;
}
