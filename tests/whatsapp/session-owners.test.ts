import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createDatabase, type Database } from '../../main/gateway/storage/database';
import { instanceLockClass } from '../../main/gateway/storage/server-watch';
import { openSystemDatabase } from '../../main/gateway/storage/system-database';
import { createSessionOwners, type SessionOwners } from '../../main/gateway/whatsapp/session-owners';
import { createMemoryLogger } from '../support/memory-logger';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

const logger = createMemoryLogger();
let testDatabase: TestDatabase;
let system: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  const migrated = await openSystemDatabase({ url: testDatabase.url, logger });
  await migrated.stop();
  system = createDatabase({ url: testDatabase.url, logger, applicationName: 'owners', maxConnections: 3 });
  await system.query({
    name: 'tenants',
    text: `insert into tenants (customer_id, name) values ('ACC001', ''), ('ACC002', '')`,
  });
});
afterAll(async () => {
  await system.stop();
  await testDatabase.stop();
});

interface TestedGateway {
  readonly owners: SessionOwners;
  readonly told: string[];
  /** its connection breaks, or it is killed */
  loseConnection(): Promise<void>;
}

const alive = new Map<number, pg.Client>();
const made: SessionOwners[] = [];
let instances = 0;

beforeEach(() => system.query({ name: 'clear', text: 'delete from whatsapp_session_owners' }));
afterEach(async () => {
  for (const owners of made.splice(0)) await owners.stop();
  for (const client of alive.values()) await client.end();
  alive.clear();
});

async function startGateway(home: string, isShared = false): Promise<TestedGateway> {
  instances += 1;
  const instance = instances;
  const client = new pg.Client({ connectionString: testDatabase.url });
  await client.connect();
  await client.query(`select pg_advisory_lock_shared(${instanceLockClass}, ${instance})`);
  alive.set(instance, client);
  const told: string[] = [];
  const owners = createSessionOwners({
    system,
    relay: { instance, othersAlive: () => [...alive.keys()].filter((other) => other !== instance) },
    home,
    host: `host${instance}`,
    isShared,
    logger,
  });
  owners.listen({
    taken: (customerId) => told.push(`taken ${customerId}`),
    lost: (customerId) => told.push(`lost ${customerId}`),
    vacant: (customerIds) => told.push(...customerIds.map((customerId) => `vacant ${customerId}`)),
    looked: () => undefined,
    isInDoubt: () => false,
  });
  made.push(owners);
  await owners.ready();
  return {
    owners,
    told,
    async loseConnection() {
      alive.delete(instance);
      await client.end();
    },
  };
}

test('of many that claim a session at once, one gets it', async () => {
  const gateways = await Promise.all(Array.from({ length: 6 }, (_, n) => startGateway(`home${n}`)));
  const claims = await Promise.all(gateways.map(({ owners }) => owners.claim('ACC001', 'page')));
  expect(claims.filter(Boolean)).toHaveLength(1);
  expect(await Promise.all(gateways.map(({ owners }) => owners.claim('ACC001', 'page')))).toEqual(claims);
});

test('two who ask one gateway at once are both let in, and it is taken once', async () => {
  const { owners, told } = await startGateway('home');
  const asked = Array.from({ length: 5 }, () => owners.claim('ACC001', 'page'));
  expect(await Promise.all(asked)).toEqual([true, true, true, true, true]);
  expect(told).toEqual(['taken ACC001']);
});

test('a tenant that is gone has no session', async () => {
  const { owners } = await startGateway('home');
  expect(await owners.claim('NOBODY', 'page')).toBe(false);
});

test('a login that is elsewhere is taken over by a person only', async () => {
  const first = await startGateway('one');
  const second = await startGateway('two');
  expect(await first.owners.claim('ACC001', 'itself')).toBe(true);
  await first.loseConnection();
  expect(await second.owners.claim('ACC001', 'itself')).toBe(false);
  expect(second.owners.otherOf('ACC001')).toMatchObject({
    host: 'host' + String(instances - 1),
    isLiving: false,
  });
  // It may come back: a page that asks for a code must not cost it its login.
  await expect(second.owners.claim('ACC001', 'page')).rejects.toMatchObject({ code: 'session_elsewhere' });
  expect(await second.owners.claim('ACC001', 'operator')).toBe(true);
});

