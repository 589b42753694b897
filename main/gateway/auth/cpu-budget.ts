import { RateLimitError } from './rate-limits';

/** Work that holds up everybody while it lasts, metered by the time it took and not by how often it was asked for. */
export interface CpuBudget {
  /** Does it now, at the cost of this tenant. @throws RateLimitError once the tenant has used up its share */
  spend<T>(customerId: string, work: () => T): T;
  /** @throws RateLimitError when the tenant has used up its share */
  check(customerId: string): void;
}

export interface CpuBudgetOptions {
  /** of each piece of work this much, in ms, costs nothing; 0 by default */
  readonly freeMs?: number;
  /** ms; for tests */
  readonly now?: () => number;
}

interface Account {
  /** what is left, ms; below zero after work that took longer than was left */
  levelMs: number;
  filledAt: number;
}

/**
 * A token bucket of milliseconds for each tenant.
 * @param msPerMinute its size, and what flows back in a minute
 */
export function createCpuBudget(
  msPerMinute: number,
  what: string,
  { freeMs = 0, now = () => performance.now() }: CpuBudgetOptions = {},
): CpuBudget {
  const accounts = new Map<string, Account>();

  function fill(customerId: string): Account {
    const at = now();
    const account = accounts.get(customerId) ?? { levelMs: msPerMinute, filledAt: at };
    account.levelMs = Math.min(
      msPerMinute,
      account.levelMs + ((at - account.filledAt) / 60_000) * msPerMinute,
    );
    account.filledAt = at;
    accounts.set(customerId, account);
    return account;
  }

  function findOpen(customerId: string): Account {
    const account = fill(customerId);
    if (account.levelMs > 0) return account;
    const resetSeconds = Math.max(1, Math.ceil((-account.levelMs / msPerMinute) * 60));
    throw new RateLimitError({ limit: msPerMinute, remaining: 0, resetSeconds }, what);
  }

  return {
    check: (customerId) => void findOpen(customerId),
    spend(customerId, work) {
      const account = findOpen(customerId);
      const startedAt = now();
      try {
        return work();
      } finally {
        account.levelMs -= Math.max(0, now() - startedAt - freeMs);
      }
    },
  };
}
