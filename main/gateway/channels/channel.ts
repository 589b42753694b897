import type { Attachment, EmailTemplate, WhatsAppTemplate } from '../../contracts/event-types';
import type { ChannelName } from '../../contracts/statuses';
import type { TenantSettings } from '../../contracts/tenant-settings';

/** Who a message is sent for; `settings` are the ones in force at this moment, secrets readable. */
export interface ChannelTenant {
  readonly customerId: string;
  readonly name: string;
  readonly settings: TenantSettings;
}

/** Plain addresses. */
export interface MailCopies {
  readonly cc: readonly string[];
  /** in no header of the mail */
  readonly bcc: readonly string[];
  readonly replyTo: readonly string[];
}

/** A message that is ready to leave. Which parts are there depends on the channel. */
export interface OutgoingMessage {
  readonly deliveryId: number;
  readonly eventId: number | null;
  readonly eventType: string;
  /** when the event was accepted */
  readonly eventTime: Date;
  readonly recipient: string;
  /** 1 for the first attempt */
  readonly attempt: number;
  /** stable over all attempts: Message-ID, webhook-id; receivers drop repeats by it */
  readonly messageId: string;
  /** rendered subject, text and HTML of an email */
  readonly email?: EmailTemplate;
  /** rendered text of a WhatsApp message, the caption where a document goes with it */
  readonly whatsapp?: WhatsAppTemplate;
  readonly attachments: readonly Attachment[];
  /** of an email: who else gets it, and who answers go to */
  readonly copies?: MailCopies;
  /** the event's data, as it came */
  readonly eventData: Readonly<Record<string, unknown>>;
}

/** Of a channel that speaks HTTP: where an attempt went, and the head of the answer. */
export interface Exchange {
  /** without what may be secret in it */
  readonly url: string;
  /** ISO 8601 */
  readonly sentAt: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** A message as it goes over the wire, for a person to read. */
export interface WireMessage {
  /** null: it goes to no address of the web */
  readonly url: string | null;
  /** secrets and signatures are masked */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** The other side has taken the message. */
export interface SendReceipt {
  /** the other side's or our own identifier, kept in `message_deliveries.message_id` */
  readonly messageId: string;
  /** what the other side answered, for the attempt's record; at most 1,000 characters are kept */
  readonly response: string;
  readonly exchange?: Exchange;
}

/**
 * - `permanent`: the same message will fail again (no such mailbox, not on WhatsApp)
 * - `temporary`: this message may pass later (grey-listed, HTTP 500)
 * - `unavailable`: nothing would pass now (server away, account refused): opens the circuit breaker
 * - `deferred`: not now, and no attempt is spent (pacing, quiet hours, new-contact quota)
 * - `unknown`: submitted, and nobody knows whether it left (WhatsApp only): waits for a person
 */
export type ChannelErrorKind = 'permanent' | 'temporary' | 'unavailable' | 'deferred' | 'unknown';

export class ChannelError extends Error {
  override readonly name = 'ChannelError';

  constructor(
    readonly kind: ChannelErrorKind,
    /** snake_case, such as `mailbox_unknown`, `connection_refused`, `http_500` */
    readonly code: string,
    /** a sentence that the office manager understands */
    message: string,
    readonly detail: {
      /** the raw answer of the other side */
      readonly response?: string;
      readonly exchange?: Exchange;
      /** the other side said when to come back, or pacing knows */
      readonly retryAfterMs?: number;
      /**
       * With `unavailable`: the trouble is the account's, so every other message would meet it. The lane stops at
       * once, probes, and waits long enough for a person to mend it; no message pays with a retry.
       */
      readonly holdsLane?: boolean;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: detail.cause });
  }
}

/** May messages of this tenant leave by this channel now? */
export type ChannelAvailability =
  | { readonly state: 'open' }
  /** waits for a person or a connection; deliveries are shown as `held` */
  | { readonly state: 'held'; readonly reason: string }
  /** paced: the next message may leave at `untilMs` (epoch, ms); deliveries stay `pending` */
  | { readonly state: 'paced'; readonly untilMs: number }
  /** another gateway sends this tenant's messages; `heldReason`: why it holds them */
  | { readonly state: 'elsewhere'; readonly heldReason: string | undefined; tellOfWork(): void };

/** What became of a message that was being submitted when the gateway died. */
export type InterruptedOutcome =
  | { readonly outcome: 'sent'; readonly receipt: SendReceipt }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'uncertain'; readonly reason: string };

/** A way out of the gateway. Implementations throw only ChannelError; anything else counts as temporary. */
export interface Channel {
  readonly name: ChannelName;
  /** messages under way at once for one tenant */
  readonly concurrency: number;
  /** where that depends on the tenant's settings */
  concurrencyOf?(tenant: ChannelTenant): number;
  /** one at a time and in order for each recipient; an earlier message that waits holds back the later ones */
  readonly ordered: boolean;
  /**
   * What the messages' ids end in, after the @. Absent: ids need no domain.
   * @throws ChannelError where nothing can be sent as things are
   */
  messageDomain?(tenant: ChannelTenant): string;
  /**
   * For a channel that takes the data of every event, as a webhook does: what its deliveries name as their
   * recipient, at most 255 characters. Undefined: off for this tenant. Absent: the event types say who gets what.
   */
  endpointOf?(tenant: ChannelTenant): string | undefined;
  send(tenant: ChannelTenant, message: OutgoingMessage, abort: AbortSignal): Promise<SendReceipt>;
  /** Builds again what left at that time, without the contents of files. Absent: it cannot be told. */
  rebuild?(tenant: ChannelTenant, message: OutgoingMessage, at: Date): Promise<WireMessage>;
  /** Absent: always open. */
  availability?(tenant: ChannelTenant): ChannelAvailability;
  /** Absent: an interrupted message is sent again (receivers drop repeats by its stable id). */
  findInterrupted?(tenant: ChannelTenant, message: OutgoingMessage): Promise<InterruptedOutcome>;
  /** Called when a tenant's settings changed or it was removed: drop what was cached for it. */
  forget?(customerId: string): void;
  stop(): Promise<void>;
}