test('staff never give up a login that is elsewhere, however long it has been away', async () => {
  const first = await startGateway('one');
  const second = await startGateway('two');
  expect(await first.owners.claim('ACC001', 'itself')).toBe(true);
  await first.loseConnection();
  const claim = (by: 'page' | 'staff') => second.owners.claim('ACC001', by);
  await expect(claim('staff')).rejects.toMatchObject({ code: 'session_elsewhere' });
  const later = performance.now() + 24 * 3_600_000;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => later);
  try {
    await expect(claim('staff')).rejects.toMatchObject({ code: 'session_elsewhere' });
    expect(await claim('page')).toBe(true);
  } finally {
    clock.mockRestore();
  }
});

test('what is given back is anybody’s again', async () => {
  const first = await startGateway('one');
  const second = await startGateway('two');
  expect(await first.owners.claim('ACC001', 'page')).toBe(true);
  expect(await second.owners.claim('ACC001', 'page')).toBe(false);
  await first.owners.release('ACC001', false);
  expect(await second.owners.claim('ACC001', 'page')).toBe(true);
});

test('a shared login goes back and forth as its gateways stop and start', async () => {
  const gone = await startGateway('shared', true);
  expect(await gone.owners.claim('ACC001', 'page')).toBe(true);
  await gone.owners.stop();
  await gone.loseConnection();
  const [one, two] = [await startGateway('shared', true), await startGateway('shared', true)];
  expect(await one.owners.claim('ACC001', 'itself')).toBe(true);
  await two.owners.ready();
  await one.owners.stop();
  await waitUntil(() => two.told.includes('vacant ACC001'), { what: 'the second to be offered it' });
  expect(await two.owners.claim('ACC001', 'itself')).toBe(true);
});

test('the same folder, started again, goes on at once', async () => {
  const before = await startGateway('one');
  expect(await before.owners.claim('ACC001', 'page')).toBe(true);
  await before.loseConnection();
  const after = await startGateway('one');
  expect(await after.owners.claim('ACC001', 'itself')).toBe(true);
});

test('a shared login is offered when its gateway stops, and only later when it is gone without a word', async () => {
  const first = await startGateway('shared', true);
  const second = await startGateway('shared', true);
  expect(await first.owners.claim('ACC001', 'page')).toBe(true);
  expect(await first.owners.claim('ACC002', 'page')).toBe(true);
  await second.owners.ready();
  expect(second.told).toEqual([]);
  await first.loseConnection();
  // Perhaps only its connection broke, and its browsers are still open.
  await expect(second.owners.claim('ACC001', 'page')).rejects.toMatchObject({ code: 'session_moving' });
  expect(await second.owners.claim('ACC001', 'itself')).toBe(false);
  await first.owners.stop();
  await waitUntil(() => second.told.length === 2, { what: 'both to be offered' });
  expect([...second.told].sort()).toEqual(['vacant ACC001', 'vacant ACC002']);
  expect(await second.owners.claim('ACC001', 'itself')).toBe(true);
});

test('one that nobody sees any more closes its browsers, and opens them when it is seen again', async () => {
  const only = await startGateway('shared', true);
  expect(await only.owners.claim('ACC001', 'page')).toBe(true);
  await only.loseConnection();
  await waitUntil(() => only.told.includes('lost ACC001'), { what: 'the browser to be closed' });
  await expect(only.owners.claim('ACC001', 'page')).rejects.toMatchObject({ code: 'session_moving' });
  expect(await only.owners.claim('ACC001', 'itself')).toBe(false);
  const client = new pg.Client({ connectionString: testDatabase.url });
  await client.connect();
  await client.query(`select pg_advisory_lock_shared(${instanceLockClass}, ${instances})`);
  alive.set(instances, client);
  await waitUntil(() => only.told.includes('vacant ACC001'), { what: 'it to come up again' });
});

test('one whose session another has taken meanwhile closes its browser', async () => {
  const first = await startGateway('one');
  const second = await startGateway('two');
  expect(await first.owners.claim('ACC001', 'page')).toBe(true);
  await first.loseConnection();
  expect(await second.owners.claim('ACC001', 'operator')).toBe(true);
  await waitUntil(() => first.told.includes('lost ACC001'), { what: 'the first to notice' });
  expect(first.owners.isOurs('ACC001')).toBe(false);
});
