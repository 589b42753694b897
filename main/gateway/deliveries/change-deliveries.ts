import type { ChannelName, DeliveryStatus } from '../../contracts/statuses';
import { GatewayError } from '../errors';
import type { DeliveryChange, Signals } from '../signals';
import type { DeliveryFilter, DeliveryHistoryStore, RequeueTime } from '../storage/delivery-history-store';
import type { RequeuedDelivery } from '../storage/requeue-sql';

export type { DeliveryFilter, RequeueTime } from '../storage/delivery-history-store';

/** What a person or the PHP app may do with a delivery that the engine has let go of. */
interface DeliveryOwner {
  readonly customerId: string;
  readonly history: DeliveryHistoryStore;
  readonly worker: { wake(channel?: ChannelName): void };
}

/** What went out is not sent twice by this. A person may hurry what waits; a program lets it wait its time. */
const retryable: Readonly<Record<RequeueTime, readonly DeliveryStatus[]>> = {
  now: ['failed', 'pending'],
  spaced: ['failed'],
};

/**
 * Sends a failed delivery again; one that waits is left to its time, unless it is to leave now.
 * @throws GatewayError `delivery_not_found` (404), `not_retryable` (409)
 */
export async function retryDelivery(
  owner: DeliveryOwner,
  signals: Signals,
  id: number,
  when: RequeueTime,
): Promise<void> {
  const requeued = await owner.history.requeue(id, retryable[when], when);
  if (!requeued) {
    const delivery = await findOr404(owner, id);
    if (delivery.status === 'pending') return;
    throw new GatewayError(
      'not_retryable',
      delivery.status === 'unknown'
        ? 'Whether this message left is not known: resolve it (resend or close) instead.'
        : `Only failed and waiting deliveries can be retried; this one is ${delivery.status}.`,
      409,
    );
  }
  announce(owner, signals, requeued, 'pending');
  owner.worker.wake(requeued.channel);
}

/** What a replay may put back: asked before each batch, and told what was not needed. */
export interface ReplayAllowance {
  /** of a batch */
  readonly size: number;
  /** @throws GatewayError when no more may go; what went before stays */
  take(count: number): Promise<void>;
  giveBack(count: number): Promise<void>;
}

/**
 * Puts every failed delivery that fits the filter back into its lane, as far as is allowed.
 * @returns how many, and what ended it early
 * @throws GatewayError when nothing is allowed at all
 */
export async function replayDeliveries(
  owner: DeliveryOwner,
  signals: Signals,
  filter: DeliveryFilter,
  allowance: ReplayAllowance,
): Promise<{ readonly replayed: number; readonly refusal?: GatewayError }> {
  let replayed = 0;
  let beforeId: number | undefined;
  for (;;) {
    try {
      await allowance.take(allowance.size);
    } catch (thrown) {
      if (replayed === 0 || !(thrown instanceof GatewayError)) throw thrown;
      return { replayed, refusal: thrown };
    }
    const batch = await owner.history.requeueFailed(filter, beforeId, allowance.size);
    for (const requeued of batch) announce(owner, signals, requeued, 'pending');
    replayed += batch.length;
    if (batch.length > 0) owner.worker.wake();
    if (batch.length < allowance.size) {
      await allowance.giveBack(allowance.size - batch.length);
      return { replayed };
    }
    beforeId = batch[0]?.id;
  }
}

/**
 * Puts back those of `ids` that are failed now, and sends them.
 * @returns how many
 */
export async function replayDeliveriesById(
  owner: DeliveryOwner,
  signals: Signals,
  ids: readonly number[],
): Promise<number> {
  const requeued = await owner.history.requeueIds(ids, ['failed']);
  for (const delivery of requeued) announce(owner, signals, delivery, 'pending');
  if (requeued.length > 0) owner.worker.wake();
  return requeued.length;
}

/**
 * Sends those of `ids` again that failed or wait.
 * @returns how many
 */
export async function retryDeliveriesById(
  owner: DeliveryOwner,
  signals: Signals,
  ids: readonly number[],
): Promise<number> {
  const requeued = await owner.history.requeueIds(ids, ['failed', 'pending']);
  for (const delivery of requeued) announce(owner, signals, delivery, 'pending');
  if (requeued.length > 0) owner.worker.wake();
  return requeued.length;
}

/**
 * Gives up those of `ids` that wait; one that is just being sent is left alone.
 * @returns how many
 */
export async function cancelDeliveriesById(
  owner: DeliveryOwner,
  signals: Signals,
  ids: readonly number[],
): Promise<number> {
  const cancelled = await owner.history.cancelIds(ids);
  for (const delivery of cancelled) announce(owner, signals, delivery, 'failed');
  return cancelled.length;
}

/**
 * Decides about a delivery whose outcome is not known.
 * @throws GatewayError `delivery_not_found` (404), `not_unknown` (409)
 */
export async function resolveDelivery(
  owner: DeliveryOwner,
  signals: Signals,
  id: number,
  action: 'resend' | 'close',
  when: RequeueTime,
): Promise<void> {
  const changed =
    action === 'resend'
      ? await owner.history.requeue(id, ['unknown'], when)
      : await owner.history.closeUnknown(id);
  if (!changed) {
    const delivery = await findOr404(owner, id);
    throw new GatewayError(
      'not_unknown',
      `Only deliveries whose outcome is unknown can be resolved; this one is ${delivery.status}.`,
      409,
    );
  }
  announce(owner, signals, changed, action === 'resend' ? 'pending' : 'failed');
  if (action === 'resend') owner.worker.wake(changed.channel);
}

async function findOr404(owner: DeliveryOwner, id: number): Promise<{ status: DeliveryStatus }> {
  const delivery = await owner.history.find(id);
  if (!delivery) throw new GatewayError('delivery_not_found', 'There is no such delivery.', 404);
  return delivery;
}

function announce(
  owner: DeliveryOwner,
  signals: Signals,
  delivery: RequeuedDelivery,
  status: DeliveryStatus,
): void {
  const change: DeliveryChange = {
    customerId: owner.customerId,
    deliveryId: delivery.id,
    eventId: delivery.event_id,
    eventType: delivery.event_type ?? '',
    channel: delivery.channel,
    recipient: delivery.recipient,
    status,
    messageId: null,
  };
  signals.emit('delivery.changed', change);
}
