import type { DeliveryCounter } from '../storage/delivery-counter';

/** What the overview asks for within an hour, and some more. */
const mostKept = 16;

/**
 * Figures of a database that nobody writes to are asked for once: a console that is open must not wake every quiet
 * tenant every few seconds.
 */
export function rememberCounts(
  counter: DeliveryCounter,
  parts: {
    /** differs when something may have been written; undefined: not known, or something is going on */
    readonly version: () => string | undefined;
    /** runs what is no use of the database */
    readonly quietly: <T>(work: () => Promise<T>) => Promise<T>;
  },
): DeliveryCounter {
  const kept = new Map<string, { readonly version: string; readonly answer: Promise<unknown> }>();

  function remember<T>(what: string, ask: () => Promise<T>): Promise<T> {
    const version = parts.version();
    const found = kept.get(what);
    if (found && found.version === version) return found.answer as Promise<T>;
    const answer = parts.quietly(ask);
    if (version === undefined) return answer;
    if (kept.size >= mostKept) kept.clear();
    kept.set(what, { version, answer });
    answer.catch(() => kept.delete(what));
    return answer;
  }

  return {
    ...counter,
    countOpen: () => remember('open', () => counter.countOpen()),
    countSent: (from) => remember(`sent ${from.getTime()}`, () => counter.countSent(from)),
    countFailed: (from) => remember(`failed ${from.getTime()}`, () => counter.countFailed(from)),
    findLastEventAt: () => remember('last event', () => counter.findLastEventAt()),
  };
}
