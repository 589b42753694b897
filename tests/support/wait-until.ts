import { setTimeout as sleep } from 'node:timers/promises';
import { patienceMs } from './patience';

export interface WaitOptions {
  /** `patienceMs` unless told */
  readonly timeoutMs?: number;
  /** what is awaited, for the message: "the mail to arrive" */
  readonly what: string;
  /** between two looks; 20 ms unless told */
  readonly intervalMs?: number;
}

/**
 * Waits until `check` returns something truthy, and returns that. A check that throws has not passed yet.
 * @throws Error naming what was awaited, with the check's last error as its cause
 */
export async function waitUntil<T>(
  check: () => T | Promise<T>,
  options: WaitOptions,
): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  const timeoutMs = options.timeoutMs ?? patienceMs;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const value = await check();
      if (value) return value as Exclude<T, false | null | undefined | 0 | ''>;
    } catch (thrown) {
      cause = thrown;
    }
    if (performance.now() >= deadline) {
      throw new Error(`waited ${timeoutMs} ms in vain for ${options.what}`, { cause });
    }
    await sleep(options.intervalMs ?? 20);
  }
}
