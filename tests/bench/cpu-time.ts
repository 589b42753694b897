import { readdir, readFile } from 'node:fs/promises';

/** Linux's USER_HZ, the same on every architecture that Node runs on: man 5 proc. */
const ticksPerSecond = 100;

/** What the processes of a measurement have used so far, in ms. */
export interface CpuTimes {
  readonly gatewayMs: number;
  readonly postgresMs: number;
}

/**
 * CPU time of the gateway and of the PostgreSQL server with its sessions. Unlike rates, it does not depend on
 * what else the machine does. Linux only: undefined elsewhere.
 */
export async function readCpuTimes(gatewayPid: number, postmasterPid: number): Promise<CpuTimes | undefined> {
  if (process.platform !== 'linux') return undefined;
  const own = await readTimes(String(gatewayPid));
  let postgresMs = 0;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const times = await readTimes(name);
    if (Number(name) === postmasterPid) postgresMs += (times?.cpuMs ?? 0) + (times?.endedChildrenMs ?? 0);
    else if (times?.parentPid === postmasterPid) postgresMs += times.cpuMs;
  }
  return { gatewayMs: own?.cpuMs ?? 0, postgresMs };
}

interface ProcessTimes {
  readonly parentPid: number;
  readonly cpuMs: number;
  /** of sessions that have been closed meanwhile */
  readonly endedChildrenMs: number;
}

async function readTimes(pid: string): Promise<ProcessTimes | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the program's name in brackets, and may hold anything.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  if (!fields) return undefined;
  const milliseconds = (user: number, system: number) =>
    ((Number(fields[user]) + Number(fields[system])) / ticksPerSecond) * 1000;
  return {
    parentPid: Number(fields[1]),
    cpuMs: milliseconds(11, 12),
    endedChildrenMs: milliseconds(13, 14),
  };
}
