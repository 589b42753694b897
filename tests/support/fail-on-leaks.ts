import { ChildProcess } from 'node:child_process';
import { Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
import { findRunningTimers, watchTimers } from './watch-timers';

/** Sockets that were just closed need a turn or two of the event loop, ended processes a little longer. */
const gracePeriodMs = 3_000;

/** The documented process.getActiveResourcesInfo() gives names only; this gives the things to describe. */
const withHandles = process as unknown as { _getActiveHandles(): object[] };

const faults: string[] = [];
let handlesBefore = new Set<object>();

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

process.on('unhandledRejection', (thrown) => faults.push(`unhandled rejection: ${textOf(thrown)}`));
process.on('uncaughtException', (thrown) => faults.push(`uncaught exception: ${textOf(thrown)}`));
watchTimers();

function describeHandle(handle: object): string {
  if (handle instanceof Server) return `listening server ${JSON.stringify(handle.address())}`;
  if (handle instanceof Socket) {
    return handle.remotePort === undefined
      ? 'pipe or unconnected socket'
      : `socket ${handle.localPort ?? '?'} → ${handle.remoteAddress ?? '?'}:${handle.remotePort}`;
  }
  if (handle instanceof ChildProcess)
    return `child process ${handle.pid ?? '?'}: ${handle.spawnargs.join(' ')}`;
  return handle.constructor.name;
}

/** Only what keeps the process alive counts; the runner's own channel was there before. */
function findLeaks(): string[] {
  const known = new Set<object>([...handlesBefore, process.stdin, process.stdout, process.stderr]);
  const handles = withHandles._getActiveHandles().filter((handle) => !known.has(handle));
  return [...handles.map(describeHandle), ...findRunningTimers().map((place) => `timer set ${place}`)];
}

beforeAll(() => {
  handlesBefore = new Set(withHandles._getActiveHandles());
});

// Hooks of setup files run last: what a test file opened is closed by then.
afterAll(async () => {
  const deadline = performance.now() + gracePeriodMs;
  let leaks = findLeaks();
  while (leaks.length > 0 && performance.now() < deadline) {
    await sleep(25);
    leaks = findLeaks();
  }
  if (leaks.length > 0) faults.push(`left open: ${leaks.join('; ')}`);
  if (faults.length > 0) throw new Error(faults.join('\n'));
});
