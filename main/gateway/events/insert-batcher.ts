import { errorCode } from '../errors';
import type { InsertedEvent, NewEvent } from '../storage/event-rows';
import type { EventStore } from '../storage/event-store';

/** Two at once: while the server syncs one group, the next is being sent. */
const commitsUnderWay = 2;
const largestGroup = 500;

/** Concurrent events share commits: what arrives while a commit is under way goes into the next one. */
export interface InsertBatcher {
  /** Resolves once the event is on disk. @throws what PostgreSQL says; then the event is not stored */
  commit(event: NewEvent): Promise<InsertedEvent>;
  /** Resolves when everything that was given is committed or refused. */
  drain(): Promise<void>;
}

interface Waiting {
  readonly event: NewEvent;
  readonly resolve: (inserted: InsertedEvent) => void;
  readonly reject: (thrown: unknown) => void;
}

export function createInsertBatcher(store: Pick<EventStore, 'insertEvents'>): InsertBatcher {
  let waiting: Waiting[] = [];
  let inCommits = 0;
  let scheduled = false;
  const running = new Set<Promise<void>>();

  /**
   * A second commit starts only when as many wait as are in the first: else the first few arrivals after a
   * commit would leave alone, and a statement for three costs the server nearly what one for thirty does.
   */
  function mayStart(): boolean {
    if (waiting.length === 0) return false;
    return running.size === 0 || (running.size < commitsUnderWay && waiting.length >= inCommits);
  }

  function schedule(): void {
    if (scheduled || !mayStart()) return;
    scheduled = true;
    // After the current burst of input has been read, so that it goes together.
    setImmediate(() => {
      scheduled = false;
      start();
    });
  }

  function start(): void {
    if (!mayStart()) return;
    const group = waiting.splice(0, largestGroup);
    inCommits += group.length;
    const commit: Promise<void> = commitGroup(group).finally(() => {
      inCommits -= group.length;
      running.delete(commit);
      schedule();
    });
    running.add(commit);
    schedule();
  }

  async function commitGroup(group: readonly Waiting[]): Promise<void> {
    try {
      const inserted = await store.insertEvents(group.map((entry) => entry.event));
      group.forEach((entry, index) => {
        const result = inserted[index];
        if (result) entry.resolve(result);
        else entry.reject(new Error('the database gave no answer for this event'));
      });
    } catch (thrown) {
      if (group.length > 1 && isRefusedData(thrown)) {
        // One event that the database refuses spoils none of the others.
        for (const entry of group) await commitGroup([entry]);
      } else {
        for (const entry of group) entry.reject(thrown);
      }
    }
  }

  return {
    commit: (event) =>
      new Promise((resolve, reject) => {
        waiting.push({ event, resolve, reject });
        schedule();
      }),
    async drain() {
      while (waiting.length > 0 || running.size > 0) {
        if (running.size > 0) await Promise.allSettled(running);
        else await new Promise((resolve) => setImmediate(resolve));
      }
      waiting = [];
    },
  };
}

/** SQLSTATE classes 22 (data exception) and 23 (integrity), and 54 (a limit of the server): the data's fault. */
function isRefusedData(thrown: unknown): boolean {
  return /^(22|23|54)/.test(errorCode(thrown) ?? '');
}
