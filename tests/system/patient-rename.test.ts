import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renamePatiently, renamePatientlySync } from '../../main/gateway/system/patient-rename';

const answer = (code: string) => Object.assign(new Error(code), { code });

/** Answers as Windows does while others hold the file, then lets it go. */
function held(codes: readonly string[]) {
  let tries = 0;
  const next = () => {
    const code = codes[tries];
    tries += 1;
    if (code !== undefined) throw answer(code);
  };
  return {
    tries: () => tries,
    sync: next,
    // eslint-disable-next-line @typescript-eslint/require-await
    later: async () => next(),
  };
}

test.each([['EPERM'], ['EACCES'], ['EBUSY'], ['EPERM', 'EBUSY', 'EACCES']])(
  'on Windows it waits until others let go (%s …)',
  async (...codes) => {
    const later = held(codes);
    await renamePatiently('a', 'b', { platform: 'win32' }, later.later);
    expect(later.tries()).toBe(codes.length + 1);
    const sync = held(codes);
    renamePatientlySync('a', 'b', { platform: 'win32' }, sync.sync);
    expect(sync.tries()).toBe(codes.length + 1);
  },
);

test('says what Windows said when nobody lets go in time', async () => {
  const forever = Array.from({ length: 1_000 }, () => 'EPERM');
  const times = { platform: 'win32', patienceMs: 60 } as const;
  await expect(renamePatiently('a', 'b', times, held(forever).later)).rejects.toThrow('EPERM');
  expect(() => renamePatientlySync('a', 'b', times, held(forever).sync)).toThrow('EPERM');
});

test.each([
  ['win32', 'ENOENT'],
  ['win32', 'ENOSPC'],
  ['linux', 'EACCES'],
  ['linux', 'EPERM'],
  ['darwin', 'EBUSY'],
] as const)('what does not pass comes at once (%s, %s)', async (platform, code) => {
  const later = held([code]);
  await expect(renamePatiently('a', 'b', { platform }, later.later)).rejects.toThrow(code);
  expect(later.tries()).toBe(1);
  const sync = held([code]);
  expect(() => renamePatientlySync('a', 'b', { platform }, sync.sync)).toThrow(code);
  expect(sync.tries()).toBe(1);
});

test('renames', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'patient-rename-'));
  try {
    await writeFile(join(folder, 'a'), 'text');
    await renamePatiently(join(folder, 'a'), join(folder, 'b'));
    renamePatientlySync(join(folder, 'b'), join(folder, 'c'));
    expect(await readFile(join(folder, 'c'), 'utf8')).toBe('text');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('is how the whole product renames, and every removal of a folder is patient too', () => {
  const files = readdirSync('main', { recursive: true, encoding: 'utf8' })
    .map((name) => `main/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('system/patient-rename.ts'));
  const impatient = files.filter((file) => {
    const text = readFileSync(file, 'utf8');
    return /\brename(Sync)?\(/.test(text) || /recursive: true, force: true/.test(text);
  });
  expect(impatient).toEqual([]);
});
