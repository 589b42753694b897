import type { BenchStage } from './bench-stage';
import { median } from './bench-table';
import { readCpuTimes } from './cpu-time';

/** CPU time that one event or delivery costs, in µs. */
export interface Cost {
  readonly what: string;
  readonly gatewayMicros: number;
  readonly postgresMicros: number;
}

/** Weighs work by the CPU time it uses up: figures that other programs on the machine hardly change. */
export interface CostMeter {
  /** @param countOf how many events or deliveries the work came to */
  weigh<T>(what: string, work: () => Promise<T>, countOf: (result: T) => number): Promise<T>;
  /** Medians of what was weighed under the same name; empty where the system does not tell. */
  costs(): Cost[];
}

export function createCostMeter(stage: Pick<BenchStage, 'gateway' | 'postmasterPid'>): CostMeter {
  const weighed = new Map<string, { gateway: number[]; postgres: number[] }>();
  const read = () => readCpuTimes(stage.gateway.pid, stage.postmasterPid);
  return {
    async weigh(what, work, countOf) {
      const before = await read();
      const result = await work();
      const after = await read();
      if (before && after) {
        const entry = weighed.get(what) ?? { gateway: [], postgres: [] };
        weighed.set(what, entry);
        const count = countOf(result);
        entry.gateway.push(((after.gatewayMs - before.gatewayMs) / count) * 1000);
        entry.postgres.push(((after.postgresMs - before.postgresMs) / count) * 1000);
      }
      return result;
    },
    costs: () =>
      [...weighed].map(([what, { gateway, postgres }]) => ({
        what,
        gatewayMicros: median(gateway),
        postgresMicros: median(postgres),
      })),
  };
}

export function formatCosts(costs: readonly Cost[]): string {
  const lines = costs.map(
    ({ what, gatewayMicros, postgresMicros }) =>
      `| ${what.padEnd(40)} | ${gatewayMicros.toFixed(0).padStart(10)} | ${postgresMicros.toFixed(0).padStart(13)} |`,
  );
  return [
    `| ${'CPU time of one'.padEnd(40)} | gateway µs | PostgreSQL µs |`,
    `| ${'-'.repeat(40)} | ---------: | ------------: |`,
    ...lines,
  ].join('\n');
}
