import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../support/wait-until';
import { expectAllDelivered, expectNothingLeft, openDrillOffice, type DrillOffice } from './drill-office';
import { startEventLoad } from './event-load';
import type { ServeProcess } from './serve-process';

/** Debian's libfaketime: what a process is told of the time of day; timers keep their own clock, as on a real machine. */
const library = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1',
].find((file) => existsSync(file));

/** Longer than the library keeps what it read of its file. */
const takesEffectMs = 2_500;

describe.skipIf(library === undefined)('a clock that jumps', () => {
  let folder: string;
  let office: DrillOffice;
  let running: ServeProcess;

  const setClock = async (offset: string) => {
    await writeFile(join(folder, 'clock'), `${offset}\n`);
    await sleep(takesEffectMs);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clock-'));
    await writeFile(join(folder, 'clock'), '+0\n');
    office = await openDrillOffice({
      LD_PRELOAD: library ?? '',
      FAKETIME_TIMESTAMP_FILE: join(folder, 'clock'),
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    });
    running = await office.installation.serve();
  });
  afterAll(async () => {
    await office.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('by hours, forwards and back, under load: nothing is lost, given up, or left waiting', async () => {
    const load = startEventLoad({ apiKey: office.apiKey, origin: () => running.origin, concurrency: 4 });
    const dateOfAnswer = async () =>
      Date.parse((await fetch(`${running.origin}/health`)).headers.get('date') ?? '');
    for (const [offset, hours] of [
      ['+5h', 5],
      ['-3h', -3],
      ['+0', 0],
    ] as const) {
      await setClock(offset);
      // The gateway believes it: otherwise the drill would show nothing.
      const ahead = (await dateOfAnswer()) - Date.now();
      expect(Math.abs(ahead - hours * 3_600_000)).toBeLessThan(60_000);
      const before = load.acknowledged.size;
      await waitUntil(() => load.acknowledged.size >= before + 60, { what: 'events to be taken' });
      const hooked = office.hook.requests.length;
      await waitUntil(() => office.hook.requests.length >= hooked + 60, { what: 'webhooks to leave' });
    }
    await load.stop();
    expect(running.child.exitCode).toBeNull();
    await expectAllDelivered(office, load.acknowledged);
    await expectNothingLeft(running.origin, office.apiKey);
  }, 240_000);
});
