#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildWhenStale, builtCommandLine } from '../scripts/build-when-stale.mjs';
import { findElectron } from '../scripts/find-electron.mjs';
import { whyNoDisplay } from '../scripts/find-display.mjs';

/** Electron that ends with a fault so soon never showed a window. */
const startedAfterMs = 10_000;
/** Chromium's own remarks, such as `[12:1122/212014.5:ERROR:bus.cc(407)] …`: of no use to whoever starts it. */
const chromiumRemark = /^\[\d+:\d{4}\/[\d.]+:[A-Z]+:[\w.]+\(\d+\)\]/;
const parentCheckMs = 250;
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', ...(process.platform === 'win32' ? ['SIGBREAK'] : [])];
const root = fileURLToPath(new URL('..', import.meta.url));

/** `npm start` puts a shell between itself and us, and its own end reaches only that: our parent is another then. */
function watchParent(onGone) {
  if (process.platform === 'win32') return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, parentCheckMs);
  timer.unref();
}

/** Windows has no signals, only an end without a word: there the app is asked by a second start of itself. */
function endDesktop({ executable, child, env, signal }) {
  if (process.platform !== 'win32') {
    child.kill(signal);
    return;
  }
  spawn(executable, [root, '--quit'], { env, stdio: 'ignore', windowsHide: true })
    .once('error', () => child.kill())
    .once('exit', (code) => {
      if (code !== 0) child.kill();
    });
}

/** @returns {Promise<string | undefined>} why it could not run, where it ended as soon as it was started */
function runDesktop(executable) {
  const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
  const args = [root, ...(isRoot ? ['--no-sandbox'] : []), ...process.argv.slice(2)];
  if (isRoot) process.stdout.write("Started by root: the pages' process runs without Chromium's sandbox.\n");
  const env = { ...process.env };
  delete env.ELECTRON_RUN_AS_NODE;
  const startedAt = performance.now();
  const child = spawn(executable, args, { env, stdio: ['inherit', 'inherit', 'pipe'] });
  createInterface(child.stderr).on('line', (line) => {
    if (!chromiumRemark.test(line)) process.stderr.write(`${line}\n`);
  });
  let isStopping = false;
  const stop = (signal) => {
    if (isStopping) return;
    isStopping = true;
    endDesktop({ executable, child, env, signal });
  };
  for (const signal of stopSignals) process.on(signal, stop);
  watchParent(() => stop('SIGTERM'));
  return new Promise((resolve) => {
    const end = (why, exitCode) => {
      for (const signal of stopSignals) process.off(signal, stop);
      const neverRan = why !== undefined && !isStopping && performance.now() - startedAt < startedAfterMs;
      if (!neverRan) process.exitCode = exitCode;
      resolve(neverRan ? why : undefined);
    };
    child.once('error', (thrown) => end(`it does not start (${thrown.message})`, 1));
    child.once('close', (code, signal) => {
      if (code === 0) end(undefined, 0);
      else end(`it ended at once (${signal ?? `exit code ${code}`})`, code ?? 1);
    });
  });
}

/** @returns {Promise<string | undefined>} why there is no desktop app, as a sentence */
async function startDesktop() {
  const noDisplay = await whyNoDisplay();
  if (noDisplay !== undefined) return `No desktop window: ${noDisplay}.`;
  const { executable, reason } = await findElectron();
  if (executable === undefined) {
    return `No desktop window: Electron is missing, ${reason}; "npx install-electron" fetches it by hand.`;
  }
  const failure = await runDesktop(executable);
  return failure === undefined ? undefined : `No desktop window: Electron is there, but ${failure}.`;
}

/** `npm start`: builds what is stale, then runs the desktop app, or the same gateway without a window. */
try {
  await buildWhenStale();
  const whyHeadless = await startDesktop();
  if (whyHeadless !== undefined) {
    process.stdout.write(`${whyHeadless} The gateway runs headless; its console opens in a browser.\n`);
    process.argv.splice(2, Infinity, 'serve');
    await import(pathToFileURL(builtCommandLine()).href);
  }
} catch (thrown) {
  process.stderr.write(`modular-gateway: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  process.exitCode = 1;
}
