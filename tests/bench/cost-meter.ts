import type { BenchStage } from './bench-stage';
import { median } from './bench-table';
import { readCpuTimes } from './cpu-time';

/** What one event or delivery costs: CPU time in µs, and bytes of PostgreSQL's log (full pages included). */
export interface Cost {
  readonly what: string;
  readonly gatewayMicros: number;
  readonly postgresMicros: number;
  readonly walBytes: number;
}

/** Weighs work by the CPU time and the log it uses up: figures that other programs on the machine hardly change. */
export interface CostMeter {
  /** @param countOf how many events or deliveries the work came to */
  weigh<T>(what: string, work: () => Promise<T>, countOf: (result: T) => number): Promise<T>;
  /** Medians of what was weighed under the same name; empty where the system does not tell. */
  costs(): Cost[];
}

export function createCostMeter(
  stage: Pick<BenchStage, 'gateway' | 'postmasterPid' | 'readWalBytes'>,
): CostMeter {
  const weighed = new Map<string, { gateway: number[]; postgres: number[]; wal: number[] }>();
  const read = async () => ({
    cpu: await readCpuTimes(stage.gateway.pid, stage.postmasterPid),
    wal: await stage.readWalBytes(),
  });
  return {
    async weigh(what, work, countOf) {
      const before = await read();
      const result = await work();
      const after = await read();
      if (before.cpu && after.cpu) {
        const entry = weighed.get(what) ?? { gateway: [], postgres: [], wal: [] };
        weighed.set(what, entry);
        const count = countOf(result);
        entry.gateway.push(((after.cpu.gatewayMs - before.cpu.gatewayMs) / count) * 1000);
        entry.postgres.push(((after.cpu.postgresMs - before.cpu.postgresMs) / count) * 1000);
        entry.wal.push((after.wal - before.wal) / count);
      }
      return result;
    },
    costs: () =>
      [...weighed].map(([what, { gateway, postgres, wal }]) => ({
        what,
        gatewayMicros: median(gateway),
        postgresMicros: median(postgres),
        walBytes: median(wal),
      })),
  };
}

export function formatCosts(costs: readonly Cost[]): string {
  const lines = costs.map(
    ({ what, gatewayMicros, postgresMicros, walBytes }) =>
      `| ${what.padEnd(40)} | ${gatewayMicros.toFixed(0).padStart(10)} | ${postgresMicros.toFixed(0).padStart(13)} | ${walBytes.toFixed(0).padStart(9)} |`,
  );
  return [
    `| ${'cost of one'.padEnd(40)} | gateway µs | PostgreSQL µs | log bytes |`,
    `| ${'-'.repeat(40)} | ---------: | ------------: | --------: |`,
    ...lines,
  ].join('\n');
}
