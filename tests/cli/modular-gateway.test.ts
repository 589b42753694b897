import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { waitUntil } from '../support/wait-until';
import { runCommand, spawnCommand } from './run-command-line';

// Each of these builds the product, on a machine that may be busy with other tests.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

const parts = [
  'main',
  'preload',
  'renderer',
  'scripts',
  'texts',
  'vite.config.ts',
  'tsconfig.json',
  'package.json',
];
let clone: string;

/** A clone as `npm ci` leaves it: sources and packages, nothing built. */
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'gateway-clone-'));
  for (const part of parts.filter((name) => existsSync(name))) {
    cpSync(part, join(clone, part), { recursive: true });
  }
  symlinkSync(resolve('node_modules'), join(clone, 'node_modules'), 'junction');
});
afterEach(() => rmSync(clone, { recursive: true }));

const bin = () => join(clone, 'main', 'modular-gateway.mjs');
const version = `${(JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version}\n`;
const run = (...args: string[]) => runCommand(args, { script: bin(), cwd: clone });
const succeeds = { code: 0, stdout: version, stderr: '' };

test('builds a fresh clone and what has changed, and prints nothing but the result', async () => {
  const results = await Promise.all([run('--version'), run('--version'), run('--version')]);
  expect(results).toMatchObject([succeeds, succeeds, succeeds]);
  const stamp = join(clone, 'dist', 'main', '.built-from');
  const built = readFileSync(stamp, 'utf8');
  expect(await run('--version')).toMatchObject(succeeds);
  expect(readFileSync(stamp, 'utf8')).toBe(built);
  expect(readdirSync(join(clone, 'dist')).filter((name) => name.startsWith('.'))).toEqual([]);

  // A source that is newer, and one that is gone.
  const cli = join(clone, 'main', 'cli.ts');
  writeFileSync(cli, readFileSync(cli, 'utf8').replace('.version(gatewayVersion)', ".version('9.9.9')"));
  expect(await run('--version')).toMatchObject({ code: 0, stdout: '9.9.9\n', stderr: '' });
  rmSync(join(clone, 'main', 'headless.ts'));
  const broken = await run('--version');
  expect(broken).toMatchObject({ code: 1, stdout: '' });
  expect(broken.stderr).toMatch(/^modular-gateway: the build failed\n.*headless/s);
  expect(readdirSync(join(clone, 'dist')).filter((name) => name.startsWith('.'))).toEqual([]);

  // Where nothing can be built, as in a container, what is there runs.
  rmSync(join(clone, 'node_modules'));
  mkdirSync(join(clone, 'node_modules'));
  for (const name of readdirSync('node_modules')) {
    if (name !== 'vite')
      symlinkSync(resolve('node_modules', name), join(clone, 'node_modules', name), 'junction');
  }
  expect(await run('--version')).toMatchObject({ code: 0, stdout: '9.9.9\n', stderr: '' });
  rmSync(join(clone, 'dist'), { recursive: true });
  const nothing = await run('--version');
  expect(nothing).toMatchObject({ code: 1, stdout: '' });
  expect(nothing.stderr).toMatch(/^modular-gateway: there is no dist\/main\/cli\.js: run npm ci.*\n$/);
});

test('a build that was killed stands in nobody’s way', async () => {
  const lock = join(clone, 'dist', '.build-lock');
  const killed = spawnCommand(['--version'], { script: bin(), cwd: clone });
  await waitUntil(() => existsSync(lock), { what: 'the build to begin' });
  killed.kill('SIGKILL');
  await once(killed, 'close');
  expect(await run('--version')).toMatchObject(succeeds);
  expect(existsSync(lock)).toBe(false);
});

test('SIGTERM ends a build and leaves no lock', async () => {
  const lock = join(clone, 'dist', '.build-lock');
  const ended = spawnCommand(['--version'], { script: bin(), cwd: clone });
  await waitUntil(() => existsSync(lock), { what: 'the build to begin' });
  ended.kill('SIGTERM');
  const [code] = (await once(ended, 'close')) as [number | null];
  expect(code).toBe(143);
  expect(existsSync(lock)).toBe(false);
});

test('usage and exit codes are those of the command line', async () => {
  expect(await run('frobnicate')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: "error: unknown command 'frobnicate'\n",
  });
});
