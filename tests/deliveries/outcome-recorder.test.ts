import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { DeliveryEngineParts, DeliveryTenant } from '../../main/gateway/deliveries/delivery-tenant';
import { createOutcomeRecorder, type OutcomeRecorder } from '../../main/gateway/deliveries/outcome-recorder';
import { createSignals, type SignalMap } from '../../main/gateway/signals';
import type {
  DeliveryOutcome,
  EventCounters,
  RecordedOutcomes,
} from '../../main/gateway/storage/delivery-rows';
import { createMemoryLogger, type MemoryLogger } from '../support/memory-logger';
import { makeClaimedDelivery, makeOutcome } from './claimed-delivery';

const instance = 42;
const now = new Date('2026-03-01T09:00:00Z');

interface Write {
  readonly ids: readonly number[];
  readonly claimedBy: number;
  succeed(recorded?: Partial<RecordedOutcomes>): void;
  fail(thrown: unknown): void;
}

let writes: Write[];
let logger: MemoryLogger;
let signals: { name: string; payload: object }[];
let isWatched: boolean;
let listDeliveries: (ids: readonly number[]) => Promise<object[]>;
let recorder: OutcomeRecorder;

beforeEach(() => {
  vi.useFakeTimers({ now, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  writes = [];
  signals = [];
  isWatched = false;
  listDeliveries = () => Promise.reject(new Error('nobody watches'));
  logger = createMemoryLogger();
  const told = createSignals((name, thrown) => {
    throw new Error(`listener of ${name}`, { cause: thrown });
  });
  for (const name of [
    'delivery.sent',
    'delivery.failed',
    'delivery.changed',
    'event.progress',
    'event.completed',
    'event.failed',
  ] as const satisfies (keyof SignalMap)[]) {
    told.on(name, (payload) => signals.push({ name, payload }));
  }
  const parts = { logger, signals: told, instance, isWatched: () => isWatched };
  const tenant = {
    customerId: 'ACC003',
    deliveries: {
      recordOutcomes: (outcomes: readonly DeliveryOutcome[], claimedBy: number) =>
        new Promise<RecordedOutcomes>((resolve, reject) => {
          const ids = outcomes.map(({ id }) => id);
          writes.push({
            ids,
            claimedBy,
            succeed: (recorded) => resolve({ ids, events: [], ...recorded }),
            fail: reject,
          });
        }),
    },
    events: { listDeliveries: (ids: readonly number[]) => listDeliveries(ids) },
  };
  recorder = createOutcomeRecorder(
    parts as unknown as DeliveryEngineParts,
    tenant as unknown as DeliveryTenant,
  );
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lets promises that can go on go on; no time passes. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function record(
  id: number,
  outcome: Partial<DeliveryOutcome> = {},
  onWritten?: () => void,
  lingerMs?: number,
) {
  recorder.record(makeClaimedDelivery({ id }), makeOutcome({ id, ...outcome }), onWritten, lingerMs);
}

const counters = (fields: Partial<EventCounters>): EventCounters => ({
  id: 7,
  event_type: 'invoice:sent',
  status: 'completed',
  sent: 1,
  failed: 0,
  total: 1,
  ...fields,
});
const namesTold = () => signals.map(({ name }) => name);

describe('writing', () => {
  test('outcomes of one tick share a write, in their order, in the gateway’s own name', async () => {
    record(3);
    record(1);
    record(2);
    await settle();
    expect(writes).toMatchObject([{ ids: [3, 1, 2], claimedBy: instance }]);
  });

  test('outcomes that come during a write share the next one', async () => {
    record(1);
    await settle();
    record(2);
    record(3);
    await settle();
    expect(writes.map(({ ids }) => ids)).toEqual([[1]]);
    writes[0]!.succeed();
    await settle();
    expect(writes.map(({ ids }) => ids)).toEqual([[1], [2, 3]]);
  });

  test('one write has 500 at most', async () => {
    for (let id = 1; id <= 1_200; id += 1) record(id);
    for (const [at, size] of [500, 500, 200].entries()) {
      await settle();
      expect(writes[at]?.ids).toHaveLength(size);
      writes[at]!.succeed();
    }
    await settle();
    expect(writes.flatMap(({ ids }) => ids)).toEqual(Array.from({ length: 1_200 }, (_, at) => at + 1));
  });

  test('one that may linger waits for others', async () => {
    record(1, {}, undefined, 50);
    await vi.advanceTimersByTimeAsync(49);
    record(2, {}, undefined, 50);
    await settle();
    expect(writes).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await settle();
    expect(writes.map(({ ids }) => ids)).toEqual([[1, 2]]);
  });

  test('one that may not takes those that linger along', async () => {
    record(1, {}, undefined, 50);
    record(2);
    await settle();
    expect(writes.map(({ ids }) => ids)).toEqual([[1, 2]]);
    expect(vi.getTimerCount()).toBe(0);
    writes[0]!.succeed();
    await vi.advanceTimersByTimeAsync(100);
    expect(writes).toHaveLength(1);
  });

  test('whoever sent is told once it is written', async () => {
    const onWritten = vi.fn();
    record(1, {}, onWritten);
    await settle();
    expect(onWritten).not.toHaveBeenCalled();
    writes[0]!.succeed();
    await settle();
    expect(onWritten).toHaveBeenCalledTimes(1);
  });

  test('ids are unwritten until they are written', async () => {
    record(1);
    await settle();
    record(2);
    expect(recorder.unwrittenIds()).toEqual([1, 2]);
    writes[0]!.succeed();
    await settle();
    expect(recorder.unwrittenIds()).toEqual([2]);
    writes[1]!.succeed();
    await settle();
    expect(recorder.unwrittenIds()).toEqual([]);
  });
});

describe('while the database is away', () => {
  test('outcomes wait, and are written in their order when it is back', async () => {
    const onWritten = vi.fn();
    record(1, {}, onWritten);
    await settle();
    record(2);
    writes[0]!.fail(new Error('Connection terminated'));
    await settle();
    expect(recorder.unwrittenIds()).toEqual([1, 2]);
    expect(onWritten).not.toHaveBeenCalled();
    expect(signals).toEqual([]);
    expect(logger.lines).toMatchObject([
      { level: 'warn', fields: { customer_id: 'ACC003', waiting: 2, error: 'Connection terminated' } },
    ]);

    await vi.advanceTimersByTimeAsync(999);
    expect(writes).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    await settle();
    expect(writes[1]?.ids).toEqual([1, 2]);
    writes[1]!.succeed();
    await settle();
    expect(onWritten).toHaveBeenCalledTimes(1);
    expect(recorder.unwrittenIds()).toEqual([]);
  });

  test('it is tried again and again', async () => {
    record(1);
    for (let at = 0; at < 5; at += 1) {
      await settle();
      writes[at]!.fail(new Error('No PostgreSQL answers.'));
      await vi.advanceTimersByTimeAsync(1_000);
    }
    await settle();
    expect(writes).toHaveLength(6);
    writes[5]!.succeed();
    await settle();
    expect(namesTold()).toEqual(['delivery.sent']);
  });
});

describe('a delivery that was no longer ours', () => {
  test('is told of to nobody but the log, and its lane goes on', async () => {
    const onWritten = vi.fn();
    record(1, {}, onWritten);
    record(2, {}, onWritten);
    await settle();
    writes[0]!.succeed({ ids: [2] });
    await settle();
    expect(signals).toMatchObject([{ name: 'delivery.sent', payload: { deliveryId: 2 } }]);
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { delivery_id: 1, outcome: 'sent' } }]);
    expect(onWritten).toHaveBeenCalledTimes(2);
    expect(recorder.unwrittenIds()).toEqual([]);
  });
});

describe('what is told of a delivery after the commit', () => {
  const attempt = {
    attempt: 1,
    startedAt: now,
    durationMs: 12,
    errorCode: null,
    response: null,
  };

  async function tell(outcome: Partial<DeliveryOutcome>): Promise<object | undefined> {
    record(1, outcome);
    await settle();
    expect(signals).toEqual([]);
    writes[0]!.succeed();
    await settle();
    expect(signals).toHaveLength(1);
    return signals[0];
  }

  test('sent', async () => {
    expect(await tell({ status: 'sent', messageId: '<a@b>' })).toEqual({
      name: 'delivery.sent',
      payload: {
        customerId: 'ACC003',
        deliveryId: 1,
        eventId: 7,
        eventType: 'invoice:sent',
        channel: 'email',
        recipient: 'client@example.com',
        status: 'sent',
        messageId: '<a@b>',
      },
    });
  });

  test('to be tried again, with the time of the next attempt', async () => {
    const outcome = {
      status: 'pending',
      retryCount: 2,
      nextAttemptInMs: 90_000,
      error: 'The mailbox is full.',
      attempt: { ...attempt, outcome: 'retry' },
    } as const;
    expect(await tell(outcome)).toMatchObject({
      name: 'delivery.failed',
      payload: {
        willRetry: true,
        retryCount: 2,
        error: 'The mailbox is full.',
        nextAttemptAt: new Date('2026-03-01T09:01:30Z'),
      },
    });
  });

  test('given up', async () => {
    const outcome = {
      status: 'failed',
      retryCount: 8,
      error: 'No such mailbox.',
      attempt: { ...attempt, outcome: 'failed' },
    } as const;
    expect(await tell(outcome)).toMatchObject({
      name: 'delivery.failed',
      payload: { willRetry: false, retryCount: 8, error: 'No such mailbox.', nextAttemptAt: null },
    });
  });

  test('given up without a word still has a sentence', async () => {
    expect(await tell({ status: 'failed' })).toMatchObject({
      payload: { error: 'The message could not be sent.' },
    });
  });

  test.each([
    { status: 'held', heldReason: 'WhatsApp is not connected.' },
    { status: 'unknown', attempt: { ...attempt, outcome: 'unknown' } },
    { status: 'pending', attempt: null },
  ] as const)('$status without a failure is a change only', async (outcome) => {
    expect(await tell(outcome)).toMatchObject({
      name: 'delivery.changed',
      payload: { deliveryId: 1, status: outcome.status },
    });
  });
});

describe('what is told of events', () => {
  async function finish(events: EventCounters[]): Promise<void> {
    record(1);
    await settle();
    writes[0]!.succeed({ events });
    await settle();
    signals = signals.filter(({ name }) => name.startsWith('event.'));
  }

  test('progress alone, while some of its deliveries wait', async () => {
    await finish([counters({ status: 'processing', sent: 1, total: 3 })]);
    expect(signals).toEqual([
      {
        name: 'event.progress',
        payload: {
          customerId: 'ACC003',
          eventId: 7,
          eventType: 'invoice:sent',
          status: 'processing',
          sent: 1,
          failed: 0,
          total: 3,
        },
      },
    ]);
  });

  test('its end, when all are sent; its deliveries are not read where nobody watches', async () => {
    const reading = vi.fn(() => Promise.resolve([]));
    listDeliveries = reading;
    await finish([counters({ status: 'completed' })]);
    expect(namesTold()).toEqual(['event.progress', 'event.completed']);
    expect(signals[1]?.payload).toMatchObject({ error: null, sent: 1, deliveries: [] });
    expect(reading).not.toHaveBeenCalled();
  });

  test.each([
    { failed: 1, total: 1, error: '1 of 1 delivery failed' },
    { failed: 2, total: 3, error: '2 of 3 deliveries failed' },
  ])('its failure, counted: $error', async ({ error, ...counts }) => {
    await finish([counters({ status: 'failed', ...counts })]);
    expect(namesTold()).toEqual(['event.progress', 'event.failed']);
    expect(signals[1]?.payload).toMatchObject({ error, ...counts });
  });

  test('with its deliveries, where somebody watches', async () => {
    isWatched = true;
    const asked: (readonly number[])[] = [];
    const row = { channel: 'email', recipient: 'a@example.com', status: 'sent' };
    listDeliveries = (ids) => {
      asked.push(ids);
      return Promise.resolve([
        { event_id: 8, id: 3, ...row },
        { event_id: 7, id: 1, ...row },
        { event_id: 8, id: 4, ...row },
      ]);
    };
    await finish([
      counters({ id: 7 }),
      counters({ id: 8, status: 'failed', failed: 1, total: 2 }),
      counters({ id: 9, status: 'processing' }),
    ]);
    // Of those that are finished, and in one query.
    expect(asked).toEqual([[7, 8]]);
    const of = (eventId: number) =>
      signals.find(
        ({ name, payload }) =>
          name !== 'event.progress' && 'eventId' in payload && payload.eventId === eventId,
      )?.payload;
    expect(of(7)).toMatchObject({ deliveries: [{ id: 1, ...row }] });
    expect(of(8)).toMatchObject({
      deliveries: [
        { id: 3, ...row },
        { id: 4, ...row },
      ],
    });
  });

  test('without them, where they cannot be read: what is committed is committed', async () => {
    isWatched = true;
    await finish([counters({})]);
    expect(signals[1]).toMatchObject({ name: 'event.completed', payload: { deliveries: [] } });
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { error: 'nobody watches' } }]);
    expect(writes).toHaveLength(1);
  });
});

describe('draining', () => {
  test('ends when everything is written, what lingered too', async () => {
    record(1, {}, undefined, 60_000);
    let isDrained = false;
    const drained = recorder.drain(new AbortController().signal).then(() => (isDrained = true));
    await settle();
    expect(isDrained).toBe(false);
    writes[0]!.succeed();
    await drained;
    expect(recorder.unwrittenIds()).toEqual([]);
  });

  test('ends at its deadline while the database is away, and nothing is written after', async () => {
    record(1);
    await settle();
    const deadline = new AbortController();
    const drained = recorder.drain(deadline.signal);
    writes[0]!.fail(new Error('Connection terminated'));
    await settle();
    deadline.abort();
    await drained;
    expect(recorder.unwrittenIds()).toEqual([1]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(writes).toHaveLength(1);
  });

  test('ends at once when the deadline is over already', async () => {
    record(1);
    await recorder.drain(AbortSignal.abort());
    expect(recorder.unwrittenIds()).toEqual([1]);
  });

  test('ends at once where nothing waits', async () => {
    await recorder.drain(new AbortController().signal);
    expect(writes).toEqual([]);
  });
});
