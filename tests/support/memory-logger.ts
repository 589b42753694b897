import type { LogEvent } from '../../main/gateway/observability/log-events';
import type { LogFields, Logger } from '../../main/gateway/observability/logger';

interface LogLine {
  readonly level: keyof Logger;
  readonly event: LogEvent;
  readonly message: string;
  readonly fields: LogFields;
}

export interface MemoryLogger extends Logger {
  /** everything that was logged, oldest first */
  readonly lines: LogLine[];
}

/** A logger that keeps its lines for a test to look at. */
export function createMemoryLogger(): MemoryLogger {
  const lines: LogLine[] = [];
  const keep =
    (level: keyof Logger) =>
    (event: LogEvent, message: string, fields: LogFields = {}) => {
      lines.push({ level, event, message, fields });
    };
  return { lines, error: keep('error'), warn: keep('warn'), info: keep('info'), debug: keep('debug') };
}
