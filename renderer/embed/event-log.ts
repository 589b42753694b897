import type { ChannelName, DeliveryStatus } from '../../main/contracts/statuses';
import { readFields } from './page-error';

/** `waiting`: not with the gateway yet; `refused`: never will be. The others are the gateway's own states. */
type EventPhase = 'waiting' | 'refused' | 'pending' | 'processing' | 'completed' | 'failed';

export interface LoggedDelivery {
  readonly id: number;
  readonly channel: ChannelName;
  readonly recipient: string;
  readonly status: DeliveryStatus;
  readonly error?: string;
  /** epoch, ms */
  readonly nextAttemptMs?: number;
}

export interface LoggedEvent {
  /** unique in the list */
  readonly key: string;
  readonly eventId?: number;
  readonly eventType: string;
  readonly phase: EventPhase;
  readonly sent: number;
  readonly failed: number;
  readonly total: number;
  readonly error?: string;
  /** triggered by this page, or by an earlier one in this tab */
  readonly isOwn: boolean;
  readonly deliveries: readonly LoggedDelivery[];
  /** epoch, ms; when it was triggered or first seen */
  readonly atMs: number;
}

export interface EventLog {
  /** newest first */
  list(): readonly LoggedEvent[];
  /** the highest event id seen; 0 when none was */
  lastEventId(): number;
  /** events whose end is not known yet */
  unsettledIds(): number[];
  queue(key: string, eventType: string): void;
  accept(key: string, answer: unknown): void;
  refuse(key: string, error: string): void;
  /** `event:progress`, `event:completed`, `event:failed` */
  applyEvent(message: unknown): void;
  /** `message:sent` and the like */
  applyMessage(message: unknown): void;
  /**
   * An event as the database had it when it was asked at `askedAtMs`: what was heard live since is newer.
   */
  applyRow(row: unknown, askedAtMs: number): void;
}

interface StoredEvent extends LoggedEvent {
  /** by event id; what never got one stays where it was refused */
  readonly order: number;
  readonly heardAtMs: number;
}

const mostEvents = 50;
const settledPhases: readonly EventPhase[] = ['completed', 'failed', 'refused'];
const goodStatuses: readonly DeliveryStatus[] = ['sent', 'delivered', 'read'];

export function isSettled(event: Pick<LoggedEvent, 'phase'>): boolean {
  return settledPhases.includes(event.phase);
}

/**
 * What the page knows of events, from triggers, live messages and catching up.
 * @param wasOwn was the event triggered by an earlier page of this tab?
 */
