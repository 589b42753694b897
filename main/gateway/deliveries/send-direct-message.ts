import { base64Payload } from '../../contracts/base64';
import type { Attachment } from '../../contracts/event-types';
import type { ChannelName } from '../../contracts/statuses';
import type { Signals } from '../signals';
import type { DeliveryHistoryStore, DeliveryRow } from '../storage/delivery-history-store';

/** A message that no event made: a document sent by hand, a test message. */
export interface DirectMessage {
  readonly channel: ChannelName;
  readonly recipient: string;
  readonly message: {
    readonly subject?: string;
    readonly text: string;
    readonly html?: string;
    readonly attachment?: Attachment;
  };
  /** tries a channel: counted nowhere */
  readonly isTest?: boolean;
  /** how long to wait for its outcome */
  readonly waitMs: number;
}

export interface DirectOutcome {
  readonly deliveryId: number;
  /** `pending` or `held`: it has not left yet, and will by itself */
  readonly status: 'sent' | 'failed' | 'pending' | 'held';
  readonly messageId: string | null;
  readonly error: string | null;
}

interface DirectSender {
  readonly customerId: string;
  readonly history: DeliveryHistoryStore;
  readonly awaitedContents: Map<number, string>;
  readonly worker: { wake(channel?: ChannelName): void };
  heldReason(channel: ChannelName): string | undefined;
}

/** Another gateway may send it: what became of it is in the database then, and told to nobody here. */
const lookEveryMs = 500;

/** Stores the message as a delivery like any other, and waits a while for what becomes of it. */
export async function sendDirectMessage(
  sender: DirectSender,
  signals: Signals,
  direct: DirectMessage,
): Promise<DirectOutcome> {
  const { attachment, ...texts } = direct.message;
  const base64 = attachment?.content_base64;
  const content = base64 === undefined ? null : Buffer.from(base64Payload(base64), 'base64');
  const heldReason = sender.heldReason(direct.channel) ?? null;
  const deliveryId = await sender.history.addDirect({
    channel: direct.channel,
    recipient: direct.recipient.slice(0, 255),
    message: attachment ? { ...texts, attachments: [describeFile(attachment, content)] } : texts,
    content,
    isTest: direct.isTest ?? false,
    status: heldReason === null ? 'pending' : 'held',
    heldReason,
  });
  if (heldReason !== null) return { deliveryId, status: 'held', messageId: null, error: heldReason };

  if (base64 !== undefined) sender.awaitedContents.set(deliveryId, base64);
  return new Promise((resolve) => {
    const isOurs = (change: { customerId: string; deliveryId: number }) =>
      change.customerId === sender.customerId && change.deliveryId === deliveryId;
    const settle = (outcome: Omit<DirectOutcome, 'deliveryId'>) => {
      clearTimeout(timer);
      clearInterval(looking);
      sender.awaitedContents.delete(deliveryId);
      for (const unsubscribe of subscriptions) unsubscribe();
      resolve({ deliveryId, ...outcome });
    };
    const timer = setTimeout(
      () => settle({ status: 'pending', messageId: null, error: null }),
      direct.waitMs,
    );
    const looking = setInterval(() => {
      sender.history.find(deliveryId).then(
        (row) => {
          const ended = row && endedAs(row);
          if (ended) settle(ended);
        },
        () => undefined,
      );
    }, lookEveryMs);
    const subscriptions = [
      signals.on('delivery.sent', (change) => {
        if (isOurs(change)) settle({ status: 'sent', messageId: change.messageId, error: null });
      }),
      signals.on('delivery.failed', (failure) => {
        if (isOurs(failure) && !failure.willRetry) {
          settle({ status: 'failed', messageId: null, error: failure.error });
        }
      }),
    ];
    sender.worker.wake(direct.channel);
  });
}

/** Undefined: it has not left yet. */
function endedAs(row: DeliveryRow): Omit<DirectOutcome, 'deliveryId'> | undefined {
  if (row.status === 'failed') return { status: 'failed', messageId: null, error: row.error_message };
  if (row.status !== 'sent' && row.status !== 'delivered' && row.status !== 'read') return undefined;
  return { status: 'sent', messageId: row.message_id, error: null };
}

/** What is kept beside the file's content. */
function describeFile(attachment: Attachment, content: Buffer | null): object {
  const { content_base64: _content, ...described } = attachment;
  return content === null ? described : { ...described, bytes: content.length };
}
