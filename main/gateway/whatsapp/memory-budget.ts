import { totalmem } from 'node:os';
import { GatewayError } from '../errors';
import { measureProcessTreesMb } from './process-tree';

/** Measured with Debian's Chromium: the first browser shares nothing yet, each further one shares much. */
const firstSessionMb = 370;
const furtherSessionMb = 160;
/** What must stay free for everything else on the machine. */
const reserveMb = 200;
/** Part of the machine's memory that browsers may take when nobody said otherwise. */
const defaultShare = 0.6;

export interface MemoryBudget {
  /**
   * May one more browser start? `startingCount`: browsers that start at this moment and have not grown yet.
   * @throws GatewayError `memory_budget` (503) with a sentence that says how much there is and is needed
   */
  check(pids: readonly number[], startingCount: number): Promise<void>;
}

export interface MemoryBudgetOptions {
  /** for all browsers together; 60 % of the machine's memory when absent */
  readonly budgetMb?: number;
  readonly measureMb?: (pids: readonly number[]) => Promise<number>;
  readonly availableMb?: () => number;
}

export function createMemoryBudget(options: MemoryBudgetOptions = {}): MemoryBudget {
  const megabyte = 1024 * 1024;
  const budgetMb = options.budgetMb ?? Math.floor((totalmem() * defaultShare) / megabyte);
  const measureMb = options.measureMb ?? measureProcessTreesMb;
  const availableMb = options.availableMb ?? (() => Math.floor(process.availableMemory() / megabyte));
  return {
    async check(pids, startingCount) {
      const neededMb = pids.length === 0 && startingCount === 0 ? firstSessionMb : furtherSessionMb;
      // Where the system does not list its processes (Windows without PowerShell) they are taken to be ordinary ones.
      const measuredMb = await measureMb(pids).catch(() => pids.length * furtherSessionMb);
      const usedMb = measuredMb + startingCount * furtherSessionMb;
      const details = { used_mb: usedMb, needed_mb: neededMb, budget_mb: budgetMb };
      if (usedMb + neededMb > budgetMb) {
        throw new GatewayError(
          'memory_budget',
          `WhatsApp's browsers use ${usedMb} MB and one more needs about ${neededMb} MB, but only ${budgetMb} MB are set aside for them. Close another session or give the machine more memory.`,
          503,
          details,
        );
      }
      const freeMb = availableMb();
      if (freeMb < neededMb + reserveMb) {
        throw new GatewayError(
          'memory_budget',
          `This machine has ${freeMb} MB of memory left and one more WhatsApp session needs about ${neededMb} MB. Close other programs or another session first.`,
          503,
          { ...details, available_mb: freeMb },
        );
      }
    },
  };
}
