/** Work that takes so long costs nobody else anything that is noticed. */
const unnoticedMs = 5;
/** After a piece of work the others have the thread for so many times as long. */
const restFactor = 4;
const longestRestMs = 1_000;

/** Runs heavy work so that the others get their turn in between. */
export interface HeavyTurns {
  /** @returns what `work` does, once it is its turn; owners take turns, however much one of them brings */
  run<T>(owner: string, work: () => T): Promise<T>;
}

/**
 * One thread serves everybody: pieces of work that take long are done one at a time, with a rest after each, and not
 * all those together that happened to arrive together.
 */
export function createHeavyTurns(now: () => number = () => performance.now()): HeavyTurns {
  const waiting = new Map<string, (() => void)[]>();
  let isBusy = false;

  function next(): void {
    const first = waiting.entries().next();
    if (first.done) {
      isBusy = false;
      return;
    }
    const [owner, queue] = first.value;
    const work = queue.shift();
    // To the end of the line.
    waiting.delete(owner);
    if (queue.length > 0) waiting.set(owner, queue);
    const startedAt = now();
    work?.();
    const tookMs = now() - startedAt;
    if (tookMs <= unnoticedMs) setImmediate(next);
    else setTimeout(next, Math.min(tookMs * restFactor, longestRestMs));
  }

  return {
    run: (owner, work) =>
      new Promise((resolve, reject) => {
        const queue = waiting.get(owner) ?? [];
        queue.push(() => {
          try {
            resolve(work());
          } catch (thrown) {
            reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
          }
        });
        waiting.set(owner, queue);
        if (isBusy) return;
        isBusy = true;
        setImmediate(next);
      }),
  };
}
