import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '../support/wait-until';
import { expectAllDelivered, expectNothingLeft, openDrillOffice, type DrillOffice } from './drill-office';
import { addressOf, startEventLoad } from './event-load';
import type { ServeProcess } from './serve-process';

/** Kills of the gateway; `npm run drill -- kill` takes fifty. */
const rounds = Number(process.env['KILL_ROUNDS'] ?? 3);

let office: DrillOffice;
let running: ServeProcess;

beforeAll(async () => {
  office = await openDrillOffice();
  running = await office.installation.serve();
});
afterAll(() => office.stop());

const startLoad = (firstNumber: number) =>
  startEventLoad({ apiKey: office.apiKey, origin: () => running.origin, concurrency: 8, firstNumber });

/** What the PHP client does while the gateway is away. */
async function insertRows(numbers: readonly number[]): Promise<void> {
  const client = new pg.Client({ connectionString: office.databaseUrl });
  await client.connect();
  try {
    for (const n of numbers) {
      const data = { invoice_id: n, client_email: addressOf(n), invoice_number: `INV-${n}`, total_amount: n };
      await client.query(
        `insert into websocket_events (customer_id, event_type, event_data, status)
          values ('ACC001', 'invoice:sent', $1, 'pending')`,
        [JSON.stringify(data)],
      );
    }
  } finally {
    await client.end();
  }
}

it(
  'kill -9 of the gateway at any moment loses nothing that was acknowledged',
  async () => {
    const load = startLoad(0);
    const inserted = Array.from({ length: 25 }, (_, n) => 500_000 + n);
    for (let round = 0; round < rounds; round += 1) {
      const before = load.acknowledged.size;
      await waitUntil(() => load.acknowledged.size >= before + 40, { what: 'load' });
      // The moment is left to chance; that some work is under way is not.
      await sleep(Math.random() * 400);
      await running.end('SIGKILL');
      if (round === rounds - 1) await insertRows(inserted);
      running = await office.installation.serve();
    }
    await load.stop();
    expect(load.acknowledged.size).toBeGreaterThanOrEqual(rounds * 40);
    await expectAllDelivered(office, new Set([...load.acknowledged, ...inserted]));
    await expectNothingLeft(running.origin, office.apiKey);
  },
  240_000 + rounds * 20_000,
);

it(
  'kill -9 of the PostgreSQL server under load loses nothing that was acknowledged',
  async () => {
    office.mail.reset();
    office.hook.reset();
    const load = startLoad(1_000_000);
    for (let round = 0; round < 2; round += 1) {
      const before = load.acknowledged.size;
      await waitUntil(() => load.acknowledged.size >= before + 60, { what: 'load' });
      await sleep(Math.random() * 300);
      process.kill(await office.installation.postmasterPid(), 'SIGKILL');
    }
    const before = load.acknowledged.size;
    await waitUntil(() => load.acknowledged.size >= before + 20, {
      what: 'events to be taken again by the same process',
    });
    await load.stop();
    expect(running.child.exitCode).toBeNull();
    await expectAllDelivered(office, load.acknowledged);
    await expectNothingLeft(running.origin, office.apiKey);
    expect((await fetch(`${running.origin}/health`)).status).toBe(200);
  },
  240_000 + rounds * 20_000,
);

it('SIGTERM under load ends with exit code 0 within 10 s, and nothing is lost', async () => {
  office.mail.reset();
  office.hook.reset();
  const load = startLoad(2_000_000);
  await waitUntil(() => load.acknowledged.size >= 60, { what: 'load' });
  const startedAt = performance.now();
  expect(await running.end('SIGTERM')).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  await load.stop();
  // The embedded server is stopped, too.
  await expect(office.installation.postmasterPid()).rejects.toThrow('ENOENT');
  running = await office.installation.serve();
  await expectAllDelivered(office, load.acknowledged);
  await expectNothingLeft(running.origin, office.apiKey);
});
