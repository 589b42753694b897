import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/**
 * `npm run drill:stalls [-- TEST…]`: the tests while all their processes (gateways, PostgreSQL, browsers, vitest
 * itself) are stopped together for 0.5 to 2 s, every 4 to 10 s: the machine that does something else for a
 * moment. What fails here and not by itself has a time-out that is too short, or a race. Linux only.
 */
if (process.platform !== 'linux') {
  console.error('drill:stalls finds processes under /proc: it runs on Linux only.');
  process.exit(2);
}
const between = (from, to) => from + Math.random() * (to - from);
const folder = await mkdtemp(join(tmpdir(), 'stall-'));
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));

/** @returns ids of the processes that were started, however far down, with this drill's own TMPDIR */
async function listOurs() {
  const ours = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const texts = await Promise.all(
        ['environ', 'cmdline'].map((file) => readFile(join('/proc', name, file), 'utf8')),
      );
      // A process that a test has stopped itself is let be.
      const status = await readFile(join('/proc', name, 'stat'), 'utf8');
      const isStopped = /\) [TZ] /.test(status);
      if (!isStopped && texts.some((text) => text.includes(folder))) ours.push(Number(name));
    } catch {
      // Gone meanwhile.
    }
  }
  return ours;
}

function signalAll(ids, signal) {
  for (const id of ids) {
    try {
      process.kill(id, signal);
    } catch {
      // Gone meanwhile.
    }
  }
}

const tests = spawn(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, TMPDIR: folder },
});
const over = new Promise((resolve) => tests.once('exit', (code) => resolve(code ?? 1)));
let isOver = false;
void over.then(() => (isOver = true));
// Ctrl-C is for the tests: whoever ended here at once would leave them stopped.
process.on('SIGINT', () => undefined);
let stalls = 0;
while (!isOver) {
  await Promise.race([over, delay(between(4_000, 10_000))]);
  if (isOver) break;
  const ours = await listOurs();
  signalAll(ours, 'SIGSTOP');
  await delay(between(500, 2_000));
  signalAll(ours, 'SIGCONT');
  stalls += 1;
}
process.exitCode = await over;
console.log(`The tests' processes were stopped ${stalls} times.`);
await rm(folder, { recursive: true, force: true, maxRetries: 5 });
