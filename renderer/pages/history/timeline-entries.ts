import type { DeliveryDetail } from '../../../main/contracts/console/history-calls';

type Attempt = DeliveryDetail['attempts'][number];

/** What happened to a delivery, or will: in the order of time, the future last. */
export type TimelineEntry =
  | { readonly kind: 'event'; readonly at: string; readonly eventType: string; readonly eventId: number }
  | { readonly kind: 'planned'; readonly at: string }
  | { readonly kind: 'attempt'; readonly at: string; readonly number: number; readonly attempt: Attempt }
  | { readonly kind: 'sent' | 'delivered' | 'read'; readonly at: string }
  | { readonly kind: 'next'; readonly at: string }
  | { readonly kind: 'waiting' | 'sending'; readonly at: null }
  | { readonly kind: 'held'; readonly at: null; readonly words: string | null }
  | {
      readonly kind: 'failed' | 'expired' | 'closed' | 'unknown';
      readonly at: string;
      readonly words: string | null;
    };

/** How it ended, or what it waits for. */
function lastEntry(delivery: DeliveryDetail, nowMs: number): TimelineEntry | undefined {
  const { status, nextAttemptAt, updatedAt, error } = delivery;
  switch (status) {
    case 'pending':
      return nextAttemptAt !== null && Date.parse(nextAttemptAt) > nowMs
        ? { kind: 'next', at: nextAttemptAt }
        : { kind: 'waiting', at: null };
    case 'sending':
      return { kind: 'sending', at: null };
    case 'held':
      return { kind: 'held', at: null, words: delivery.heldReason };
    case 'unknown':
      return { kind: 'unknown', at: updatedAt, words: error };
    case 'failed': {
      const kind =
        delivery.errorCode === 'expired'
          ? 'expired'
          : delivery.errorCode === 'closed_unknown'
            ? 'closed'
            : 'failed';
      return { kind, at: updatedAt, words: error };
    }
    case 'sent':
    case 'delivered':
    case 'read':
      return undefined;
  }
}

export function listTimeline(delivery: DeliveryDetail, nowMs = Date.now()): TimelineEntry[] {
  const { event, attempts, sentAt, deliveredAt, readAt } = delivery;
  const handedOver = attempts.some(({ outcome }) => outcome === 'sent');
  const past: TimelineEntry[] = [
    event
      ? { kind: 'event', at: event.createdAt, eventType: event.eventType, eventId: event.id }
      : { kind: 'planned', at: delivery.createdAt },
    ...attempts.map((attempt, index) => ({
      kind: 'attempt' as const,
      at: attempt.startedAt,
      number: index + 1,
      attempt,
    })),
    // The attempt that handed it over says so itself.
    ...(sentAt !== null && !handedOver ? [{ kind: 'sent' as const, at: sentAt }] : []),
    ...(deliveredAt === null ? [] : [{ kind: 'delivered' as const, at: deliveredAt }]),
    ...(readAt === null ? [] : [{ kind: 'read' as const, at: readAt }]),
  ];
  const last = lastEntry(delivery, nowMs);
  // The attempt that failed for good says so itself.
  if (last?.kind === 'failed' && attempts.at(-1)?.outcome === 'failed') return past;
  return last ? [...past, last] : past;
}
