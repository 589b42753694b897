/** Fields of a log line: flat, JSON-safe, never secrets nor message bodies. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** What every module logs through; the composition root decides where lines go. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
}
