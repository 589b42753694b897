import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ProcessEntry } from './process-entry';
import { endWindowsTree, listWindowsProcesses } from './windows-processes';

const run = promisify(execFile);

async function readLinuxProcess(pid: number): Promise<ProcessEntry | undefined> {
  try {
    const [stat, command] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    // The name in brackets may hold spaces and brackets itself: what follows the last one is regular.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Where process 1 does not reap, ended browsers stay listed as zombies: they are not running.
    if (state === 'Z' || state === 'X') return undefined;
    return { pid, parentPid: Number(parent), command, residentKb: undefined };
  } catch {
    // Ended while it was looked at.
    return undefined;
  }
}

function parsePsLine(line: string): ProcessEntry | undefined {
  const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\d+)\s+(.*)$/.exec(line);
  if (!match || match[3]?.startsWith('Z')) return undefined;
  return {
    pid: Number(match[1]),
    parentPid: Number(match[2]),
    command: match[5] ?? '',
    residentKb: Number(match[4]),
  };
}

/** The processes that run on this machine. @throws when the system's own listing cannot be had */
export async function listProcesses(): Promise<readonly ProcessEntry[]> {
  if (process.platform === 'linux') {
    const names = await readdir('/proc');
    const entries = await Promise.all(
      names.filter((name) => /^\d+$/.test(name)).map((name) => readLinuxProcess(Number(name))),
    );
    return entries.filter((entry) => entry !== undefined);
  }
  if (process.platform === 'win32') return listWindowsProcesses();
  const { stdout } = await run('ps', ['-axo', 'pid=,ppid=,state=,rss=,command='], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout
    .split('\n')
    .map(parsePsLine)
    .filter((entry) => entry !== undefined);
}

/** `roots` and everything below them. */
function collectTree(processes: readonly ProcessEntry[], roots: readonly number[]): readonly ProcessEntry[] {
  const wanted = new Set(roots);
  // A child may be listed before its parent: go round until nothing is added.
  for (let size = -1; size !== wanted.size;) {
    size = wanted.size;
    for (const entry of processes) if (wanted.has(entry.parentPid)) wanted.add(entry.pid);
  }
  return processes.filter((entry) => wanted.has(entry.pid));
}

async function readLinuxMemoryKb(pid: number): Promise<number> {
  try {
    // Proportional set size: pages that processes share are counted once, not once each.
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Memory of the processes in `roots` and all below them, in MB. Ended processes count nothing. */
export async function measureProcessTreesMb(roots: readonly number[]): Promise<number> {
  if (roots.length === 0) return 0;
  const tree = collectTree(await listProcesses(), roots);
  const sizes = await Promise.all(
    tree.map(async (entry) => entry.residentKb ?? (await readLinuxMemoryKb(entry.pid))),
  );
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1024);
}

/** Is the process there, and not just its entry? */
export async function isProcessRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return process.platform !== 'linux' || (await readLinuxProcess(pid)) !== undefined;
}

/** Ends a process and what it started, at once. Resolves when it is gone, or after `timeoutMs`. */
export async function endProcessTree(pid: number, timeoutMs = 5_000): Promise<void> {
  if (process.platform === 'win32') {
    await endWindowsTree(pid);
  } else {
    const tree = collectTree(await listProcesses(), [pid]);
    for (const entry of tree) {
      try {
        process.kill(entry.pid, 'SIGKILL');
      } catch {
        // Gone already: a browser's children end with it.
      }
    }
  }
  const deadline = Date.now() + timeoutMs;
  while ((await isProcessRunning(pid)) && Date.now() < deadline) await delay(20);
}
