import type { SessionState } from './session-record';
import type { ChatMessage, WhatsAppTransport } from './whatsapp-transport';

/** What sessions report of messages that nobody waits for. */
export interface MessageListener {
  /** how far a message of ours has come, after it was sent */
  receipt(customerId: string, messageId: string, ack: number): void;
  /** a client wrote, and it is stored */
  received(customerId: string, message: ChatMessage): void;
}

type ConnectMethod =
  | { readonly method: 'qr' }
  | { readonly method: 'visible' }
  | { readonly method: 'pairing'; readonly phone: string; readonly defaultCountry?: string };

interface SessionElsewhere {
  /** undefined: it has not told yet */
  readonly state: SessionState | undefined;
  /** the name of its machine */
  readonly host: string;
  /** There are messages for it, of its own tenant unless another is named. */
  tellOfWork(customerId?: string): void;
}

export interface WhatsAppSessions {
  /** Brings paired sessions up again, one after the other, in the background. Resolves when their rows are read. */
  start(customerIds: readonly string[]): Promise<void>;
  /**
   * Starts a session or tries again at once; with `pairing` the code is in the answered state.
   * @param by an operator may link anew where the gateway that has the login is away, which gives that login up
   * @throws GatewayError `browser_unavailable`, `memory_budget`, `no_display`, `tenant_unavailable` (503),
   * `phone_invalid` (422)
   */
  connect(customerId: string, way: ConnectMethod, by?: 'staff' | 'operator'): Promise<SessionState>;
  /** Starts the session if need be and waits until a code is there, or it is ready, or the time is over. */
  waitForQr(customerId: string, timeoutMs: number): Promise<SessionState>;
  /**
   * @param by as for `connect`; absent: a page of the tenant's
   * @throws GatewayError `already_connected` (409), `phone_invalid` (422), `whatsapp_timeout` (503)
   */
  requestPairingCode(
    customerId: string,
    phone: string,
    defaultCountry?: string,
    by?: 'staff' | 'operator',
  ): Promise<string>;
  status(customerId: string): Promise<SessionState>;
  /** What is known without asking the database; undefined for a tenant that nobody asked about yet. */
  peek(customerId: string): SessionState | undefined;
  /** @param forget as if there had never been a number */
  logout(customerId: string, forget?: boolean): Promise<SessionState>;
  list(): readonly { readonly customerId: string; readonly state: SessionState }[];
  /** No browser is open for it, and none will be by itself. */
  isIdle(customerId: string): boolean;
  /** Can a person pair in a window of an installed browser on this machine? */
  canPairVisibly(): boolean;
  /** a ready session as a sender sees it */
  transportOf(customerId: string): WhatsAppTransport | undefined;
  /** Waits until the session is ready; undefined when it is not within `timeoutMs` or `abort` fires. */
  waitForTransport(
    customerId: string,
    timeoutMs: number,
    abort?: AbortSignal,
  ): Promise<WhatsAppTransport | undefined>;
  /** The session looks connected and is not: restart it. */
  restartUnhealthy(customerId: string, reason: string): void;
  /** The session runs in another gateway, which sends its messages. */
  elsewhere(customerId: string): SessionElsewhere | undefined;
  /** Returns what takes the listener off again. */
  listen(listener: MessageListener): () => void;
  /** A tenant was removed: closes its browser. Its profile stays for the case that it comes back. */
  forget(customerId: string): Promise<void>;
  /** Another gateway has it, or will have it: closes its browser, and writes nothing of it. */
  abandon(customerId: string): Promise<void>;
  suspend(): void;
  resume(): void;
  /** Closes all browsers and keeps snapshots of the profiles that closed cleanly. */
  stop(): Promise<void>;
}
