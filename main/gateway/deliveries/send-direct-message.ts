import type { Attachment } from '../../contracts/event-types';
import type { ChannelName } from '../../contracts/statuses';
import type { Signals } from '../signals';
import type { DeliveryHistoryStore } from '../storage/delivery-history-store';

/** A message that no event made: a document sent by hand, a test message. */
export interface DirectMessage {
  readonly channel: ChannelName;
  readonly recipient: string;
  readonly message: {
    readonly subject?: string;
    readonly text: string;
    readonly html?: string;
    readonly attachments?: readonly Attachment[];
  };
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
  readonly awaited: Map<number, unknown>;
  readonly worker: { wake(channel?: ChannelName): void };
  heldReason(channel: ChannelName): string | undefined;
}

/** Stores the message as a delivery like any other, and waits a while for what becomes of it. */
export async function sendDirectMessage(
  sender: DirectSender,
  signals: Signals,
  direct: DirectMessage,
): Promise<DirectOutcome> {
  const heldReason = sender.heldReason(direct.channel) ?? null;
  const deliveryId = await sender.history.addDirect({
    channel: direct.channel,
    recipient: direct.recipient.slice(0, 255),
    message: direct.message,
    status: heldReason === null ? 'pending' : 'held',
    heldReason,
  });
  if (heldReason !== null) return { deliveryId, status: 'held', messageId: null, error: heldReason };

  sender.awaited.set(deliveryId, direct.message);
  return new Promise((resolve) => {
    const isOurs = (change: { customerId: string; deliveryId: number }) =>
      change.customerId === sender.customerId && change.deliveryId === deliveryId;
    const settle = (outcome: Omit<DirectOutcome, 'deliveryId'>) => {
      clearTimeout(timer);
      sender.awaited.delete(deliveryId);
      for (const unsubscribe of subscriptions) unsubscribe();
      resolve({ deliveryId, ...outcome });
    };
    const timer = setTimeout(
      () => settle({ status: 'pending', messageId: null, error: null }),
      direct.waitMs,
    );
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
