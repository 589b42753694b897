import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const electronPackage = join(root, 'node_modules', 'electron');
const failureFile = join(root, 'dist', '.electron-not-fetched');
/** A start waits no longer for a download; by hand it may take the time that it takes. */
const fetchWithinMs = 20_000;
/** And does not wait again at each start on a machine that cannot reach the server. */
const fetchAgainAfterMs = 10 * 60_000;
const probeWithinMs = 20_000;

const names = { win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron' };

/** The binary, where there is one. Its package must not be loaded to find out: that would download it. */
function findBinary(env) {
  const name = names[process.platform] ?? 'electron';
  const own = env.ELECTRON_OVERRIDE_DIST_PATH;
  if (own) return existsSync(join(own, name)) ? join(own, name) : undefined;
  try {
    const path = join(
      electronPackage,
      'dist',
      readFileSync(join(electronPackage, 'path.txt'), 'utf8').trim(),
    );
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** When it failed last, and why; undefined when that is long ago. */
function readFailure() {
  try {
    const { at, why } = JSON.parse(readFileSync(failureFile, 'utf8'));
    return Date.now() - at < fetchAgainAfterMs ? why : undefined;
  } catch {
    return undefined;
  }
}

function keepFailure(why) {
  try {
    mkdirSync(dirname(failureFile), { recursive: true });
    writeFileSync(failureFile, JSON.stringify({ at: Date.now(), why }));
  } catch {
    // The next start tries again, then.
  }
}

/** The first line that says something, of a stack or of many lines. */
function firstLine(text) {
  const line = text.split('\n').find((candidate) => /error|not |fail|refused|timed? ?out/i.test(candidate));
  return (line ?? text.split('\n')[0] ?? '').trim().slice(0, 200);
}

/** @returns {Promise<string | undefined>} why it could not be fetched */
function runInstaller(script) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script], {
      stdio: ['ignore', 'ignore', 'pipe'],
      windowsHide: true,
    });
    let said = '';
    child.stderr.on('data', (chunk) => (said = (said + chunk).slice(-5_000)));
    const timer = setTimeout(() => {
      child.kill();
      resolve(`its download did not end within ${fetchWithinMs / 1_000} s`);
    }, fetchWithinMs);
    child.once('error', (thrown) => {
      clearTimeout(timer);
      resolve(thrown.message);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve(code === 0 ? undefined : `its download failed (${firstLine(said) || `exit code ${code}`})`);
    });
  });
}

async function fetchBinary(env) {
  const script = join(electronPackage, 'install.js');
  if (!existsSync(script)) return 'its package is not installed (npm ci without --omit=dev installs it)';
  const before = readFailure();
  if (before !== undefined) return `${before}, and is tried again ten minutes after that`;
  process.stdout.write('Fetching Electron for the desktop window …\n');
  const why = await runInstaller(script);
  if (why === undefined && findBinary(env)) return undefined;
  keepFailure(why ?? 'its download left no program');
  return why ?? 'its download left no program';
}

/** Asks the binary itself: one that misses a library of the system does not get as far as answering. */
async function whyNotRunning(executable) {
  try {
    await promisify(execFile)(executable, ['-p', 'process.versions.electron'], {
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      timeout: probeWithinMs,
    });
    return undefined;
  } catch (thrown) {
    return `it does not run on this system (${firstLine(`${thrown.stderr ?? ''}` || thrown.message)})`;
  }
}

/**
 * An Electron that runs: the one that is there, or one that is fetched within 20 s.
 * @returns {Promise<{executable?: string, reason?: string}>} `reason`: why there is none, as half a sentence
 */
export async function findElectron(env = process.env) {
  if (!findBinary(env)) {
    if (env.ELECTRON_OVERRIDE_DIST_PATH)
      return { reason: `there is none in ${env.ELECTRON_OVERRIDE_DIST_PATH}` };
    const reason = await fetchBinary(env);
    if (reason !== undefined) return { reason };
  }
  const executable = findBinary(env);
  const reason = await whyNotRunning(executable);
  return reason === undefined ? { executable } : { reason };
}
