import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aliasInAscii } from '../../main/gateway/system/ascii-alias';

let root: string;
let closed: string[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ascii-alias-'));
  await mkdir(join(root, 'ProgramData'));
  closed = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** As on Windows; links stand for junctions. */
const onWindows = (env: NodeJS.ProcessEnv = { ProgramData: join(root, 'ProgramData') }) => ({
  platform: 'win32' as const,
  env,
  memoFolder: join(root, 'memo'),
  closeFolder: async (folder: string) => {
    // Closed while it is empty, or somebody could have put something in it.
    expect(await readdir(folder)).toEqual([]);
    closed.push(folder);
  },
});

async function makeFolder(name: string): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'inside'), name);
  return folder;
}

test.each(['Zoë Müller', 'Łódź Юля', '会社', 'Ünïcödé', '😀'])(
  'leads to a folder called %s in plain letters',
  async (name) => {
    const folder = await makeFolder(name);
    const alias = await aliasInAscii(folder, onWindows());
    expect(alias.startsWith(join(root, 'ProgramData', 'modular-gateway-'))).toBe(true);
    expect(alias).toMatch(/^[\x20-\x7e]+$/);
    expect(await readFile(join(alias, 'inside'), 'utf8')).toBe(name);
    expect(closed).toHaveLength(1);
  },
);

test('is the same one at the next start, and one folder holds those of programs and data', async () => {
  const [programs, data] = [await makeFolder('Zoë/programs'), await makeFolder('Zoë/data')];
  const first = await aliasInAscii(programs, onWindows());
  const second = await aliasInAscii(data, onWindows());
  expect(second).not.toBe(first);
  expect(await aliasInAscii(programs, onWindows())).toBe(first);
  expect(await aliasInAscii(data, onWindows())).toBe(second);
  expect(await readdir(join(root, 'ProgramData'))).toHaveLength(1);
});

test('is made again where somebody tidied up, or turned it elsewhere', async () => {
  const folder = await makeFolder('Zoë');
  const first = await aliasInAscii(folder, onWindows());
  await rm(join(first, '..'), { recursive: true });
  const second = await aliasInAscii(folder, onWindows());
  expect(second).not.toBe(first);
  await rm(second);
  const { symlink } = await import('node:fs/promises');
  await symlink(await makeFolder('other'), second);
  const third = await aliasInAscii(folder, onWindows());
  expect(await readlink(third)).toBe(folder);
});

test('lies under PUBLIC where the first place has other letters or cannot be written', async () => {
  const folder = await makeFolder('Zoë');
  await mkdir(join(root, 'Public'));
  const env = { ProgramData: join(root, 'missing'), PUBLIC: join(root, 'Public') };
  expect(await aliasInAscii(folder, onWindows(env))).toContain(join(root, 'Public'));
});

test('is said to be impossible, with what to do, where the folder cannot be closed to others', async () => {
  const folder = await makeFolder('Zoë');
  const options = { ...onWindows(), closeFolder: () => Promise.reject(new Error('icacls is not there')) };
  await expect(aliasInAscii(folder, options)).rejects.toThrow(/Zoë.*icacls is not there.*GATEWAY_DATA_DIR/);
});

test('is not needed for plain letters, nor elsewhere than on Windows', async () => {
  expect(await aliasInAscii('C:\\Users\\Zoe\\App Data', onWindows())).toBe('C:\\Users\\Zoe\\App Data');
  expect(await aliasInAscii('/home/zoë', { ...onWindows(), platform: 'linux' })).toBe('/home/zoë');
  expect(closed).toEqual([]);
});
