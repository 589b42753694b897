import type { InterruptedOutcome } from '../channel';
import type { HandoverRecord } from './message-ledger';
import { settleMessage, type SettlementOptions } from './reconcile-message';

/**
 * Says what became of a delivery that a gateway was sending when it died. While the session is not ready it
 * answers `absent` for what is open: the delivery waits its turn, and the channel's `send` searches the chat
 * before anything leaves.
 */
export async function findInterruptedDelivery(
  options: SettlementOptions,
  customerId: string,
  deliveryId: number,
  signal: AbortSignal,
): Promise<InterruptedOutcome> {
  const { sessions, ledger } = options;
  const records = await ledger.listHandovers(customerId, deliveryId);
  const open = records.filter((record) => record.state === 'handed');
  if (open.length > 0 && !sessions.linkOf(customerId)) return { outcome: 'absent' };
  for (const record of open) {
    const uncertain = await settleOpen(options, customerId, record, signal);
    if (uncertain) return uncertain;
  }
  // Whatever leaves is written down before: no record, or one that is not sent, is a message that did not leave.
  const settled = open.length > 0 ? await ledger.listHandovers(customerId, deliveryId) : records;
  const last = settled.at(-1);
  if (!last?.messageId || settled.some((record) => record.state !== 'sent')) return { outcome: 'absent' };
  return {
    outcome: 'sent',
    receipt: { messageId: last.messageId, response: `found in the chat, ack ${last.ack}` },
  };
}

async function settleOpen(
  options: SettlementOptions,
  customerId: string,
  record: HandoverRecord,
  signal: AbortSignal,
): Promise<InterruptedOutcome | undefined> {
  const settlement = await settleMessage(options, {
    customerId,
    handover: record,
    messageId: record.messageId ?? undefined,
    handedTo: undefined,
    signal,
  });
  if (settlement.outcome === 'uncertain') {
    const { messageId, reason } = settlement;
    await options.ledger.settleHandover(customerId, record, { state: 'unknown', messageId });
    return { outcome: 'uncertain', reason };
  }
  await options.ledger.settleHandover(
    customerId,
    record,
    settlement.outcome === 'sent'
      ? { state: 'sent', messageId: settlement.messageId, ack: settlement.ack }
      : { state: 'absent' },
  );
  return undefined;
}
