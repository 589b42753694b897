import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LimitWindow } from '../../main/gateway/auth/limit-windows';
import { createSharedCounter } from '../../main/gateway/auth/shared-counter';
import type { RateLimitStore } from '../../main/gateway/storage/rate-limit-store';
import { createMemoryLogger } from '../support/memory-logger';

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-03-01T09:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What the table does, and how often it was asked. */
function createStore() {
  const rows = new Map<string, { endsAtMs: number; taken: number }>();
  const calls = { reserve: 0, giveBack: 0, underWay: 0, mostAtOnce: 0 };
  let trouble: (() => Promise<void>) | undefined;
  const store: RateLimitStore = {
    async reserve({ key, seconds, points, counted, need, wish }) {
      calls.reserve += 1;
      calls.underWay += 1;
      calls.mostAtOnce = Math.max(calls.mostAtOnce, calls.underWay);
      try {
        await trouble?.();
      } finally {
        calls.underWay -= 1;
      }
      const now = performance.now();
      let row = rows.get(key);
      if (!row || row.endsAtMs <= now) rows.set(key, (row = { endsAtMs: now + seconds * 1000, taken: 0 }));
      const free = points - counted - row.taken;
      const granted = free >= need ? Math.min(wish, free) : 0;
      row.taken += counted + granted;
      return { granted, taken: row.taken, endsAt: String(row.endsAtMs), msLeft: row.endsAtMs - now };
    },
    giveBack(key, endsAt, count) {
      calls.giveBack += 1;
      const row = rows.get(key);
      if (row && String(row.endsAtMs) === endsAt) row.taken -= count;
      return Promise.resolve();
    },
    deleteEnded: () => Promise.resolve(false),
  };
  return {
    store,
    calls,
    /** each statement waits for this first; undefined: none does */
    setTrouble: (work: typeof trouble) => {
      trouble = work;
    },
  };
}

const windowOf = (points: number, seconds = 60): LimitWindow => ({
  points,
  seconds,
  key: 'A',
  what: 'things in a while',
});

function startGateways(count: number) {
  const table = createStore();
  const logger = createMemoryLogger();
  const living = { count };
  const gateways = Array.from({ length: count }, () =>
    createSharedCounter({ store: table.store, gateways: () => living.count, logger }),
  );
  return { ...table, gateways, living, logger };
}

type Counter = ReturnType<typeof startGateways>['gateways'][number];

/** @returns how much was allowed of so many takes, shared out in turn */
async function takeInTurn(gateways: readonly Counter[], window: LimitWindow, takes: number, count = 1) {
  let allowed = 0;
  for (let n = 0; n < takes; n += 1) {
    const counter = gateways[n % gateways.length]!;
    if ((await counter.take(window, count)).allowed) allowed += count;
  }
  return allowed;
}

test('one that is alone asks nobody', async () => {
  const { gateways, calls } = startGateways(1);
  expect(await takeInTurn(gateways, windowOf(300), 400)).toBe(300);
  expect(calls.reserve).toBe(0);
});

test.each([
  { gateways: 2, points: 1 },
  { gateways: 2, points: 10 },
  { gateways: 3, points: 60 },
  { gateways: 2, points: 300 },
  { gateways: 5, points: 1_200 },
  { gateways: 2, points: 100_000 },
])('$gateways together allow $points within a tenth, in few statements', async ({ gateways, points }) => {
  const several = startGateways(gateways);
  const batch = Math.max(1, Math.floor(points / 1_000));
  const allowed = await takeInTurn(several.gateways, windowOf(points), (2 * points) / batch, batch);
  expect(allowed).toBeGreaterThanOrEqual(points * 0.9);
  expect(allowed).toBeLessThanOrEqual(points * 1.1);
  // What is refused costs a statement a gateway, and one more at growing intervals.
  expect(several.calls.reserve).toBeLessThanOrEqual(Math.min(points, 20 * gateways + gateways) + gateways);
});

test('a window that ends starts again for all', async () => {
  const { gateways } = startGateways(2);
  const window = windowOf(10);
  expect(await takeInTurn(gateways, window, 30)).toBe(10);
  vi.advanceTimersByTime(60_001);
  expect(await takeInTurn(gateways, window, 30)).toBe(10);
});

test('many at once are allowed as many as the limit, in a few statements', async () => {
  const { gateways, calls } = startGateways(2);
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, n) => gateways[n % 2]!.take(windowOf(60), 1)),
  );
  expect(answers.filter((answer) => answer.allowed).length).toBe(60);
  expect(calls.reserve).toBeLessThan(12);
});

test('a batch that is refused counts nothing, and less is still allowed', async () => {
  const { gateways } = startGateways(2);
  const window = windowOf(100);
  expect((await gateways[0]!.take(window, 80)).allowed).toBe(true);
  expect(await gateways[1]!.take(window, 50)).toMatchObject({ allowed: false, limit: 100 });
  expect((await gateways[1]!.take(window, 15)).allowed).toBe(true);
});

