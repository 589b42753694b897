import type { Submission, MessageLedger } from './message-ledger';

/** While more than these are written down and not out, the next ones wait. */
const keptReady = 2;

/** Writes submissions down before they are admitted, those of several deliveries in one statement. */
export interface SubmissionPlanner {
  /**
   * All parts of one delivery. Resolves when they are on disk, at the latest soon after it is `admitted`.
   * @returns false when there are records of an earlier attempt, which then stay as they are
   */
  plan(customerId: string, submissions: readonly Submission[], admitted: Promise<void>): Promise<boolean>;
  /** The delivery is out, or has given up: room for the next. Must follow each `plan`, whatever became of it. */
  finish(customerId: string): void;
}

interface Entry {
  readonly submissions: readonly Submission[];
  resolve(isFirstAttempt: boolean): void;
  reject(thrown: unknown): void;
}

interface Queue {
  waiting: Entry[];
  /** planned and not finished */
  ready: number;
  isWriting: boolean;
  /** one that waits is admitted */
  isUrgent: boolean;
}

/**
 * What is written down counts as submitted when the gateway dies, and has to be searched for: so it is done
 * late, when the last but one leaves, and then for all that wait.
 */
export function createSubmissionPlanner(ledger: Pick<MessageLedger, 'planSubmissions'>): SubmissionPlanner {
  const queues = new Map<string, Queue>();

  function write(customerId: string, queue: Queue): void {
    if (queue.isWriting || queue.waiting.length === 0) return;
    if (queue.ready > keptReady && !queue.isUrgent) return;
    const batch = queue.waiting;
    queue.waiting = [];
    queue.isUrgent = false;
    queue.isWriting = true;
    queue.ready += batch.length;
    ledger
      .planSubmissions(
        customerId,
        batch.map((entry) => entry.submissions),
      )
      .then(
        (areFirst) => {
          for (const [index, entry] of batch.entries()) entry.resolve(areFirst[index] ?? false);
        },
        (thrown: unknown) => {
          for (const entry of batch) entry.reject(thrown);
        },
      )
      .finally(() => {
        queue.isWriting = false;
        write(customerId, queue);
      });
  }

  return {
    plan(customerId, submissions, admitted) {
      const queue = queues.get(customerId) ?? { waiting: [], ready: 0, isWriting: false, isUrgent: false };
      queues.set(customerId, queue);
      return new Promise((resolve, reject) => {
        const entry: Entry = { submissions, resolve, reject };
        queue.waiting.push(entry);
        write(customerId, queue);
        // Those that are ready may wait for this one to leave.
        void admitted.then(() => {
          if (!queue.waiting.includes(entry)) return;
          queue.isUrgent = true;
          write(customerId, queue);
        });
      });
    },
    finish(customerId) {
      const queue = queues.get(customerId);
      if (!queue) return;
      queue.ready -= 1;
      if (queue.ready === 0 && queue.waiting.length === 0) queues.delete(customerId);
      else write(customerId, queue);
    },
  };
}
