import type { LogEntry, LogTail } from './logger';

const levels: readonly LogEntry['level'][] = ['error', 'warn', 'info', 'debug'];

export interface LogRing extends LogTail {
  add(level: LogEntry['level'], line: string): void;
}

/** Keeps the last `size` lines. */
export function createLogRing(size: number): LogRing {
  const entries: LogEntry[] = [];
  const listeners = new Set<(entry: LogEntry) => void>();
  let count = 0;
  return {
    since: new Date(),
    add(level, line) {
      const entry = { seq: (count += 1), level, line };
      // A ring: the place of the oldest is the newest's.
      entries[(entry.seq - 1) % size] = entry;
      for (const listener of listeners) listener(entry);
    },
    tail(limit, level = 'debug') {
      const worst = levels.indexOf(level);
      const found: LogEntry[] = [];
      for (let seq = count; seq > Math.max(0, count - size) && found.length < limit; seq -= 1) {
        const entry = entries[(seq - 1) % size];
        if (entry && levels.indexOf(entry.level) <= worst) found.push(entry);
      }
      return found;
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