test('says how a limit stands, and looks without counting', async () => {
  const { gateways } = startGateways(2);
  const [first, second] = [gateways[0]!, gateways[1]!];
  const window = windowOf(10);
  expect(await first.take(window, 6)).toEqual({
    allowed: true,
    limit: 10,
    remaining: 4,
    resetSeconds: 60,
  });
  vi.advanceTimersByTime(20_000);
  expect(await second.take(window, 4)).toMatchObject({ allowed: true, remaining: 0, resetSeconds: 40 });
  expect(await second.look(window)).toMatchObject({ remaining: 0, resetSeconds: 40 });
  expect(await second.take(window, 1)).toMatchObject({ allowed: false, remaining: 0, resetSeconds: 40 });
  expect(await second.look({ ...window, key: 'B' })).toBeUndefined();
});

test('a flood of what is refused is no flood of statements', async () => {
  const { gateways, calls } = startGateways(2);
  const window = windowOf(10);
  await takeInTurn(gateways, window, 20);
  const before = calls.reserve;
  for (let second = 0; second < 59; second += 1) {
    expect(await takeInTurn(gateways, window, 1_000)).toBe(0);
    vi.advanceTimersByTime(1_000);
  }
  expect(calls.reserve - before).toBeLessThanOrEqual(14);
});

test('what many took here and gave back is there for the others soon', async () => {
  const { gateways, calls } = startGateways(2);
  const [first, second] = [gateways[0]!, gateways[1]!];
  const window = windowOf(30);
  await Promise.all(Array.from({ length: 30 }, () => first.take(window, 1)));
  expect((await second.take(window, 1)).allowed).toBe(false);
  await Promise.all(Array.from({ length: 30 }, () => first.giveBack(window, 1)));
  await vi.advanceTimersByTimeAsync(3_000);
  expect(calls.giveBack).toBe(1);
  expect(await second.look(window)).toBeUndefined();
  expect(await takeInTurn([second], window, 28)).toBe(28);
});

test('what was counted alone is not forgotten when another comes, nor when it goes and comes again', async () => {
  const { gateways, living, store } = startGateways(1);
  const window = windowOf(1_000, 3_600);
  expect(await takeInTurn(gateways, window, 400)).toBe(400);
  living.count = 2;
  const second = createSharedCounter({ store, gateways: () => living.count, logger: createMemoryLogger() });
  await gateways[0]!.take(window, 1);
  expect(await takeInTurn([second], window, 300)).toBe(300);
  living.count = 1;
  expect(await takeInTurn(gateways, window, 100)).toBe(100);
  living.count = 2;
  const allowed = await takeInTurn([gateways[0]!, second], window, 1_000);
  expect(801 + allowed).toBeGreaterThanOrEqual(900);
  expect(801 + allowed).toBeLessThanOrEqual(1_100);
});

test('a database that fails leaves each its share, and is asked again a little later', async () => {
  const { gateways, setTrouble, calls, logger } = startGateways(2);
  setTrouble(() => Promise.reject(new Error('terminating connection')));
  expect(await takeInTurn(gateways, windowOf(100), 400)).toBe(100);
  expect(calls.reserve).toBeLessThan(6);
  expect(logger.lines.map((line) => line.event)).toEqual(Array(2).fill('rate_limit.counted_alone'));
  setTrouble(undefined);
  await vi.advanceTimersByTimeAsync(1_500);
  // The first to come finds out that it answers, and what was counted meanwhile is reported.
  await takeInTurn(gateways, windowOf(100), 2);
  await vi.advanceTimersByTimeAsync(10);
  expect(await takeInTurn(gateways, windowOf(100), 50)).toBeLessThan(10);
  expect(logger.lines.filter((line) => line.event === 'rate_limit.shared_again')).toHaveLength(2);
});

test('a database that does not answer holds up nobody for longer than a second', async () => {
  const { gateways, setTrouble, calls } = startGateways(2);
  const gateway = gateways[0]!;
  setTrouble(() => new Promise(() => undefined));
  const windows = Array.from({ length: 50 }, (_, n) => ({ ...windowOf(10), key: `stranger ${n}` }));
  const answers = Promise.all(windows.map((window) => gateway.take(window, 1)));
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await answers).every((answer) => answer.allowed)).toBe(true);
  // From now on nobody waits at all, and the few connections of the system database stay free.
  for (let round = 0; round < 10; round += 1) {
    const allowed = await Promise.all(windows.map((window) => gateway.take(window, 1)));
    expect(allowed.every((answer) => answer.allowed)).toBe(round < 4);
    await vi.advanceTimersByTimeAsync(2_000);
  }
  expect(calls.mostAtOnce).toBe(2);
  // The next minute brings the next share.
  await vi.advanceTimersByTimeAsync(60_000);
  expect((await gateway.take(windows[0]!, 1)).allowed).toBe(true);
});
