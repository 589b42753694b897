import type { SessionConfig } from './session-config';
import type { SessionRecord } from './session-record';
import type { SessionTimers } from './session-timers';
import type { WhatsAppConnection } from './whatsapp-connection';

/** What the parts of a session share: they look at the same connection and end it the same way. */
export interface SessionParts {
  readonly config: SessionConfig;
  readonly record: SessionRecord;
  readonly timers: SessionTimers;
  current(): WhatsAppConnection | undefined;
  isSuspended(): boolean;
  /** This connection is of no use any more: close, and come up again later. */
  fail(reason: string): void;
  /** Starts the time within which the session has to be ready. */
  expectReady(): void;
}
