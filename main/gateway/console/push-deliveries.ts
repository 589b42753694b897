import type { DeliveryChangePush } from '../../contracts/console/console-pushes';
import type { DeliveryChange, DeliveryFailure } from '../signals';
import type { ConsoleParts } from './console-parts';

const pushEveryMs = 250;
const mostChanges = 500;

/** Tells windows which deliveries are different now, gathered. Returns what ends that. */
export function pushDeliveryChanges({
  signals,
  pushes,
}: Pick<ConsoleParts, 'signals' | 'pushes'>): () => void {
  const changes = new Map<string, DeliveryChangePush>();
  let more = false;
  let timer: NodeJS.Timeout | undefined;

  function push(): void {
    timer = undefined;
    pushes.push('deliveries.changed', { changes: [...changes.values()], more });
    changes.clear();
    more = false;
  }

  function add(change: DeliveryChange | DeliveryFailure): void {
    if (!pushes.isWatched()) return;
    const key = `${change.customerId}/${change.deliveryId}`;
    // The last state of each; a list that looks further asks again when it hears `more`.
    if (changes.size >= mostChanges && !changes.has(key)) more = true;
    else changes.set(key, toPush(change));
    timer ??= setTimeout(push, pushEveryMs);
  }

  const ends = [
    signals.on('delivery.sent', add),
    signals.on('delivery.delivered', add),
    signals.on('delivery.read', add),
    signals.on('delivery.failed', add),
    signals.on('delivery.changed', add),
    // New ones are not told one by one.
    signals.on('event.accepted', () => {
      if (!pushes.isWatched()) return;
      more = true;
      timer ??= setTimeout(push, pushEveryMs);
    }),
  ];
  return () => {
    for (const end of ends) end();
    clearTimeout(timer);
  };
}

function toPush(change: DeliveryChange | DeliveryFailure): DeliveryChangePush {
  const failure = 'error' in change ? change : undefined;
  return {
    customerId: change.customerId,
    id: change.deliveryId,
    eventId: change.eventId,
    eventType: change.eventType === '' ? null : change.eventType,
    channel: change.channel,
    recipient: change.recipient,
    // A failure that is tried again leaves the delivery waiting.
    status: failure?.willRetry === true ? 'pending' : change.status,
    error: failure?.error ?? null,
    nextAttemptAt: failure?.nextAttemptAt?.toISOString() ?? null,
  };
}
