import { LRUCache } from 'lru-cache';

interface Refusal {
  /** how many mails the account had had accepted by then */
  acceptedThen: number;
  /** how often others passed in between two refusals of this one */
  rounds: number;
}

/** Remembers which mails an account was refused for while it passed others: the trouble is theirs then, not its own. */
export interface RefusalMemory {
  noteAccepted(account: string): void;
  /** @returns how often others have passed in between refusals of this one, so far */
  noteRefused(account: string, about: string): number;
}

export function createRefusalMemory(maxEntries = 5_000): RefusalMemory {
  const accepted = new LRUCache<string, number>({ max: maxEntries });
  const refusals = new LRUCache<string, Refusal>({ max: maxEntries });

  return {
    noteAccepted(account) {
      accepted.set(account, (accepted.get(account) ?? 0) + 1);
    },
    noteRefused(account, about) {
      const acceptedNow = accepted.get(account) ?? 0;
      const key = JSON.stringify([account, about]);
      const known = refusals.get(key);
      if (known === undefined) {
        refusals.set(key, { acceptedThen: acceptedNow, rounds: 0 });
        return 0;
      }
      if (acceptedNow !== known.acceptedThen) {
        known.rounds += 1;
        known.acceptedThen = acceptedNow;
      }
      return known.rounds;
    },
  };
}
