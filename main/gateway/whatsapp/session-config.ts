import type { ConnectionTimeouts } from './whatsapp-connection';

/** Everything about sessions that an operator or a test may want otherwise. Times are in ms. */
export interface SessionConfig extends ConnectionTimeouts {
  /** WHATSAPP_SESSION_TIMEOUT: how long a code is offered before the browser is put away */
  readonly sessionTimeoutMs: number;
  /** WHATSAPP_BROWSER_ARGS */
  readonly browserArgs: readonly string[];
  /** while nothing is heard from it: from the start of a browser, or from a scan, to ready */
  readonly readyTimeoutMs: number;
  /** after a start of the gateway: a session that is not ready within this no longer holds up the next one */
  readonly restoreStepMs: number;
  /** between two looks at a ready session */
  readonly healthIntervalMs: number;
  /** for the answer to such a look */
  readonly healthTimeoutMs: number;
  /** how long WhatsApp may be connecting by itself (OPENING, TIMEOUT) before the session is restarted */
  readonly offlineToleranceMs: number;
  /** between two looks at a session that shows a code */
  readonly unpairedPollMs: number;
  /** after the first failure; doubles with each further one */
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** failures in a row after which only a person starts the session again */
  readonly maxFailures: number;
  /** a session that was ready for so long has recovered: its failures are forgotten */
  readonly stableMs: number;
  /** memory for all browsers together; a share of the machine's when undefined */
  readonly memoryBudgetMb: number | undefined;
}

export const defaultSessionConfig: SessionConfig = {
  sessionTimeoutMs: 300_000,
  browserArgs: [],
  launchTimeoutMs: 30_000,
  protocolTimeoutMs: 180_000,
  answerTimeoutMs: 20_000,
  sendTimeoutMs: 60_000,
  closeTimeoutMs: 5_000,
  readyTimeoutMs: 90_000,
  restoreStepMs: 10_000,
  healthIntervalMs: 30_000,
  healthTimeoutMs: 15_000,
  offlineToleranceMs: 120_000,
  unpairedPollMs: 5_000,
  firstRetryMs: 1_000,
  longestRetryMs: 300_000,
  maxFailures: 10,
  stableMs: 60_000,
  memoryBudgetMb: undefined,
};

/** How long to wait after the nth failure in a row (from 1), in ms. */
export function retryDelayMs(config: SessionConfig, failures: number): number {
  return Math.min(config.longestRetryMs, config.firstRetryMs * 2 ** (failures - 1));
}

/** The sentence for the person who has to look after the last failure. */
export function explainGivenUp(reason: string, failures: number): string {
  return `${reason.replace(/[\s.]*$/, '.')} It failed ${failures} times in a row: someone has to look, and connect it again.`;
}