export function createEventLog(parts: {
  readonly wasOwn: (eventId: number) => boolean;
  /** `previous` is undefined for an event that is new here */
  readonly onChange: (event: LoggedEvent, previous: LoggedEvent | undefined) => void;
  readonly now?: () => number;
}): EventLog {
  const now = parts.now ?? Date.now;
  const events = new Map<string, StoredEvent>();
  let lastEventId = 0;

  const keyOf = (eventId: number) => `event-${eventId}`;

  function newest(): StoredEvent[] {
    return [...events.values()].sort((a, b) => b.order - a.order || b.atMs - a.atMs);
  }

  function put(event: StoredEvent): void {
    const previous = events.get(event.key);
    events.set(event.key, event);
    if (event.eventId !== undefined) lastEventId = Math.max(lastEventId, event.eventId);
    forgetOldest();
    if (events.has(event.key)) parts.onChange(event, previous);
  }

  /** Those whose end is known go first. */
  function forgetOldest(): void {
    if (events.size <= mostEvents) return;
    const oldest = newest().reverse();
    const gone = oldest.find(isSettled) ?? oldest[0];
    if (gone) events.delete(gone.key);
  }

  function blank(key: string, eventType: string, eventId?: number): StoredEvent {
    const isOwn = eventId !== undefined && parts.wasOwn(eventId);
    const counts = { sent: 0, failed: 0, total: 0 };
    return {
      key,
      eventId,
      eventType,
      phase: 'pending',
      ...counts,
      isOwn,
      deliveries: [],
      atMs: now(),
      order: eventId ?? Infinity,
      heardAtMs: now(),
    };
  }

  function merge(fields: Readonly<Record<string, unknown>>, changes: Partial<StoredEvent>): void {
    const eventId = readNumber(fields['event_id']);
    if (eventId === undefined) return;
    const key = keyOf(eventId);
    const known = events.get(key) ?? blank(key, readText(fields['event_type']) ?? 'event', eventId);
    put({
      ...known,
      phase: readPhase(fields['status']) ?? known.phase,
      sent: readNumber(fields['sent']) ?? known.sent,
      failed: readNumber(fields['failed']) ?? known.failed,
      total: readNumber(fields['total']) ?? known.total,
      error: readText(fields['error']),
      heardAtMs: now(),
      ...changes,
    });
  }

  return {
    list: newest,
    lastEventId: () => lastEventId,
    unsettledIds: () =>
      newest()
        .filter((event) => !isSettled(event))
        .map((event) => event.eventId)
        .filter((eventId) => eventId !== undefined),
    queue(key, eventType) {
      put({ ...blank(key, eventType), phase: 'waiting', isOwn: true });
    },
    accept(key, answer) {
      const waiting = events.get(key);
      const fields = readFields(answer);
      const eventId = readNumber(fields['event_id']);
      if (!waiting || eventId === undefined) return;
      events.delete(key);
      // Its first progress may have been quicker than the answer.
      const heard = events.get(keyOf(eventId));
      const deliveries = heard?.deliveries.length ? heard.deliveries : readDeliveries(fields['deliveries']);
      const common = {
        isOwn: true,
        atMs: waiting.atMs,
        deliveries,
        total: heard?.total || deliveries.length,
      };
      if (heard) put({ ...heard, ...common });
      else merge({ ...fields, event_type: waiting.eventType }, common);
    },
    refuse(key, error) {
      const waiting = events.get(key);
      if (waiting) put({ ...waiting, phase: 'refused', error, order: lastEventId + 0.5 });
    },
    applyEvent(message) {
      const fields = readFields(message);
      const outcome = readDeliveries(readFields(fields['result'])['deliveries']);
      const known = events.get(keyOf(readNumber(fields['event_id']) ?? 0));
      merge(fields, outcome.length > 0 ? { deliveries: keepErrors(outcome, known?.deliveries ?? []) } : {});
    },
    applyMessage(message) {
      const fields = readFields(message);
      const id = readNumber(fields['delivery_id']);
      const event = events.get(keyOf(readNumber(fields['event_id']) ?? 0));
      const [delivery] = readDeliveries([{ ...fields, id }]);
      if (!event || !delivery) return;
      const willRetry = fields['will_retry'] === true;
      const changed: LoggedDelivery = {
        ...delivery,
        error: readText(fields['error']),
        nextAttemptMs: willRetry ? readTime(fields['next_attempt_at']) : undefined,
      };
      const others = event.deliveries.filter((other) => other.id !== id);
      put({ ...event, deliveries: [...others, changed].sort((a, b) => a.id - b.id) });
    },
    applyRow(row, askedAtMs) {
      const fields = readFields(row);
      const known = events.get(keyOf(readNumber(fields['event_id']) ?? 0));
      if (known && known.heardAtMs >= askedAtMs) return;
      const deliveries = readDeliveries(fields['deliveries']);
      merge(fields, {
        deliveries: keepErrors(deliveries, known?.deliveries ?? []),
        sent: deliveries.filter(({ status }) => goodStatuses.includes(status)).length,
        failed: deliveries.filter(({ status }) => status === 'failed').length,
        total: deliveries.length,
        atMs: known?.atMs ?? readTime(fields['created_at']) ?? readTime(fields['updated_at']) ?? now(),
      });
    },
  };
}

/** Outcomes and rows carry no errors of single deliveries; those heard before still hold for failed ones. */
function keepErrors(
  deliveries: readonly LoggedDelivery[],
  known: readonly LoggedDelivery[],
): readonly LoggedDelivery[] {
  return deliveries.map((delivery) => {
    if (delivery.status !== 'failed' || delivery.error !== undefined) return delivery;
    return { ...delivery, error: known.find(({ id }) => id === delivery.id)?.error };
  });
}

function readDeliveries(value: unknown): LoggedDelivery[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    const fields = readFields(item);
    const id = readNumber(fields['id']);
    const status = readText(fields['status']);
    if (id === undefined || status === undefined) return [];
    return [
      {
        id,
        channel: (readText(fields['channel']) ?? '') as ChannelName,
        recipient: readText(fields['recipient']) ?? '',
        status: status as DeliveryStatus,
        error: readText(fields['error']),
      },
    ];
  });
}

const eventPhases: readonly string[] = ['pending', 'processing', 'completed', 'failed'];

function readPhase(value: unknown): EventPhase | undefined {
  return typeof value === 'string' && eventPhases.includes(value) ? (value as EventPhase) : undefined;
}

function readNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function readTime(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(time) ? undefined : time;
}
