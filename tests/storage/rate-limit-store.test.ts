import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../main/gateway/storage/database';
import { createRateLimitStore, type RateLimitStore } from '../../main/gateway/storage/rate-limit-store';
import { openSystemDatabase } from '../../main/gateway/storage/system-database';
import { createMemoryLogger } from '../support/memory-logger';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

let testDatabase: TestDatabase;
let system: Database;
let store: RateLimitStore;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  system = await openSystemDatabase({ url: testDatabase.url, logger: createMemoryLogger() });
  store = createRateLimitStore(system);
});
afterAll(async () => {
  await system.stop();
  await testDatabase.stop();
});

const ask = (key: string, need: number, wish = need, counted = 0, seconds = 60) =>
  store.reserve({ key: key.padEnd(43, '.'), seconds, points: 100, counted, need, wish });

test('grants what is wished while it is there, then what is there, then nothing', async () => {
  expect(await ask('a', 1, 70)).toMatchObject({ granted: 70, taken: 70 });
  expect(await ask('a', 40, 50)).toMatchObject({ granted: 0, taken: 70 });
  expect(await ask('a', 20, 50)).toMatchObject({ granted: 30, taken: 100 });
  expect(await ask('a', 1)).toMatchObject({ granted: 0, taken: 100 });
});

test('counts what was counted before, granted or not', async () => {
  expect(await ask('b', 1, 10, 60)).toMatchObject({ granted: 10, taken: 70 });
  expect(await ask('b', 5, 5, 40)).toMatchObject({ granted: 0, taken: 110 });
});

test('many at once get no more than there is', async () => {
  const answers = await Promise.all(Array.from({ length: 60 }, () => ask('c', 1, 3)));
  expect(answers.reduce((sum, { granted }) => sum + granted, 0)).toBe(100);
});

test('a window begins with its first reservation, and ends for all at the same moment', async () => {
  const first = await ask('d', 1, 100, 0, 0.5);
  const second = await ask('d', 1, 1, 0, 60);
  expect(second).toMatchObject({ granted: 0, endsAt: first.endsAt });
  expect(second.msLeft).toBeLessThanOrEqual(first.msLeft);
  await waitUntil(async () => (await ask('d', 1)).granted === 1, { what: 'the next window' });
  const next = await ask('d', 1);
  expect(next.msLeft).toBeGreaterThan(50_000);
  // What is given back late is no gift to the next window.
  await store.giveBack('d'.padEnd(43, '.'), first.endsAt, 50);
  expect((await ask('d', 1)).taken).toBe(next.taken + 1);
  await store.giveBack('d'.padEnd(43, '.'), next.endsAt, 2);
  expect((await ask('d', 1)).taken).toBe(next.taken);
});

test('windows that are over are deleted, the others stay', async () => {
  await system.query({ name: 'test.truncate', text: 'truncate rate_limit_windows' });
  await ask('e', 1, 1, 0, 0.2);
  await ask('f', 1, 1, 0, 1.5);
  await waitUntil(
    async () => {
      const isLeft = await store.deleteEnded();
      const rows = await system.query<{ key: string }>({
        name: 'test.keys',
        text: 'select key from rate_limit_windows',
      });
      return isLeft && rows.length === 1 && rows[0]?.key.startsWith('f');
    },
    { what: 'the first to go' },
  );
  await waitUntil(async () => !(await store.deleteEnded()), { what: 'the second to go' });
});
