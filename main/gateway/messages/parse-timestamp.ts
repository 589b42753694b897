/**
 * A moment as event data writes it.
 * - `instant`: names its zone; `epochMs` is the moment itself
 * - `local`: a wall-clock time without a zone (PHP's `date('Y-m-d H:i:s')`), `epochMs` as if it were UTC
 * - `day`: a date alone, `epochMs` is its midnight as if it were UTC
 * - `time`: a time of day alone (`07:58`), `epochMs` counted from midnight
 */
export interface Timestamp {
  readonly kind: 'instant' | 'local' | 'day' | 'time';
  readonly epochMs: number;
}

/** Seconds since 1970 from 1973 to 2286 with any fraction, or milliseconds from 1973 on. */
const unixSeconds = /^\d{9,10}(?:\.\d{1,9})?$/;
const unixMilliseconds = /^\d{12,13}$/;
/** `202607011200` is a day and a time, run together. */
const runTogether = /^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])[0-2]\d[0-5]\d$/;

/**
 * Reads a moment as programs send it: the texts of `parseTimestamp`, and Unix times in seconds (PHP's `time()`,
 * `microtime(true)`) or milliseconds (JavaScript), as numbers or texts. Null for anything else; numbers that
 * might be a year, a day (`20260701`) or a count are none.
 */
export function parseMoment(value: unknown): Timestamp | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const text = String(value).trim();
  if (unixSeconds.test(text)) return { kind: 'instant', epochMs: Math.floor(Number(text) * 1000) };
  if (unixMilliseconds.test(text)) {
    return runTogether.test(text) ? null : { kind: 'instant', epochMs: Number(text) };
  }
  return typeof value === 'string' ? parseTimestamp(text) : null;
}

const dateAndTime =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?([Zz]|[+-]\d{2}(?::?\d{2})?))?)?$/;
const timeAlone = /^(\d{2}):(\d{2})(?::(\d{2}))?$/;
const minuteMs = 60_000;

/**
 * Reads ISO 8601 (RFC 3339 and the variants that PHP and PostgreSQL print), `YYYY-MM-DD HH:MM:SS`,
 * a date alone and a time of day alone. Returns null for anything else, and for days and times that
 * do not exist (2026-02-30, 25:00).
 */
export function parseTimestamp(text: string): Timestamp | null {
  const match = dateAndTime.exec(text);
  if (match === null) return parseTimeOfDay(text);
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const checked = new Date(midnight);
  // Date.UTC rolls the 30th of February over into March; what comes back must be what went in.
  if (
    checked.getUTCFullYear() !== Number(year) ||
    checked.getUTCMonth() !== Number(month) - 1 ||
    checked.getUTCDate() !== Number(day)
  ) {
    return null;
  }
  if (hour === undefined) return { kind: 'day', epochMs: midnight };
  const sinceMidnight = timeOfDayMs(hour, minute, second);
  if (sinceMidnight === null) return null;
  const wallClock = midnight + sinceMidnight + Math.floor(Number(`0.${fraction ?? '0'}`) * 1000);
  if (zone === undefined) return { kind: 'local', epochMs: wallClock };
  const offsetMs = zoneOffsetMs(zone);
  return offsetMs === null ? null : { kind: 'instant', epochMs: wallClock - offsetMs };
}

function parseTimeOfDay(text: string): Timestamp | null {
  const match = timeAlone.exec(text);
  if (match === null) return null;
  const epochMs = timeOfDayMs(match[1], match[2], match[3]);
  return epochMs === null ? null : { kind: 'time', epochMs };
}

function timeOfDayMs(hour = '0', minute = '0', second = '0'): number | null {
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  return (Number(hour) * 60 + Number(minute)) * minuteMs + Number(second) * 1000;
}

/** The widest offsets in use are -12:00 and +14:00; everything up to 23:59 is ISO 8601. */
function zoneOffsetMs(zone: string): number | null {
  if (zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || '0');
  if (hours > 23 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * minuteMs;
}
