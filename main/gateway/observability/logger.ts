import type { LogEvent } from './log-events';

export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Fields of a log line: flat, JSON-safe, never secrets nor message bodies. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** A line as it was written: secrets masked. */
export interface LogEntry {
  /** rises by one with each line of this run */
  readonly seq: number;
  readonly level: LogLevel;
  /** the line of the file, JSON */
  readonly line: string;
}

/** The newest lines of this run, for whoever looks. */
export interface LogTail {
  /** when this run began to log */
  readonly since: Date;
  /** Newest first; `level`: that one and worse. */
  tail(limit: number, level?: LogLevel): LogEntry[];
  /** Told of every line; must not log. Returns what takes the listener off again. */
  watch(listener: (entry: LogEntry) => void): () => void;
}

/**
 * What every module logs through; the composition root decides where lines go.
 * `event` is the stable key that machines filter by; `message` is for people and may change.
 */
export interface Logger {
  error(event: LogEvent, message: string, fields?: LogFields): void;
  warn(event: LogEvent, message: string, fields?: LogFields): void;
  info(event: LogEvent, message: string, fields?: LogFields): void;
  debug(event: LogEvent, message: string, fields?: LogFields): void;
}
