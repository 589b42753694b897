import { sessionOf } from '../../whatsapp/office-number';
import type { InterruptedOutcome } from '../channel';
import type { SubmissionRecord } from './message-ledger';
import { reconcileMessage, type ReconcileOptions } from './reconcile-message';

/**
 * Says what became of a delivery that a gateway was sending when it died. While the session is not ready it
 * answers `absent` for what is open: the delivery waits in its queue, and the channel's `send` searches the chat
 * before anything leaves.
 */
export async function findInterruptedDelivery(
  options: ReconcileOptions,
  customerId: string,
  deliveryId: number,
  abort: AbortSignal,
): Promise<InterruptedOutcome> {
  const { sessions, ledger } = options;
  const records = await ledger.listSubmissions(customerId, deliveryId);
  const open = records.filter((record) => record.state === 'handed');
  const isReady = open.every(({ number }) => sessions.transportOf(sessionOf(customerId, number)));
  if (!isReady) return { outcome: 'absent' };
  for (const record of open) {
    const uncertain = await reconcileOpen(options, customerId, record, abort);
    if (uncertain) return uncertain;
  }
  // Whatever leaves is written down before: no record, or one that is not sent, is a message that did not leave.
  const reconciled = open.length > 0 ? await ledger.listSubmissions(customerId, deliveryId) : records;
  const last = reconciled.at(-1);
  if (!last?.messageId || reconciled.some((record) => record.state !== 'sent')) return { outcome: 'absent' };
  return {
    outcome: 'sent',
    receipt: { messageId: last.messageId, response: `found in the chat, ack ${last.ack}` },
  };
}

async function reconcileOpen(
  options: ReconcileOptions,
  customerId: string,
  record: SubmissionRecord,
  abort: AbortSignal,
): Promise<InterruptedOutcome | undefined> {
  const reconciliation = await reconcileMessage(options, {
    customerId,
    submission: record,
    messageId: record.messageId ?? undefined,
    submittedTo: undefined,
    abort,
  });
  if (reconciliation.outcome === 'uncertain') {
    const { messageId, reason } = reconciliation;
    await options.ledger.updateSubmissionState(customerId, record, { state: 'unknown', messageId });
    return { outcome: 'uncertain', reason };
  }
  await options.ledger.updateSubmissionState(
    customerId,
    record,
    reconciliation.outcome === 'sent'
      ? { state: 'sent', messageId: reconciliation.messageId, ack: reconciliation.ack }
      : { state: 'absent' },
  );
  return undefined;
}
