import type { Logger } from '../observability/logger';
import type { BrowserPort } from './installed-browsers';
import type { SessionConfig } from './session-config';
import type { SessionRecord } from './session-record';
import type { ChatMessage, WhatsAppTransport } from './whatsapp-transport';

/** What a session reports of messages that nobody waits for. */
export interface MessageEvents {
  /** how far a message of ours has come, after it was sent */
  receipt(messageId: string, ack: number): void;
  received(message: ChatMessage): void;
}

export interface WhatsAppSessionOptions {
  readonly customerId: string;
  readonly dataDir: string;
  readonly config: SessionConfig;
  readonly browsers: BrowserPort;
  readonly record: SessionRecord;
  readonly logger: Logger;
  readonly now: () => Date;
  /** @throws GatewayError when the machine has no room for one more browser */
  readonly checkMemory: () => Promise<void>;
  readonly messages: MessageEvents;
}

export interface WhatsAppSession {
  readonly record: SessionRecord;
  readonly pid: number | undefined;
  /** a browser is being started and has not grown yet */
  readonly isStarting: boolean;
  /** the session as a sender sees it, while it is ready and not reloading its page */
  readonly transport: WhatsAppTransport | undefined;
  /** Is there a profile to come up from without a scan? */
  canRestore(): Promise<boolean>;
  /**
   * Starts the session, or leaves it be where it runs. Resolves when its browser is being started.
   * @throws GatewayError `browser_unavailable`, `no_display`, `memory_budget` (503)
   */
  connect(way: 'hidden' | 'visible'): Promise<void>;
  /** The eight letters to type into the phone. @throws GatewayError `not_waiting_for_pairing` (409), or why not */
  requestPairingCode(digits: string): Promise<string>;
  /** Ends the pairing, at WhatsApp too where that can be reached, and removes the profile. */
  logout(): Promise<void>;
  /** What looks connected is not: close, and come up again. */
  restartUnhealthy(reason: string): void;
  /** The machine is about to sleep: no conclusions from what does not answer. */
  suspend(): void;
  resume(): void;
  /** @param isLost another gateway has it, or will have it: its row and its login are not touched any more */
  stop(isLost?: boolean): Promise<void>;
}
