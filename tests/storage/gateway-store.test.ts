import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../main/gateway/storage/database';
import { enterGateway, listGateways } from '../../main/gateway/storage/gateway-store';
import { createServerWatches } from '../../main/gateway/storage/server-watches';
import { openSystemDatabase } from '../../main/gateway/storage/system-database';
import { createMemoryLogger } from '../support/memory-logger';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

let testDatabase: TestDatabase;
let system: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  system = await openSystemDatabase({ url: testDatabase.url, logger: createMemoryLogger() });
});
afterAll(async () => {
  await system.stop();
  await testDatabase.stop();
});

/** A gateway as far as others see one: its lock, and its row. */
async function startOne(instance: number, host: string): Promise<{ stop(): Promise<void> }> {
  const watches = createServerWatches({
    systemUrl: testDatabase.url,
    tenantUrls: () => [],
    instance,
    limit: undefined,
    logger: createMemoryLogger(),
  });
  await watches.system.ready();
  await enterGateway(system, { instance, host, version: '1.2.3' });
  return watches;
}

const listed = async () => (await listGateways(system)).map(({ host, leads }) => ({ host, leads }));

test('lists who lives, and who of them leads', async () => {
  expect(await listed()).toEqual([]);
  const first = await startOne(1, 'office');
  const second = await startOne(2, 'cellar');
  try {
    await waitUntil(async () => (await listed()).some(({ leads }) => leads), { what: 'one to lead' });
    const one = (await listGateways(system))[0];
    expect(one).toMatchObject({ instance: 1, version: '1.2.3', sessions: 0 });
    expect(one?.since).toBeInstanceOf(Date);
    expect(await listed()).toEqual([
      { host: 'office', leads: true },
      { host: 'cellar', leads: false },
    ]);
    await first.stop();
    await waitUntil(async () => (await listed()).length === 1, { what: 'the first to be gone' });
    const third = await startOne(3, 'attic');
    try {
      expect((await listed()).map(({ host }) => host)).toEqual(['cellar', 'attic']);
    } finally {
      await third.stop();
    }
  } finally {
    await second.stop();
  }
});

test('one of an older version, which does not enter itself, is listed without what it does not say', async () => {
  const entered = await startOne(11, 'office');
  const older = createServerWatches({
    systemUrl: testDatabase.url,
    tenantUrls: () => [],
    instance: 12,
    limit: undefined,
    logger: createMemoryLogger(),
  });
  try {
    await older.system.ready();
    await waitUntil(async () => (await listed()).length === 2, { what: 'both to live' });
    expect((await listGateways(system))[1]).toMatchObject({
      instance: 12,
      host: null,
      version: null,
      since: null,
    });
  } finally {
    await older.stop();
    await entered.stop();
  }
});

test('a start takes off what is long gone, and nobody whose connection is just coming back', async () => {
  await system.query({
    name: 'test.old',
    text: `insert into gateways (instance, host, version, since)
      values (21, 'gone', '1.0.0', now() - interval '91 days'), (22, 'reconnecting', '1.0.0', now() - interval '3 days')`,
  });
  await (await startOne(23, 'attic')).stop();
  const rows = await system.query({
    name: 'test.left',
    text: 'select instance from gateways where instance > 20 order by 1',
  });
  expect(rows).toEqual([{ instance: 22 }, { instance: 23 }]);
});
