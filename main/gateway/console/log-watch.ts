import type { LogLine } from '../../contracts/console/gateway-calls';
import type { LogEntry } from '../observability/logger';
import type { ConsoleParts } from './console-parts';
import type { LogWatch } from './watches';

const pushEveryMs = 250;
/** A flood is cut: what a window shows must not cost more than what it is about. */
const mostLinesAPush = 500;

export function createLogWatch({ logs, pushes }: Pick<ConsoleParts, 'logs' | 'pushes'>): LogWatch {
  const watching = new Set<string>();
  let waiting: LogEntry[] = [];
  let timer: NodeJS.Timeout | undefined;
  let stopWatching: (() => void) | undefined;

  function forgetClosed(): void {
    for (const windowId of watching) if (!pushes.has(windowId)) watching.delete(windowId);
    if (watching.size > 0) return;
    stopWatching?.();
    stopWatching = undefined;
    waiting = [];
  }

  function push(): void {
    timer = undefined;
    forgetClosed();
    const lines = waiting.map(toLogLine);
    waiting = [];
    if (lines.length > 0) pushes.push('logs.lines', { lines }, ({ windowId }) => watching.has(windowId));
  }

  function collect(entry: LogEntry): void {
    waiting.push(entry);
    if (waiting.length > mostLinesAPush) waiting.shift();
    timer ??= setTimeout(push, pushEveryMs);
  }

  return {
    setWatched(windowId, on) {
      if (on) {
        watching.add(windowId);
        stopWatching ??= logs.watch(collect);
      } else {
        watching.delete(windowId);
        forgetClosed();
      }
    },
    stop() {
      clearTimeout(timer);
      stopWatching?.();
    },
  };
}

/** Secrets were masked when the line was written. @throws SyntaxError where it is no JSON */
export function toLogLine({ seq, line }: Pick<LogEntry, 'seq' | 'line'>): LogLine {
  const { time, level, event, message, ...fields } = JSON.parse(line) as Record<string, unknown> & {
    time: string;
    level: LogLine['level'];
    event?: string;
    message: string;
  };
  return { seq, at: time, level, event: event ?? null, message, fields };
}
