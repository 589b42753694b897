import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { shareLimits } from '../../main/gateway/composition/share-limits';
import type { Queryable } from '../../main/gateway/storage/database';
import { createMemoryLogger } from '../support/memory-logger';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** How often what is over is deleted in ten looks. */
async function countCleanings(options: { leads: boolean; sharing: number | undefined; left: boolean }) {
  let count = 0;
  const system: Queryable = {
    query<Row>() {
      count += 1;
      return Promise.resolve([{ left: options.left } as Row]);
    },
  };
  const figures = { total: 100, used: 1, strangers: 0, gateways: 5, instances: [] };
  const limits = shareLimits({
    system,
    watch: {
      leads: () => options.leads,
      figures: () => (options.sharing === undefined ? undefined : { ...figures, sharing: options.sharing }),
    },
    logger: createMemoryLogger(),
    cleanEveryMs: 1_000,
  });
  await vi.advanceTimersByTimeAsync(10_000);
  await limits.stop();
  return count;
}

test.each([
  { who: 'the one that leads several', leads: true, sharing: 2, left: false, count: 10 },
  { who: 'another', leads: false, sharing: 2, left: true, count: 0 },
  { who: 'one that is alone, once,', leads: true, sharing: 1, left: false, count: 1 },
  {
    who: 'one that is alone again, as long as there are any,',
    leads: true,
    sharing: 1,
    left: true,
    count: 10,
  },
  { who: 'one that knows of nobody', leads: true, sharing: undefined, left: false, count: 1 },
])('$who deletes what is over $count times', async ({ count, ...options }) => {
  expect(await countCleanings(options)).toBe(count);
});
