import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { relaySockets } from '../../main/gateway/composition/relay-sockets';
import { createDatabase, type Database } from '../../main/gateway/storage/database';
import { openRelay, type SharedRelay } from '../../main/gateway/storage/open-relay';
import { createMemoryLogger } from '../support/memory-logger';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

let testDatabase: TestDatabase;
let system: Database;
const logger = createMemoryLogger();

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  system = createDatabase({ url: testDatabase.url, logger, applicationName: 'relay', maxConnections: 3 });
});
afterAll(async () => {
  await system.stop();
  await testDatabase.stop();
});

const joined: { readonly relay: ReturnType<typeof relaySockets>; readonly shared: SharedRelay }[] = [];
afterEach(async () => {
  for (const { relay, shared } of joined.splice(0)) {
    relay.stop();
    await shared.stop();
  }
});

function join(instance: number, living: () => readonly number[] | undefined) {
  const heard: string[] = [];
  const shared = openRelay({ system, instance, logger, living });
  const relay = relaySockets(shared, (customerId, name) => heard.push(`${customerId} ${name}`));
  joined.push({ relay, shared });
  return { relay, heard };
}

it('whoever was announced is known at every other gateway at once', async () => {
  const living = () => [1, 2, 3];
  const [one, two, three] = [join(1, living), join(2, living), join(3, living)];
  await waitUntil(
    async () => {
      const customerId = crypto.randomUUID();
      await one.relay.announce(customerId);
      return two.relay.isWatched(customerId) && three.relay.isWatched(customerId);
    },
    { what: 'all to listen' },
  );
  for (let n = 0; n < 50; n += 1) {
    await one.relay.announce(`C${n}`);
    expect([two.relay.isWatched(`C${n}`), three.relay.isWatched(`C${n}`)]).toEqual([true, true]);
    two.relay.emit(`C${n}`, `event${n}`, {});
  }
  await waitUntil(() => one.heard.length === 50, { what: 'what was told to arrive' });
  one.relay.withdraw('C7');
  await waitUntil(() => !two.relay.isWatched('C7') && !three.relay.isWatched('C7'), {
    what: 'a leave to be noted',
  });
  expect(two.relay.isWatched('C8')).toBe(true);
});

it('one that is not yet seen among the living is not forgotten', async () => {
  // What lives is read every few seconds: a gateway that has just come is not in it.
  const old = join(1, () => [1]);
  const fresh = join(2, () => [1, 2]);
  await waitUntil(
    async () => {
      const customerId = crypto.randomUUID();
      await fresh.relay.announce(customerId);
      return old.relay.isWatched(customerId);
    },
    { what: 'both to listen' },
  );
  await fresh.relay.announce('ACME');
  // Longer than the time after which the living are looked at.
  const until = performance.now() + 4_000;
  await waitUntil(() => performance.now() > until, { what: 'a look at the living' });
  expect(old.relay.isWatched('ACME')).toBe(true);
});

it('one that is alive and unknown is asked, and told', async () => {
  const alone = join(1, () => [1, 2]);
  await alone.relay.announce('EARLY');
  const late = join(2, () => undefined);
  await waitUntil(() => late.relay.isWatched('EARLY'), { what: 'the late one to be told' });
});

it('an announcement does not wait for the dead', async () => {
  const alone = join(1, () => [1, 99]);
  const startedAt = performance.now();
  await alone.relay.announce('ACME');
  expect(performance.now() - startedAt).toBeLessThan(30_000);
});
