import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { GatewayLink, LinkState } from '../../renderer/embed/gateway-link';
import { PageError } from '../../renderer/embed/page-error';
import { createTriggerQueue, type TriggerQueue } from '../../renderer/embed/trigger-queue';

interface Request {
  readonly name: string;
  readonly payload: Record<string, unknown>;
  answer(body: unknown): Promise<void>;
  lose(): Promise<void>;
}

let state: LinkState;
let listeners: Set<(state: LinkState) => void>;
let requests: Request[];
let watched: string[];
let queue: TriggerQueue;

beforeEach(() => {
  vi.useFakeTimers();
  state = { status: 'connected' };
  listeners = new Set();
  requests = [];
  watched = [];
  const link = {
    state: () => state,
    onState: (listener: (state: LinkState) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    request: (name: string, payload: Record<string, unknown>) =>
      new Promise((resolve, reject) => {
        const settled = async (settle: () => void) => {
          settle();
          await vi.advanceTimersByTimeAsync(0);
        };
        requests.push({
          name,
          payload,
          answer: (body) => settled(() => resolve(body)),
          lose: () => settled(() => reject(new PageError('not_connected', 'gone'))),
        });
      }),
  };
  queue = createTriggerQueue(link as unknown as GatewayLink, {
    queued: (key, eventType) => watched.push(`queued ${key} ${eventType}`),
    accepted: (key, { event_id }) => watched.push(`accepted ${key} ${event_id}`),
    refused: (key, { code }) => watched.push(`refused ${key} ${code}`),
  });
});
afterEach(() => {
  queue.stop();
  vi.useRealTimers();
});

function become(next: LinkState): void {
  state = next;
  for (const listener of [...listeners]) listener(next);
}
const trigger = (key: string, data: unknown = { id: 7 }, options: object = {}) => {
  const outcome: { value?: unknown } = {};
  const done = queue.trigger('invoice:sent', data, { idempotencyKey: key, ...options }).then(
    (answer) => (outcome.value = answer),
    (thrown: unknown) => (outcome.value = thrown),
  );
  return { outcome, done };
};

test('an event is sent at once, and resolves when the gateway has it', async () => {
  const { outcome } = trigger('k1', { id: 7 }, { expiresAt: '2026-03-01T17:00:00Z' });
  expect(requests).toMatchObject([
    {
      name: 'internal:event',
      payload: {
        event_type: 'invoice:sent',
        event_data: { id: 7 },
        idempotency_key: 'k1',
        expires_at: '2026-03-01T17:00:00Z',
      },
    },
  ]);
  expect(queue.waiting()).toBe(1);
  const answer = { success: true, event_id: 12, status: 'processing' };
  await requests[0]!.answer(answer);
  expect(outcome.value).toBe(answer);
  expect(queue.waiting()).toBe(0);
  expect(watched).toEqual(['queued k1 invoice:sent', 'accepted k1 12']);
});

test('a key is made up for each event that has none', () => {
  void queue.trigger('a', {});
  void queue.trigger('a', {}).catch(() => undefined);
  const keys = requests.map(({ payload }) => payload['idempotency_key']);
  expect(new Set(keys).size).toBe(2);
  for (const key of keys) expect(key).toMatch(/^page-[0-9a-f]{32}$/);
  for (const request of requests) void request.answer({ success: true, event_id: 1 });
});

describe('without a connection', () => {
  test('events wait, and leave in their order when it is there', async () => {
    state = { status: 'waiting' };
    const all = ['k1', 'k2', 'k3'].map((key) => trigger(key));
    expect(requests).toEqual([]);
    become({ status: 'connected' });
    expect(requests.map(({ payload }) => payload['idempotency_key'])).toEqual(['k1', 'k2', 'k3']);
    for (const [at, request] of requests.entries()) await request.answer({ success: true, event_id: at + 1 });
    expect(all.map(({ outcome }) => outcome.value)).toMatchObject([
      { event_id: 1 },
      { event_id: 2 },
      { event_id: 3 },
    ]);
  });

  test('data is sent as it was when it was triggered', () => {
    state = { status: 'connecting' };
    const data = { total: 1 };
    void trigger('k1', data);
    data.total = 2;
    become({ status: 'connected' });
    expect(requests[0]?.payload['event_data']).toEqual({ total: 1 });
  });

  test('an event is given up after its time, and says that it was not sent', async () => {
    state = { status: 'waiting', trouble: new PageError('unreachable', 'The gateway is away.') };
    const { outcome } = trigger('k1', {}, { timeoutMs: 5_000 });
    await vi.advanceTimersByTimeAsync(4_999);
    expect(outcome.value).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome.value).toMatchObject({
      code: 'timed_out',
      message: 'The event was not sent: no connection to the gateway for 5 seconds. The gateway is away.',
    });
  });

  test('a hundred wait, and no more', async () => {
    state = { status: 'waiting' };
    const waiting = Array.from({ length: 100 }, (_, at) => trigger(`k${at}`));
    await expect(queue.trigger('a', {})).rejects.toMatchObject({ code: 'queue_full' });
    queue.stop();
    await Promise.all(waiting.map(({ done }) => done));
  });
});

