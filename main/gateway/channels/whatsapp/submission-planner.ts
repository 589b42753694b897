import type { Submission, MessageLedger } from './message-ledger';

/** While more than these are written down and not out, the next ones wait. */
const keptReady = 2;

/** Writes submissions down before their turn comes, those of several deliveries in one statement. */
export interface SubmissionPlanner {
  /**
   * All parts of one delivery. Resolves when they are on disk, at the latest soon after `turn` has come.
   * @returns false when there are records of an earlier attempt, which then stay as they are
   */
  plan(customerId: string, submissions: readonly Submission[], turn: Promise<void>): Promise<boolean>;
  /** The delivery is out, or has given up: room for the next. Must follow each `plan`, whatever became of it. */
  finish(customerId: string): void;
}

interface Entry {
  readonly submissions: readonly Submission[];
  resolve(isFirstAttempt: boolean): void;
  reject(thrown: unknown): void;
}

interface Line {
  waiting: Entry[];
  /** planned and not finished */
  ready: number;
  isWriting: boolean;
  /** the turn of one that waits has come */
  isUrgent: boolean;
}

/**
 * What is written down counts as handed over when the gateway dies, and has to be searched for: so it is done
 * late, when the last but one leaves, and then for all that wait.
 */
export function createSubmissionPlanner(ledger: Pick<MessageLedger, 'planSubmissions'>): SubmissionPlanner {
  const lines = new Map<string, Line>();

  function write(customerId: string, line: Line): void {
    if (line.isWriting || line.waiting.length === 0) return;
    if (line.ready > keptReady && !line.isUrgent) return;
    const batch = line.waiting;
    line.waiting = [];
    line.isUrgent = false;
    line.isWriting = true;
    line.ready += batch.length;
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
        line.isWriting = false;
        write(customerId, line);
      });
  }

  return {
    plan(customerId, submissions, turn) {
      const line = lines.get(customerId) ?? { waiting: [], ready: 0, isWriting: false, isUrgent: false };
      lines.set(customerId, line);
      return new Promise((resolve, reject) => {
        const entry: Entry = { submissions, resolve, reject };
        line.waiting.push(entry);
        write(customerId, line);
        // Those that are ready may wait for the turn of this one.
        void turn.then(() => {
          if (!line.waiting.includes(entry)) return;
          line.isUrgent = true;
          write(customerId, line);
        });
      });
    },
    finish(customerId) {
      const line = lines.get(customerId);
      if (!line) return;
      line.ready -= 1;
      if (line.ready === 0 && line.waiting.length === 0) lines.delete(customerId);
      else write(customerId, line);
    },
  };
}
