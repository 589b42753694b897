import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '../errors';
import type { Logger } from '../logger';
import type { Signals } from '../signals';
import type { DeliveryHistoryStore, RequeuedDelivery } from '../storage/delivery-history-store';

const looks = 20;
const betweenLooksMs = 100;

/** What the other side tells of a message after it was handed over. */
export interface Receipt {
  readonly deliveryId: number;
  readonly messageId: string;
  /** `sent` only for a message whose outcome was unknown until now */
  readonly status: 'sent' | 'delivered' | 'read';
  readonly at: Date;
}

/** Moves a delivery up the ladder and tells of it. Never throws: a lost receipt loses no message. */
export async function recordReceipt(
  tenant: { readonly customerId: string; readonly history: DeliveryHistoryStore },
  signals: Signals,
  logger: Logger,
  receipt: Receipt,
): Promise<void> {
  const { deliveryId, messageId, status } = receipt;
  try {
    const changed = await applyReceipt(tenant.history, receipt);
    if (!changed) return;
    signals.emit(`delivery.${status}`, {
      customerId: tenant.customerId,
      deliveryId,
      eventId: changed.event_id,
      eventType: changed.event_type ?? '',
      channel: changed.channel,
      recipient: changed.recipient,
      status,
      messageId,
    });
  } catch (thrown) {
    logger.warn('receipt could not be stored', {
      customer_id: tenant.customerId,
      delivery_id: deliveryId,
      error: errorText(thrown),
    });
  }
}

async function applyReceipt(
  history: DeliveryHistoryStore,
  { deliveryId, messageId, status, at }: Receipt,
): Promise<RequeuedDelivery | undefined> {
  if (status === 'sent') return history.settleUnknown(deliveryId, messageId);
  for (let look = 0; look < looks; look += 1) {
    const changed = await history.recordReceipt(deliveryId, status, at);
    if (changed) return changed;
    // A quick receipt can be here before the outcome of the sending itself is written.
    const delivery = await history.find(deliveryId);
    if (delivery?.status !== 'sending') return undefined;
    await sleep(betweenLooksMs);
  }
  return undefined;
}