describe('where no answer comes', () => {
  test('the same event is sent again under the same key, a second later', async () => {
    const { outcome } = trigger('k1');
    await requests[0]!.lose();
    await vi.advanceTimersByTimeAsync(999);
    expect(requests).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(requests[1]?.payload).toEqual(requests[0]?.payload);
    await requests[1]!.answer({ success: true, event_id: 12, duplicate: true });
    expect(outcome.value).toMatchObject({ event_id: 12, duplicate: true });
  });

  test('it says at last that nobody knows', async () => {
    const { outcome } = trigger('k1', {}, { timeoutMs: 3_000 });
    await requests[0]!.lose();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(outcome.value).toMatchObject({ code: 'unconfirmed' });
    expect(watched.at(-1)).toBe('refused k1 unconfirmed');
  });

  test('an answer that comes too late is nobody’s any more', async () => {
    const { outcome } = trigger('k1', {}, { timeoutMs: 1_000 });
    await vi.advanceTimersByTimeAsync(1_000);
    await requests[0]!.answer({ success: true, event_id: 12 });
    expect(outcome.value).toMatchObject({ code: 'unconfirmed' });
    expect(watched).toHaveLength(2);
  });
});

describe('what the gateway refuses', () => {
  test('is refused for good, in its words', async () => {
    const { outcome } = trigger('k1');
    await requests[0]!.answer({
      success: false,
      error: 'event_data.id is required.',
      code: 'invalid_event',
      details: [1],
    });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(outcome.value).toMatchObject({
      code: 'invalid_event',
      message: 'event_data.id is required.',
      details: [1],
    });
    expect(requests).toHaveLength(1);
  });

  test('because its database is away is tried again', async () => {
    const { outcome } = trigger('k1');
    await requests[0]!.answer({ success: false, code: 'database_unavailable', error: 'Send it again.' });
    expect(outcome.value).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1_000);
    await requests[1]!.answer({ success: true, event_id: 3 });
    expect(outcome.value).toMatchObject({ event_id: 3 });
  });

  test.each([[null], ['text'], [{}], [{ success: true }]])('without sense is refused: %j', async (body) => {
    const { outcome } = trigger('k1');
    await requests[0]!.answer(body);
    expect(outcome.value).toMatchObject({ code: 'refused', message: 'The gateway refused the event.' });
  });
});

describe('a key that is on its way', () => {
  test('is not sent twice', async () => {
    const first = trigger('k1');
    const { done, outcome } = trigger('k1');
    await done;
    expect(outcome.value).toMatchObject({ code: 'in_progress' });
    await requests[0]!.answer({ success: true, event_id: 1 });
    await first.done;
    expect(requests).toHaveLength(1);
  });
});

test('data that is no JSON is refused, and nothing waits', async () => {
  const round: Record<string, unknown> = {};
  round['self'] = round;
  await expect(queue.trigger('a', round)).rejects.toMatchObject({ code: 'invalid_data' });
  await expect(queue.trigger('a', { big: 1n })).rejects.toMatchObject({ code: 'invalid_data' });
  expect(queue.waiting()).toBe(0);
});

test('a page that the gateway does not let in waits for nothing', async () => {
  state = { status: 'waiting' };
  const { outcome, done } = trigger('k1');
  const trouble = new PageError('token_expired', 'Load the page again.');
  become({ status: 'refused', trouble });
  await done;
  expect(outcome.value).toBe(trouble);
  await expect(queue.trigger('a', {})).rejects.toBe(trouble);
});

test('stopping refuses what waits', async () => {
  state = { status: 'waiting' };
  const { outcome, done } = trigger('k1');
  queue.stop();
  await done;
  expect(outcome.value).toMatchObject({ code: 'stopped' });
  expect(listeners.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});
