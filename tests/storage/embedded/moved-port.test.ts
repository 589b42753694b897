import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  describeMovedPort,
  readMovedPort,
  writeMovedPort,
} from '../../../main/gateway/storage/embedded/moved-port';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'moved-port-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const day = 86_400_000;
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

describe('a port that the database had to leave', () => {
  test.each([0, 3_600_000, 6.9 * day])('is told of for a week: %d ms later', async (age) => {
    const moved = { from: 15_432, to: 15_433, at: ago(age) };
    await writeMovedPort(folder, moved);
    expect(await readMovedPort(folder, 15_433)).toEqual(moved);
  });

  test.each([7 * day, 7.1 * day, 400 * day])('and no longer: %d ms later', async (age) => {
    await writeMovedPort(folder, { from: 15_432, to: 15_433, at: ago(age) });
    expect(await readMovedPort(folder, 15_433)).toBeUndefined();
  });

  test.each([15_432, 15_434, 0])('is no news where the server is back or elsewhere: %d', async (port) => {
    await writeMovedPort(folder, { from: 15_432, to: 15_433, at: ago(0) });
    expect(await readMovedPort(folder, port)).toBeUndefined();
  });

  test('the last move counts', async () => {
    await writeMovedPort(folder, { from: 15_432, to: 15_433, at: ago(day) });
    const last = { from: 15_433, to: 15_440, at: ago(0) };
    await writeMovedPort(folder, last);
    expect(await readMovedPort(folder, 15_440)).toEqual(last);
    expect(await readMovedPort(folder, 15_433)).toBeUndefined();
    expect(await readFile(join(folder, 'moved-port.json'), 'utf8')).toBe(`${JSON.stringify(last)}\n`);
  });
});

test.each([
  '',
  'null',
  '{"from": 15432, "to": 15433',
  '[]',
  '{"from": "15432", "to": 15433, "at": "2026-07-01T08:00:00Z"}',
  '{"from": 15432, "to": 15433, "at": "yesterday"}',
])('a file that says nothing is as good as none: %j', async (text) => {
  await writeFile(join(folder, 'moved-port.json'), text);
  expect(await readMovedPort(folder, 15_433)).toBeUndefined();
});

test('there is no file, or no folder', async () => {
  expect(await readMovedPort(folder, 15_433)).toBeUndefined();
  expect(await readMovedPort(join(folder, 'nowhere'), 15_433)).toBeUndefined();
  await expect(writeMovedPort(join(folder, 'nowhere'), { from: 1, to: 2, at: ago(0) })).rejects.toThrow(
    /ENOENT/,
  );
});

test.each([
  [15_432, 15_433],
  [5_432, 15_500],
  [15_433, 15_432],
])('the sentence says what to change: %d to %d', (from, to) => {
  expect(describeMovedPort({ from, to, at: ago(0) })).toBe(
    `Another program took port ${from}, so the database now listens on port ${to}. ` +
      "Change the port wherever you have entered the database's address (GET /api/database shows it). The new port is permanent.",
  );
});
