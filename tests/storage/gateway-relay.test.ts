import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type Database } from '../../main/gateway/storage/database';
import { createGatewayRelay, type GatewayRelay } from '../../main/gateway/storage/gateway-relay';
import { createMemoryLogger } from '../support/memory-logger';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

interface Heard {
  readonly from: number;
  readonly message: unknown;
}

let testDatabase: TestDatabase;
let system: Database;
const logger = createMemoryLogger();
const relays: GatewayRelay[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  system = createDatabase({ url: testDatabase.url, logger, applicationName: 'relay', maxConnections: 3 });
});
afterAll(async () => {
  await Promise.all(relays.map((relay) => relay.stop()));
  await system.stop();
  await testDatabase.stop();
});

async function join(instance: number): Promise<{ relay: GatewayRelay; heard: Heard[] }> {
  const heard: Heard[] = [];
  let isConnected = false;
  const relay = createGatewayRelay({
    system,
    instance,
    logger,
    onMessage: (from, message) => heard.push({ from, message }),
    onConnected: () => (isConnected = true),
  });
  relays.push(relay);
  await waitUntil(() => isConnected, { what: 'the relay to listen' });
  return { relay, heard };
}

test('one is told, or all others; in order, long and odd texts whole', async () => {
  const [one, two, three] = await Promise.all([join(1), join(2), join(3)]);
  const odd = '𝄞 "quotes" \\ and \u0001 ünd 漢字 \u{1F600}'.repeat(4_000);
  const messages = [
    { n: 0 },
    { n: 1, odd },
    { n: 2 },
    ...Array.from({ length: 500 }, (_, n) => ({ n: n + 3 })),
  ];
  for (const message of messages) one.relay.send(2, message);
  one.relay.send(undefined, { bye: true });
  await waitUntil(() => two.heard.length >= messages.length + 1, { what: 'everything to arrive' });
  expect(two.heard).toEqual([...messages, { bye: true }].map((message) => ({ from: 1, message })));
  await waitUntil(() => three.heard.length > 0, { what: 'the third to hear what is for all' });
  expect(three.heard).toEqual([{ from: 1, message: { bye: true } }]);
  expect(one.heard).toEqual([]);
});

test('what is no message of a gateway is dropped', async () => {
  const { heard, relay } = await join(4);
  for (const payload of ['', '{', '[]', 'null', '{"f":9,"p":{}}', '{"f":9,"m":[{"n":1}]}']) {
    await system.query({
      name: 'odd',
      text: `select pg_notify('modular_gateway_relay_4', $1)`,
      values: [payload],
    });
  }
  await waitUntil(() => heard.length > 0, { what: 'the good one' });
  expect(heard).toEqual([{ from: 9, message: { n: 1 } }]);
  relay.send(undefined, 'still here');
});
