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
async function lookAt(at: Date, fails = false): Promise<{ made: number; events: string[] }> {
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
      return Promise.resolve(summary(file));
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
