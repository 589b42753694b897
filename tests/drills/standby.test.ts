import { afterEach, beforeEach, expect, it } from 'vitest';
import { startReplicatedServers, type ReplicatedServers } from '../support/replicated-servers';
import { waitUntil } from '../support/wait-until';
import { expectAllDelivered, expectNothingLeft, openDrillOffice, type DrillOffice } from './drill-office';
import { startEventLoad } from './event-load';
import type { ServeProcess } from './serve-process';

/** Events before the primary dies, and after the gateway has gone over; `npm run drill -- standby` posts many more. */
const events = Number(process.env['STANDBY_EVENTS'] ?? 100);

const refusedEvent = {
  event_type: 'invoice:sent',
  event_data: {
    invoice_id: -1,
    client_email: 'refused@example.com',
    invoice_number: 'INV-0',
    total_amount: 1,
  },
};

let servers: ReplicatedServers;
let office: DrillOffice;
let gateway: ServeProcess;

beforeEach(async () => {
  servers = await startReplicatedServers();
  office = await openDrillOffice({
    // One host for both, and a port for each.
    DB_HOST: '127.0.0.1,127.0.0.1',
    DB_PORT: servers.ports.join(),
    DB_USER: servers.user,
    DB_PASSWORD: servers.password,
    DB_NAME: 'gateway',
  });
  gateway = await office.installation.serve();
});
afterEach(async () => {
  await office.stop();
  await servers.stop();
});

it('the primary dies and its standby takes over: nothing acknowledged is lost', async () => {
  await goOver(async () => {
    await servers.killPrimary();
    // Nobody takes writes: whoever posts is asked to come again.
    await waitUntil(async () => (await post()).status === 503, { what: 'posts to be refused' });
    expect(await (await post()).json()).toMatchObject({ code: 'database_unavailable' });
  });
}, 240_000);

it('the primary stands still and its standby takes over: nobody waits for it, nothing is lost', async () => {
  await goOver(() => servers.freezePrimary());
}, 240_000);

const post = () =>
  fetch(`${gateway.origin}/api/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${office.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(refusedEvent),
  });

async function goOver(losePrimary: () => Promise<void>): Promise<void> {
  const load = startEventLoad({ apiKey: office.apiKey, origin: () => gateway.origin, concurrency: 8 });
  await waitUntil(() => load.acknowledged.size >= events, { what: 'load' });

  const lostAt = performance.now();
  await losePrimary();
  const promoting = performance.now();
  await servers.promoteStandby();
  const before = load.acknowledged.size;
  await waitUntil(() => load.acknowledged.size > before, { what: 'the gateway to go over' });
  const secondsSince = (startedAt: number) => ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `${before} events before; the next was taken ${secondsSince(lostAt)} s after the primary was lost and ` +
      `${secondsSince(promoting)} s after the standby was told to take over.`,
  );

  await waitUntil(() => load.acknowledged.size >= before + events, { what: 'load' });
  await load.stop();
  await expectAllDelivered(office, load.acknowledged);
  await expectNothingLeft(gateway.origin, office.apiKey);
  expect(gateway.child.exitCode).toBeNull();
}
