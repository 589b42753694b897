import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** How a limit stands, for the `RateLimit` headers. */
export interface RateLimitState {
  readonly limit: number;
  readonly remaining: number;
  /** until the window starts again */
  readonly resetSeconds: number;
}

/** So many in so long, of one thing and for one customer, user or address. */
export interface LimitWindow {
  readonly points: number;
  readonly seconds: number;
  /** whose */
  readonly key: string;
  /** what is counted, in the words of the refusal; each is counted by itself */
  readonly what: string;
}

/** Counts what was taken out of windows; a window begins with the first that is taken. */
export interface LimitCounter {
  /** Counts nothing where it is not allowed. */
  take(window: LimitWindow, count: number): Promise<RateLimitState & { readonly allowed: boolean }>;
  /** Counts nothing. undefined: not known to have been taken from */
  look(window: LimitWindow): Promise<RateLimitState | undefined>;
  /** What was taken was not used after all. */
  giveBack(window: LimitWindow, count: number): Promise<void>;
}

interface MemoryCounter extends LimitCounter {
  /** Forgets a window, and says what was counted in it. */
  remove(window: LimitWindow): Promise<{ readonly count: number; readonly msLeft: number } | undefined>;
}

/** Counts for this process alone. */
export function createMemoryCounter(): MemoryCounter {
  // Another setting is another limiter: a changed limit starts a new window.
  const limiters = new Map<string, RateLimiterMemory>();

  function limiterFor({ points, seconds, what }: LimitWindow): RateLimiterMemory {
    const name = `${what}\n${seconds}\n${points}`;
    let limiter = limiters.get(name);
    if (!limiter) {
      limiter = new RateLimiterMemory({ points, duration: seconds });
      limiters.set(name, limiter);
    }
    return limiter;
  }

  return {
    async take(window, count) {
      const limiter = limiterFor(window);
      try {
        return { allowed: true, ...toState(window, await limiter.consume(window.key, count)) };
      } catch (thrown) {
        if (!(thrown instanceof RateLimiterRes)) throw thrown;
        // What is refused must not use up what is left for less.
        await limiter.reward(window.key, count);
        return { allowed: false, ...toState(window, thrown) };
      }
    },
    async look(window) {
      const found = await limiterFor(window).get(window.key);
      return found === null ? undefined : toState(window, found);
    },
    async giveBack(window, count) {
      const limiter = limiterFor(window);
      const found = await limiter.get(window.key);
      // The window may have ended meanwhile; the next one owes nothing.
      if (found === null || found.consumedPoints < count) return;
      await limiter.reward(window.key, count);
    },
    async remove(window) {
      const limiter = limiterFor(window);
      // Both take effect before anything is awaited: nothing is counted between them.
      const [found] = await Promise.all([limiter.get(window.key), limiter.delete(window.key)]);
      return found === null ? undefined : { count: found.consumedPoints, msLeft: found.msBeforeNext };
    },
  };
}

function toState({ points }: LimitWindow, result: RateLimiterRes): RateLimitState {
  return {
    limit: points,
    remaining: Math.max(0, result.remainingPoints),
    resetSeconds: toSeconds(result.msBeforeNext),
  };
}

/** For `Retry-After`: whole, and never "at once". */
export function toSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
