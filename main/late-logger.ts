import type { LogEvent } from './gateway/observability/log-events';
import type { LogFields, Logger } from './gateway/observability/logger';

/** Lines of before there is a gateway to log them; older ones are of no use to anybody. */
const keptLines = 200;

export interface LateLogger extends Logger {
  /** Writes there from now on, beginning with what has been kept. */
  attach(logger: Logger): void;
}

/** The entry point's log is the gateway's, which comes up later and may be replaced. */
export function createLateLogger(): LateLogger {
  let target: Logger | undefined;
  let kept: ((logger: Logger) => void)[] = [];

  const write = (level: keyof Logger) => (event: LogEvent, message: string, fields?: LogFields) => {
    if (target) target[level](event, message, fields);
    else kept = [...kept, (logger: Logger) => logger[level](event, message, fields)].slice(-keptLines);
  };

  return {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    attach(logger) {
      target = logger;
      for (const line of kept) line(logger);
      kept = [];
    },
  };
}
