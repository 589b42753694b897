import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rotate } from '../../main/gateway/observability/file-logger';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rotate-log-'));
  path = join(folder, 'combined.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const held = () => Object.assign(new Error('EBUSY'), { code: 'EBUSY' });
/** As Windows while a viewer has these files open. */
const renameBeside =
  (...names: string[]) =>
  (from: string, to: string) => {
    if (names.includes(basename(from)) || names.includes(basename(to))) throw held();
    renameSync(from, to);
  };
const contents = () =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
function fill(): void {
  writeFileSync(path, 'now');
  for (let index = 1; index <= 5; index += 1)
    writeFileSync(join(folder, `combined.${index}.log`), `${index}`);
}

test('each log moves on by one, and the oldest goes', () => {
  fill();
  rotate(path);
  expect(contents()).toEqual({
    'combined.1.log': 'now',
    'combined.2.log': '1',
    'combined.3.log': '2',
    'combined.4.log': '3',
    'combined.5.log': '4',
  });
});

test('a viewer on the newest log costs no old one, however often it is tried', () => {
  fill();
  const before = contents();
  for (let tries = 0; tries < 8; tries += 1) rotate(path, renameBeside('combined.log'));
  expect(contents()).toEqual(before);
});

test.each(['combined.1.log', 'combined.2.log', 'combined.4.log'])(
  'a viewer on %s costs the oldest at most, and once it is gone all goes on',
  (name) => {
    fill();
    for (let tries = 0; tries < 8; tries += 1) rotate(path, renameBeside(name));
    const kept = Object.values(contents());
    expect(kept).toEqual(expect.arrayContaining(['now', '1', '2', '3', '4']));
    rotate(path);
    expect(contents()['combined.1.log']).toBe('now');
    expect(Object.values(contents())).toEqual(expect.arrayContaining(['now', '1', '2', '3', '4']));
  },
);
