import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '../errors';
import type { Logger } from '../observability/logger';
import type { Signals } from '../signals';
import type { DeliveryHistoryStore } from '../storage/delivery-history-store';
import type { DeliveryReceipt, ReceivedDelivery } from '../storage/write-receipts';

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

interface ReceiptParts {
  readonly tenant: { readonly customerId: string; readonly history: DeliveryHistoryStore };
  readonly signals: Signals;
  readonly logger: Logger;
}

/**
 * Moves deliveries up the ladder and announces each step; those of one delivery come in their order. Receipts
 * come two a message: they are written many at a time. Never throws: a lost receipt loses no message.
 */
export async function recordReceipts(parts: ReceiptParts, receipts: readonly Receipt[]): Promise<void> {
  try {
    for (const receipt of receipts) {
      if (receipt.status === 'sent') await settleUnknown(parts, receipt);
    }
    await climb(
      parts,
      receipts.filter(({ status }) => status !== 'sent'),
    );
  } catch (thrown) {
    parts.logger.warn('receipt.store_failed', 'receipts could not be stored', {
      customer_id: parts.tenant.customerId,
      receipts: receipts.length,
      error: errorText(thrown),
    });
  }
}

async function settleUnknown(parts: ReceiptParts, receipt: Receipt): Promise<void> {
  const changed = await parts.tenant.history.settleUnknown(receipt.deliveryId, receipt.messageId);
  if (changed) tell(parts, receipt, changed);
}

async function climb(parts: ReceiptParts, receipts: readonly Receipt[]): Promise<void> {
  const { history } = parts.tenant;
  let steps = new Map<number, Receipt[]>();
  for (const receipt of receipts) {
    steps.set(receipt.deliveryId, [...(steps.get(receipt.deliveryId) ?? []), receipt]);
  }
  for (let look = 0; look < looks && steps.size > 0; look += 1) {
    if (look > 0) await sleep(betweenLooksMs);
    const changed = await history.recordReceipts([...steps].map(([id, ladder]) => toStored(id, ladder)));
    for (const row of changed) {
      for (const receipt of steps.get(row.id) ?? []) tell(parts, receipt, row);
      steps.delete(row.id);
    }
    // A quick receipt can be here before the outcome of the sending itself is written.
    const sending = new Set(steps.size === 0 ? [] : await history.listSending([...steps.keys()]));
    steps = new Map([...steps].filter(([id]) => sending.has(id)));
  }
}

function toStored(id: number, ladder: readonly Receipt[]): DeliveryReceipt {
  const isRead = ladder.some(({ status }) => status === 'read');
  return { id, status: isRead ? 'read' : 'delivered', at: ladder[0]?.at ?? new Date() };
}

function tell({ tenant, signals }: ReceiptParts, receipt: Receipt, changed: ReceivedDelivery): void {
  signals.emit(`delivery.${receipt.status}`, {
    customerId: tenant.customerId,
    deliveryId: changed.id,
    eventId: changed.event_id,
    eventType: changed.event_type ?? '',
    channel: changed.channel,
    recipient: changed.recipient,
    status: receipt.status,
    messageId: receipt.messageId,
  });
}
