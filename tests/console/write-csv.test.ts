import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeCsv, type CsvValue } from '../../main/gateway/console/write-csv';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'write-csv-'));
  path = join(folder, 'export.csv');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function* of(...rows: CsvValue[][]): AsyncGenerator<CsvValue[]> {
  for (const row of rows) yield await Promise.resolve(row);
}

async function cellsOf(...values: CsvValue[]): Promise<string> {
  await writeCsv(path, ['a'], of(values));
  return (await readFile(path, 'utf8')).split('\r\n')[1] ?? '';
}

test('is what Excel reads: a BOM, the columns, CRLF', async () => {
  await writeCsv(path, ['id', 'name'], of([1, 'Thandi'], [2, 'Zoë']));
  expect(await readFile(path, 'utf8')).toBe('\uFEFFid,name\r\n1,Thandi\r\n2,Zoë\r\n');
});

test('without rows it has its columns', async () => {
  await writeCsv(path, ['id', 'name'], of());
  expect(await readFile(path, 'utf8')).toBe('\uFEFFid,name\r\n');
});

test.skipIf(process.platform === 'win32')('is for this account only', async () => {
  await writeCsv(path, ['id'], of());
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

describe('a value', () => {
  test.each([
    [null, ''],
    ['', ''],
    [-7, '-7'],
    [1.5, '1.5'],
    [new Date('2026-03-01T09:00:00Z'), '2026-03-01T09:00:00.000Z'],
    ['a,b', '"a,b"'],
    ['say "yes"', '"say ""yes"""'],
    ['a\nb', '"a\nb"'],
    ['a\rb', '"a\rb"'],
  ])('%j is written %j', async (value, cell) => {
    expect(await cellsOf(value, 'x')).toBe(`${cell},x`);
  });

  test.each(['=1+1', '+27821234567', '-1', '@SUM(A1)', '\tx', '=cmd|calc'])(
    '%j is no formula to a spreadsheet',
    async (value) => {
      expect(await cellsOf(value, 'x')).toContain(`'${value}`);
    },
  );

  test('with such a sign further in stays as it is', async () => {
    expect(await cellsOf('1+1=2', 'a@b')).toBe('1+1=2,a@b');
  });
});

test('asks for no more rows than it has written', async () => {
  const text = 'x'.repeat(100_000);
  let asked = 0;
  async function* many(): AsyncGenerator<string[]> {
    for (; asked < 300; asked += 1) yield await Promise.resolve([text]);
  }
  await writeCsv(path, ['a'], many());
  expect((await stat(path)).size).toBeGreaterThan(300 * 100_000);
});

test('throws what its rows throw', async () => {
  async function* failing(): AsyncGenerator<string[]> {
    yield await Promise.resolve(['a']);
    throw new Error('the database went away');
  }
  await expect(writeCsv(path, ['a'], failing())).rejects.toThrow('the database went away');
});

test('throws what the disk says', async () => {
  await expect(writeCsv(join(folder, 'no', 'such', 'folder.csv'), ['a'], of(['a']))).rejects.toMatchObject({
    code: 'ENOENT',
  });
});
