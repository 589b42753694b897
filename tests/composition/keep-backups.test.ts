import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { BackupSummary } from '../../main/gateway/backup/create-backup';
import { keepBackups } from '../../main/gateway/composition/keep-backups';
import { createMemoryLogger } from '../support/memory-logger';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daily-backups-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const summary = (file: string): BackupSummary => ({
  file,
  bytes: 1,
  rows: 0,
  tenants: [],
  withSecrets: false,
});

/** One look at what is due, at that moment. */
async function lookAt(
  at: Date,
  fails = false,
  tenants: BackupSummary['tenants'] = [],
): Promise<{ made: number; events: string[] }> {
  const logger = createMemoryLogger();
  let made = 0;
  const backups = keepBackups({
    folder,
    kept: 2,
    now: () => at,
    logger,
    create: (file) => {
      if (fails) return Promise.reject(new Error('the disk is full'));
      made += 1;
      writeFileSync(file, 'backup');
      utimesSync(file, at, at);
      return Promise.resolve({ ...summary(file), tenants });
    },
  });
  await backups.stop();
  return { made, events: logger.lines.map(({ event }) => event) };
}

const day = (number: number, hour = 3) => new Date(Date.UTC(2026, 6, number, hour));

it('makes one a day and keeps the newest, and nobody else’s files are touched', async () => {
  writeFileSync(join(folder, 'modular-gateway-2020-01-01T000000Z.tar.gz'), 'made by hand');
  writeFileSync(join(folder, 'holiday.jpg'), '');
  expect(await lookAt(day(1))).toEqual({ made: 1, events: ['backup.created'] });
  expect(await lookAt(day(1, 22))).toEqual({ made: 0, events: [] });
  for (const number of [2, 3, 4]) expect(await lookAt(day(number))).toMatchObject({ made: 1 });
  expect(readdirSync(folder).sort()).toEqual([
    'holiday.jpg',
    'modular-gateway-2020-01-01T000000Z.tar.gz',
    'modular-gateway-daily-2026-07-03T030000Z.tar.gz',
    'modular-gateway-daily-2026-07-04T030000Z.tar.gz',
  ]);
});

it('removes nothing when a backup fails, says so, and tries again', async () => {
  for (const number of [1, 2]) await lookAt(day(number));
  expect(await lookAt(day(3), true)).toEqual({ made: 0, events: ['backup.failed'] });
  expect(readdirSync(folder)).toHaveLength(2);
  expect(await lookAt(day(3))).toMatchObject({ made: 1 });
});

const named = (number: number) => `modular-gateway-daily-2026-07-0${number}T030000Z.tar.gz`;

it('is not put off by a backup of the future, as a wrong clock makes one, and removes it first', async () => {
  await lookAt(day(9));
  for (const number of [1, 2]) expect(await lookAt(day(number))).toMatchObject({ made: 1 });
  expect(readdirSync(folder).sort()).toEqual([named(1), named(2)]);
});

it('never removes the one that was just made, whatever the names of the others say', async () => {
  for (const number of [8, 9]) {
    writeFileSync(join(folder, named(number)), 'copied');
    utimesSync(join(folder, named(number)), day(1), day(1));
  }
  expect(await lookAt(day(3))).toMatchObject({ made: 1 });
  expect(readdirSync(folder)).toContain(named(3));
  expect(readdirSync(folder)).toHaveLength(2);
});

it('keeps more while tenants are missing in them: the older ones may be the last to have their data', async () => {
  const away = [
    {
      customerId: 'AWAY',
      name: 'Away',
      paused: false,
      createdAt: day(1),
      databaseUrl: null,
      databaseName: null,
      isOwn: false,
      omitted: 'its database was away',
    },
  ];
  for (const number of [1, 2]) await lookAt(day(number));
  for (const number of [3, 4]) await lookAt(day(number), false, away);
  expect(readdirSync(folder).sort()).toEqual([1, 2, 3, 4].map(named));
  await lookAt(day(5));
  expect(readdirSync(folder).sort()).toEqual([4, 5].map(named));
});

it('removes what a killed gateway was writing, and not what another one writes', async () => {
  const ended = spawnSync(process.execPath, ['--version']).pid;
  writeFileSync(join(folder, `${named(1)}.${ended}.partial`), 'half');
  writeFileSync(join(folder, `${named(1)}.${process.ppid}.partial`), 'under way');
  await lookAt(day(2));
  expect(readdirSync(folder).sort()).toEqual([`${named(1)}.${process.ppid}.partial`, named(2)]);
});
