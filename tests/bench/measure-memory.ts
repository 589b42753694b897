import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IdleGateway } from './bench-stage';
import type { BenchRow } from './bench-table';

/** Linux only: elsewhere there are no such rows. */
export async function measureMemory(idle: IdleGateway, idleMs: number): Promise<BenchRow[]> {
  if (process.platform !== 'linux') return [];
  await sleep(Math.max(0, idle.startedAtMs + idleMs - Date.now()));
  const text = await readFile(`/proc/${idle.pid}/smaps_rollup`, 'utf8');
  const megabytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024;
  const metric = `memory of an idle gateway with one tenant after ${idleMs / 1000} s, without PostgreSQL`;
  return [
    {
      metric: `${metric}, RSS`,
      unit: 'MB',
      ours: [megabytes('Rss')],
      target: { kind: 'at most', value: 120 },
    },
    { metric: `${metric}, PSS`, unit: 'MB', ours: [megabytes('Pss')], target: undefined },
  ];
}
