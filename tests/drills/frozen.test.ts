import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '../support/wait-until';
import { expectAllDelivered, expectNothingLeft, openDrillOffice, type DrillOffice } from './drill-office';
import { startEventLoad } from './event-load';
import type { ServeProcess } from './serve-process';

/** How long the gateway stands still; `npm run drill -- frozen` takes an hour. */
const frozenSeconds = Number(process.env['FROZEN_SECONDS'] ?? 12);

let office: DrillOffice;
let running: ServeProcess;

beforeAll(async () => {
  office = await openDrillOffice();
  running = await office.installation.serve();
});
afterAll(() => office.stop());

it(
  'a gateway that stood still under load goes on by itself, and nothing is lost',
  async () => {
    const load = startEventLoad({ apiKey: office.apiKey, origin: () => running.origin, concurrency: 8 });
    await waitUntil(() => load.acknowledged.size >= 60, { what: 'load' });
    running.child.kill('SIGSTOP');
    try {
      await sleep(frozenSeconds * 1_000);
    } finally {
      running.child.kill('SIGCONT');
    }
    const before = load.acknowledged.size;
    await waitUntil(() => load.acknowledged.size >= before + 60, { what: 'events to be taken again' });
    await load.stop();
    expect(running.child.exitCode).toBeNull();
    await expectAllDelivered(office, load.acknowledged);
    await expectNothingLeft(running.origin, office.apiKey);
  },
  240_000 + frozenSeconds * 1_000,
);
