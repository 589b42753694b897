import { spawn } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = ['main', 'preload', 'renderer', 'texts', 'vite.config.ts', 'package.json'];
const builtFile = join(root, 'dist', 'main', 'cli.js');
/** The newest change when the build that made dist began: a source saved while it ran is newer. */
const stampFile = join(root, 'dist', 'main', '.built-from');
const lockFile = join(root, 'dist', '.build-lock');
const viteFolder = join(root, 'node_modules', 'vite');
const builder = join(root, 'scripts', 'build-dist.mjs');
const lockTimeoutMs = 5 * 60_000;

/** Folders count too: deleting or renaming a file changes nothing else. */
async function newestChangeMs(path) {
  const found = await stat(path).catch(() => undefined);
  if (!found) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const below = await Promise.all((await readdir(path)).map((name) => newestChangeMs(join(path, name))));
  return Math.max(found.mtimeMs, ...below);
}

function builtFromMs() {
  const built = statSync(builtFile, { throwIfNoEntry: false });
  if (!built) return 0;
  try {
    return Number(readFileSync(stampFile, 'utf8'));
  } catch {
    // Built by `npm run build`, which leaves no stamp.
    return built.mtimeMs;
  }
}

async function newestSourceMs() {
  return Math.max(...(await Promise.all(sources.map((source) => newestChangeMs(join(root, source))))));
}

/** Packages without sources or without the builder are never stale. */
function canBuild() {
  return existsSync(viteFolder) && existsSync(join(root, 'main', 'cli.ts'));
}

function lockHolder() {
  try {
    return Number(readFileSync(lockFile, 'utf8'));
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown.code === 'EPERM';
  }
}

function takeLock() {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const draft = `${lockFile}.${process.pid}`;
  writeFileSync(draft, String(process.pid));
  try {
    // Appears with its content, so that nobody reads an empty one.
    linkSync(draft, lockFile);
    return true;
  } catch (thrown) {
    if (thrown.code !== 'EEXIST') throw thrown;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Of a build that was killed. Moved aside first: it may be a newer one by now, which is put back. */
function removeDeadLock(deadPid) {
  const aside = `${lockFile}.dead-${process.pid}`;
  try {
    renameSync(lockFile, aside);
    if (Number(readFileSync(aside, 'utf8')) !== deadPid) linkSync(aside, lockFile);
  } catch (thrown) {
    if (thrown.code !== 'ENOENT' && thrown.code !== 'EEXIST') throw thrown;
  } finally {
    rmSync(aside, { force: true });
  }
}

async function waitForLock() {
  const deadline = Date.now() + lockTimeoutMs;
  while (!takeLock()) {
    const holder = lockHolder();
    if (holder !== undefined && !isAlive(holder)) removeDeadLock(holder);
    if (Date.now() > deadline) throw new Error('another build does not end');
    await sleep(100);
  }
}

/** Silent unless it fails: what a command prints on stdout belongs to its reader. */
function runBuilder(onStart) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [builder], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    onStart(child);
    let output = '';
    const keep = (chunk) => (output = (output + chunk).slice(-20_000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the build failed\n${output.trim()}`));
    });
  });
}

/** Builds unless somebody has done so while the lock was waited for. */
async function buildLocked() {
  let child;
  const giveUp = (signal) => {
    child?.kill(signal);
    if (lockHolder() === process.pid) rmSync(lockFile, { force: true });
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', giveUp);
  process.once('SIGTERM', giveUp);
  try {
    await waitForLock();
    const newestMs = await newestSourceMs();
    if (newestMs <= builtFromMs()) return false;
    await runBuilder((started) => (child = started));
    writeFileSync(stampFile, String(newestMs));
    return true;
  } finally {
    if (lockHolder() === process.pid) rmSync(lockFile, { force: true });
    process.off('SIGINT', giveUp);
    process.off('SIGTERM', giveUp);
  }
}

/**
 * Builds dist where the sources are newer than it, one process at a time; those that come meanwhile wait.
 * @returns {Promise<boolean>} whether something was built
 */
export async function buildWhenStale() {
  if (!canBuild()) return false;
  const isBuilding = lockHolder() !== undefined;
  if (!isBuilding && (await newestSourceMs()) <= builtFromMs()) return false;
  try {
    return await buildLocked();
  } catch (thrown) {
    // Somebody else's folder, or a disk that is read-only: what is there has to do.
    if (existsSync(builtFile) && ['EACCES', 'EPERM', 'EROFS'].includes(thrown.code)) return false;
    throw thrown;
  }
}

/** The built command line. @throws {Error} when there is none and none can be built */
export function builtCommandLine() {
  if (existsSync(builtFile)) return builtFile;
  throw new Error('there is no dist/main/cli.js: run npm ci, which installs what builds it');
}
