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

/** A session that is ready, as whoever sends sees it. Every call ends, at the latest by its time-out. */
export interface WhatsAppTransport {
  /** aborted once the page of this moment is gone (loaded anew, crashed, closed); each page has its own */
  readonly pageGone: AbortSignal;
  /**
   * The chat of a phone number (digits only), or undefined when it is not on WhatsApp.
   * @throws TransportLostError, TransportTimeoutError, or what the page threw
   */
  findChat(digits: string): Promise<string | undefined>;
  /**
   * Hands a message to WhatsApp Web and waits until the page says it is done. Undefined: the page says
   * so without naming the message. Once this is called, an error does not mean that nothing left.
   */
  send(chatId: string, content: OutgoingContent): Promise<ChatMessage | undefined>;
  /** Messages of a chat: those in memory, or up to `limit` with earlier ones loaded. */
  listMessages(chatId: string, limit?: number): Promise<readonly ChatMessage[]>;
  findMessage(messageId: string): Promise<ChatMessage | undefined>;
}
