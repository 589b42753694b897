import { appendFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import electronLog from 'electron-log/node';
import { errorCode } from '../errors';
import { renamePatientlySync } from '../system/patient-rename';
import type { LogEvent } from './log-events';
import { createLogRing } from './log-ring';
import { type LogFields, type Logger, type LogLevel, logLevels, type LogTail } from './logger';

const largestFileBytes = 10 * 1024 * 1024;
const keptFiles = 5;
/** Lines are written together; a power cut loses at most this much of the log. */
const flushEveryMs = 100;
const flushAtLines = 500;
const longestText = 2_000;
const keptLines = 5_000;
const ownerOnly = 0o600;
const secretNames = /pass|secret|token|api_?key|authorization|cookie/i;

export interface FileLogger extends Logger {
  /** what was written in this run */
  readonly lines: LogTail;
  /** Writes what is waiting. */
  flush(): void;
  stop(): void;
}

/**
 * `combined.log` and `error.log` in `folder`: JSON lines, rotated at 10 MB, five old files kept. Secrets are
 * masked by their names, and passwords in addresses wherever they stand.
 * @param print also gets every line; a server's standard output
 */
export function createFileLogger(options: {
  readonly folder: string;
  readonly level: LogLevel;
  readonly print?: (lines: string) => void;
}): FileLogger {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const combined = createFile(join(options.folder, 'combined.log'));
  const errors = createFile(join(options.folder, 'error.log'));
  let waiting: string[] = [];
  let waitingErrors: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const ring = createLogRing(keptLines);

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    const text = waiting.join('\n');
    waiting = [];
    combined(text);
    if (waitingErrors.length > 0) errors(waitingErrors.join('\n'));
    waitingErrors = [];
    options.print?.(`${text}\n`);
  }

  function write(level: LogLevel, event: LogEvent, message: string, fields?: LogFields): void {
    if (logLevels.indexOf(level) > logLevels.indexOf(options.level)) return;
    const line = toLine(level, event, message, fields);
    waiting.push(line);
    ring.add(level, line);
    if (level === 'error') waitingErrors.push(line);
    if (level === 'error' || waiting.length >= flushAtLines) flush();
    else timer ??= setTimeout(flush, flushEveryMs).unref();
  }

  return {
    lines: ring,
    error: (event, message, fields) => write('error', event, message, fields),
    warn: (event, message, fields) => write('warn', event, message, fields),
    info: (event, message, fields) => write('info', event, message, fields),
    debug: (event, message, fields) => write('debug', event, message, fields),
    flush,
    stop: flush,
  };
}

/** Lets electron-log write and rotate one file. */
function createFile(path: string): (text: string) => void {
  // There from the start: whoever follows error.log need not wait for the first error.
  try {
    appendFileSync(path, '', { mode: ownerOnly });
  } catch (thrown) {
    // A viewer that shares it with nobody (Windows) is no reason not to start.
    if (errorCode(thrown) !== 'EBUSY') throw thrown;
  }
  const log = electronLog.create({ logId: path });
  log.transports.console.level = false;
  // Else it looks for a package.json above the working folder, and writes nothing where there is none.
  log.transports.file.setAppName('modular-gateway');
  log.transports.file.level = 'silly';
  log.transports.file.writeOptions = { flag: 'a', mode: ownerOnly, encoding: 'utf8' };
  log.transports.file.format = '{text}';
  log.transports.file.maxSize = largestFileBytes;
  log.transports.file.resolvePathFn = () => path;
  log.transports.file.archiveLogFn = () => rotate(path);
  return (text) => log.info(text);
}

/**
 * combined.log → combined.1.log → … ; the oldest goes. On Windows a viewer may hold any of them: what is held stays
 * where it is and is tried again with the next lines, and nothing else is lost meanwhile.
 * @param renameOnce for tests: what the file system answers
 */
export function rotate(path: string, renameOnce?: (from: string, to: string) => void): void {
  const numbered = (index: number) => (index === 0 ? path : path.replace(/\.log$/, `.${index}.log`));
  // The log must not keep the gateway waiting: one try.
  const move = (from: string, to: string) => renamePatientlySync(from, to, { patienceMs: 0 }, renameOnce);
  const turning = `${path}.turning`;
  try {
    // First, as this is the one that is likely to be held; and back again where another is.
    move(path, turning);
    try {
      makeRoom(numbered, move);
      move(turning, numbered(1));
    } catch {
      move(turning, path);
    }
  } catch {
    // The next lines try again.
  }
}

/** Frees number 1. A gap that a failed try has left is closed, so that trying again costs no file. */
function makeRoom(numbered: (index: number) => string, move: (from: string, to: string) => void): void {
  let free = 1;
  while (free < keptFiles && existsSync(numbered(free))) free += 1;
  if (free === keptFiles) rmSync(numbered(keptFiles), { force: true });
  for (let index = free - 1; index >= 1; index -= 1) move(numbered(index), numbered(index + 1));
}

function toLine(level: LogLevel, event: LogEvent, message: string, fields?: LogFields): string {
  const line: Record<string, unknown> = {
    time: new Date().toISOString(),
    level,
    event,
    message: clean(message),
  };
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined) continue;
    line[name] = secretNames.test(name) ? '***' : typeof value === 'string' ? clean(value) : value;
  }
  return JSON.stringify(line);
}

function clean(text: string): string {
  const masked = text.includes('://') ? text.replace(/(:\/\/[^/\s:@]*:)[^/\s@]*@/g, '$1***@') : text;
  return masked.length > longestText ? `${masked.slice(0, longestText)}…` : masked;
}
