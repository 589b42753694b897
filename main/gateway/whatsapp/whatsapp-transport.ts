/** A message of a chat as WhatsApp Web holds it. */
export interface ChatMessage {
  readonly messageId: string;
  /** `<digits>@c.us`, or WhatsApp's own `<id>@lid` */
  readonly chatId: string;
  readonly isFromMe: boolean;
  /** -1 error, 0 not at the server yet, 1 at the server, 2 delivered, 3 read, 4 played */
  readonly ack: number;
  readonly kind: string;
  /** text, or the caption of a document */
  readonly body: string;
  readonly filename: string | undefined;
  readonly at: Date;
  /** codes that WhatsApp's server sent with a refusal, such as 463 */
  readonly errorCode: number | undefined;
}

export type OutgoingContent =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'picture' | 'document';
      readonly base64: string;
      readonly mimeType: string;
      readonly filename: string;
      readonly caption: string;
    };

/** The page went away (browser killed, page reloaded, session closed) before it answered. */
export class TransportLostError extends Error {
  override readonly name = 'TransportLostError';

  constructor(
    message: string,
    /** false: the page was gone before it was asked, so nothing has happened */
    readonly wasAsked: boolean,
  ) {
    super(message);
  }
}

/** The page is there and has not answered in time. */
export class TransportTimeoutError extends Error {
  override readonly name = 'TransportTimeoutError';
}

/** A message that WhatsApp's server has. */
export interface SentMessage {
  readonly messageId: string;
  /** 1 or more, as in `ChatMessage` */
  readonly ack: number;
}

/** A message that stays at ack 0 for so long shows that the session only looks connected. */
export const defaultAckTimeoutMs = 30_000;

/** How long a sender waits for the server once the page has taken the message. */
export interface AckWait {
  readonly ackTimeoutMs?: number;
  /** ends the wait before: the gateway stops */
  readonly abort?: AbortSignal;
}

/** The page was asked to send a message, and its server has not confirmed it: whether it left is open. */
export class UnconfirmedError extends Error {
  override readonly name = 'UnconfirmedError';

  constructor(
    /** what the page answered; empty where it answered nothing wrong */
    message: string,
    readonly detail: {
      /** known when the page has shown the message in its chat */
      readonly messageId: string | undefined;
      /** the server has said no */
      readonly isRefused: boolean;
      /** codes that came with the refusal, such as 463 */
      readonly errorCode: number | undefined;
      /** the page took the message, and its server said nothing for `ackTimeoutMs` */
      readonly isSilent: boolean;
      /** what the page threw, TransportLostError and TransportTimeoutError among it */
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: detail.cause });
  }
}

/** A session that is ready, as whoever sends sees it. Every call ends, at the latest by its time-out. */
export interface WhatsAppTransport {
  /** aborted once the page of this moment is gone (reloaded, crashed, closed); each page has its own */
  readonly pageGone: AbortSignal;
  /**
   * The chat of a phone number (digits only), or undefined when it is not on WhatsApp.
   * @throws TransportLostError, TransportTimeoutError, or what the page threw
   */
  findChat(digits: string): Promise<string | undefined>;
  /**
   * Sends a message, and resolves once WhatsApp's server has it.
   * @throws TransportLostError with `wasAsked` false: certainly nothing has left; UnconfirmedError in every other
   * case: it may have
   */
  send(chatId: string, content: OutgoingContent, wait?: AckWait): Promise<SentMessage>;
  /** Messages of a chat: those in memory, or up to `limit` with earlier ones loaded. */
  listMessages(chatId: string, limit?: number): Promise<readonly ChatMessage[]>;
  findMessage(messageId: string): Promise<ChatMessage | undefined>;
}
