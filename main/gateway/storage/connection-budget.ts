/** One PostgreSQL connection that somebody may open, or has open. */
export interface Permit {
  /** The connection is gone, as the server sees it too. May be called twice. */
  release(): void;
  /** Another owner has the connection from now on. */
  handTo(owner: BudgetOwner): void;
}

/** A pool that shares the budget with others. */
export interface BudgetOwner {
  /** since when its longest idle connection has been idle (`performance.now()`); undefined: it has none to give */
  idleSinceMs(): number | undefined;
  /** Closes that connection; its permit comes back when the server has let go of it. */
  closeIdle(): void;
}

export interface ConnectionBudget {
  /**
   * Waits for a permit. Whoever holds fewest comes first, then whoever has waited longest; meanwhile connections that
   * others leave idle are closed.
   * @throws AbortSignal's reason
   */
  acquire(owner: BudgetOwner, abort: AbortSignal): Promise<Permit>;
  /** Somebody else waits, and `owner` is to let go of a connection instead of keeping it. */
  shouldYield(owner: BudgetOwner): boolean;
  /** A connection became idle: the one who waits may have it. */
  noteIdle(): void;
  /** Enough is free to open a connection for convenience only. */
  isAmple(): boolean;
  setLimit(limit: number): void;
  status(): BudgetStatus;
}

interface BudgetStatus {
  readonly limit: number;
  readonly used: number;
  readonly waiting: number;
}

interface Waiter {
  readonly owner: BudgetOwner;
  readonly grant: () => void;
}

/** What has just been used is about to be used again: the claim that follows a commit, the outcome a claim. */
const graceMs = 30;
/** Below this share of the limit, connections are opened for convenience. */
const ampleShare = 0.7;

/** What all pools to one database server may open together. */
export function createConnectionBudget(initialLimit: number): ConnectionBudget {
  let limit = initialLimit;
  let used = 0;
  let closing = 0;
  const held = new Map<BudgetOwner, number>();
  const waiting: Waiter[] = [];
  let timer: NodeJS.Timeout | undefined;

  const heldBy = (owner: BudgetOwner): number => held.get(owner) ?? 0;

  function letGo(owner: BudgetOwner): void {
    if (heldBy(owner) > 1) held.set(owner, heldBy(owner) - 1);
    else held.delete(owner);
  }

  function take(taker: BudgetOwner): Permit {
    let owner = taker;
    let isReleased = false;
    used += 1;
    held.set(owner, heldBy(owner) + 1);
    return {
      handTo(other) {
        if (isReleased) return;
        letGo(owner);
        owner = other;
        held.set(owner, heldBy(owner) + 1);
      },
      release() {
        if (isReleased) return;
        isReleased = true;
        used -= 1;
        closing = Math.max(0, closing - 1);
        letGo(owner);
        grantNext();
      },
    };
  }

  function grantNext(): void {
    while (used < limit && waiting.length > 0) {
      const fewest = Math.min(...waiting.map(({ owner }) => heldBy(owner)));
      const best = waiting.findIndex(({ owner }) => heldBy(owner) === fewest);
      const [next] = waiting.splice(best, 1);
      next?.grant();
    }
    makeRoom();
  }

  /** Closes as many idle connections as are waited for, or as there are too many; those that were idle longest first. */
  function makeRoom(): void {
    const now = performance.now();
    while (waiting.length + used - limit > closing) {
      let victim: BudgetOwner | undefined;
      let since = Infinity;
      for (const owner of held.keys()) {
        const idleSince = owner.idleSinceMs();
        if (idleSince === undefined || idleSince >= since) continue;
        since = idleSince;
        victim = owner;
      }
      if (!victim) return;
      const waitMs = graceMs - (now - since);
      if (waitMs > 0) {
        timer ??= setTimeout(() => {
          timer = undefined;
          makeRoom();
        }, waitMs).unref();
        return;
      }
      closing += 1;
      victim.closeIdle();
    }
  }

  return {
    acquire(owner, abort) {
      if (used < limit && waiting.length === 0) return Promise.resolve(take(owner));
      return new Promise((resolve, reject) => {
        const onAbort = () => {
          const at = waiting.indexOf(waiter);
          if (at >= 0) waiting.splice(at, 1);
          reject(abort.reason instanceof Error ? abort.reason : new Error(String(abort.reason)));
        };
        const waiter: Waiter = {
          owner,
          grant() {
            abort.removeEventListener('abort', onAbort);
            resolve(take(owner));
          },
        };
        if (abort.aborted) {
          onAbort();
          return;
        }
        abort.addEventListener('abort', onAbort, { once: true });
        waiting.push(waiter);
        makeRoom();
      });
    },
    shouldYield: (owner) =>
      used > limit ||
      waiting.some((waiter) => waiter.owner !== owner && heldBy(waiter.owner) < heldBy(owner)),
    noteIdle: makeRoom,
    isAmple: () => waiting.length === 0 && used < limit * ampleShare,
    setLimit(changed) {
      limit = Math.max(1, changed);
      grantNext();
    },
    status: () => ({ limit, used, waiting: waiting.length }),
  };
}
