import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { gatewayCalls, LogLine } from '../../contracts/console/gateway-calls';
import type { ConsoleHandlers, ConsoleParts } from './console-parts';
import { toLogLine } from './log-watch';

type LogCalls = Extract<keyof typeof gatewayCalls, 'logs.tail' | 'logs.watch'>;
type Level = LogLine['level'];

const levels: readonly Level[] = ['error', 'warn', 'info', 'debug'];
/** Looked through for lines from before this run. */
const readBackBytes = 256 * 1024;

/** The log as windows see it: what was, and what comes. */
export function createLogHandlers(
  parts: Pick<ConsoleParts, 'logs' | 'config' | 'logWatch'>,
): ConsoleHandlers<LogCalls> {
  return {
    'logs.tail'({ limit, level }) {
      const lines = parts.logs.tail(limit, level).map(toLogLine);
      if (lines.length < limit) lines.push(...readEarlierLines(parts, limit - lines.length, level));
      return Promise.resolve({ lines });
    },
    'logs.watch'({ on }, { windowId }) {
      parts.logWatch.setWatched(windowId, on);
      return Promise.resolve({});
    },
  };
}

/** Newest first, numbered downwards from -1: what the last run left, of the end of its file. */
function readEarlierLines(
  { config, logs }: Pick<ConsoleParts, 'config' | 'logs'>,
  limit: number,
  level: Level = 'debug',
): LogLine[] {
  const found: LogLine[] = [];
  for (const line of readEnd(join(config.dataDir, 'logs', 'combined.log')).reverse()) {
    if (found.length === limit) break;
    const parsed = tryParse(line, -1 - found.length);
    if (!parsed || Date.parse(parsed.at) >= logs.since.getTime()) continue;
    if (levels.indexOf(parsed.level) <= levels.indexOf(level)) found.push(parsed);
  }
  return found;
}

function tryParse(line: string, seq: number): LogLine | undefined {
  try {
    const parsed = toLogLine({ seq, line });
    const isWhole = typeof parsed.at === 'string' && levels.includes(parsed.level);
    return isWhole && typeof parsed.message === 'string' ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function readEnd(path: string): string[] {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, readBackBytes));
    const bytes = readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.toString('utf8', 0, bytes).split('\n');
  } catch {
    // No file yet, or one that cannot be read: the lines of this run are shown.
    return [];
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
