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

const zeroDate = /^0000-00-00(?:[T ]00:00(?::00(?:\.0{1,6})?)?Z?)?$/;

/** Is this how MySQL, and PHP after it, writes that there is no date? */
export function isZeroDate(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith('0000') && zeroDate.test(value.trim());
}

/** Seconds since 1970 from 1973 to 2286 with any fraction, or milliseconds from 1973 to 2100. */
const unixSeconds = /^[1-9]\d{8,9}(?:\.\d{1,9})?$/;
const unixMilliseconds = /^[1-9]\d{11,12}$/;
/** Of the year 2100: thirteen digits beyond are an identity number, or a count. */
const lastUnixMs = 4_102_444_800_000;
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
    return runTogether.test(text) || Number(text) > lastUnixMs
      ? null
      : { kind: 'instant', epochMs: Number(text) };
  }
  return typeof value === 'string' && text.length <= longestMoment ? parseTimestamp(text) : null;
}

/** No moment is written longer. */
const longestMoment = 60;

const minuteMs = 60_000;
const zone = String.raw`[Zz]|UTC|GMT|[+-]\d{2}(?::?\d{2})?`;
const timeOfDay = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?([AaPp])\.?[Mm]\.?)?`;
const afterDate = String.raw`(?:(?:[Tt ]|, ?)${timeOfDay}(?: ?(${zone}))?)?$`;
const timeAlone = new RegExp(`^${timeOfDay}$`);
const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const monthName =
  '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?';
const weekday = String.raw`(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? )?`;

/** The ways to write a day that can be read in one way only. `01/07/2026` is none: half the world reads January. */
const writings: readonly { readonly pattern: RegExp; readonly order: 'ymd' | 'dmy' | 'mdy' }[] = [
  { pattern: new RegExp(String.raw`^(\d{4})-(\d{2})-(\d{2})${afterDate}`), order: 'ymd' },
  { pattern: new RegExp(String.raw`^(\d{4})[/.](\d{2})[/.](\d{2})${afterDate}`), order: 'ymd' },
  { pattern: new RegExp(String.raw`^(\d{1,2})\.(\d{1,2})\.(\d{4})${afterDate}`), order: 'dmy' },
  // RFC 5322, PHP's DATE_RFC2822 and DATE_COOKIE, and `30 Nov 2026`, `Nov 30, 2026` as people write them.
  {
    pattern: new RegExp(String.raw`^${weekday}(\d{1,2})[ -]${monthName}[ -](\d{4})${afterDate}`, 'i'),
    order: 'dmy',
  },
  {
    pattern: new RegExp(
      String.raw`^${weekday}${monthName} (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})${afterDate}`,
      'i',
    ),
    order: 'mdy',
  },
];

/**
 * Reads ISO 8601 (RFC 3339 and the variants that PHP and PostgreSQL print), `YYYY-MM-DD HH:MM:SS`, other ways to
 * write a day that mean one day only (`2026/07/01`, `1.7.2026`, `1 Jul 2026`, `Wed, 01 Jul 2026 08:00:00 GMT`), a date
 * alone and a time of day alone, with or without am and pm. Returns null for anything else, and for days and times
 * that do not exist (2026-02-30, 25:00).
 */
export function parseTimestamp(text: string): Timestamp | null {
  const plain = text.replace(/[\s\u202f]+/g, ' ').replace(/[\u2010\u2011]/g, '-');
  for (const { pattern, order } of writings) {
    const match = pattern.exec(plain);
    if (match === null) continue;
    const [, first = '', second = '', third = '', hour, minute, seconds, fraction, half, zoneText] = match;
    const midnight = {
      ymd: () => readDay(first, second, third),
      dmy: () => readDay(third, second, first),
      mdy: () => readDay(third, first, second),
    }[order]();
    if (midnight === null || hour === undefined) {
      return midnight === null ? null : { kind: 'day', epochMs: midnight };
    }
    const sinceMidnight = timeOfDayMs(hour, minute, seconds, half);
    if (sinceMidnight === null) return null;
    const wallClock = midnight + sinceMidnight + Math.floor(Number(`0.${fraction ?? '0'}`) * 1000);
    if (zoneText === undefined) return { kind: 'local', epochMs: wallClock };
    const offsetMs = zoneOffsetMs(zoneText);
    return offsetMs === null ? null : { kind: 'instant', epochMs: wallClock - offsetMs };
  }
  return parseTimeOfDay(plain);
}

/** Midnight of that day as if it were UTC; null where the calendar has no such day. */
function readDay(year: string, month: string, day: string): number | null {
  const named = monthNames.indexOf(month.slice(0, 3).toLowerCase());
  const monthIndex = named === -1 ? Number(month) - 1 : named;
  const midnight = Date.UTC(Number(year), monthIndex, Number(day));
  const checked = new Date(midnight);
  // Date.UTC rolls the 30th of February over into March; what comes back must be what went in.
  const exists =
    checked.getUTCFullYear() === Number(year) &&
    checked.getUTCMonth() === monthIndex &&
    checked.getUTCDate() === Number(day);
  return exists ? midnight : null;
}

function parseTimeOfDay(text: string): Timestamp | null {
  const match = timeAlone.exec(text);
  if (match === null) return null;
  const [, hour, minute, second, , half] = match;
  const epochMs = timeOfDayMs(hour, minute, second, half);
  return epochMs === null ? null : { kind: 'time', epochMs };
}

/** @param half `a` or `p`, in any case: of a twelve-hour clock */
function timeOfDayMs(hour = '0', minute = '0', second = '0', half?: string): number | null {
  const hours = half === undefined ? Number(hour) : hoursOfHalf(Number(hour), half);
  // A single digit is the twelve-hour clock's way; without its half it may be either.
  if (half === undefined && hour.length === 1) return null;
  if (hours > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  return (hours * 60 + Number(minute)) * minuteMs + Number(second) * 1000;
}

/** Past 23 where there is no such hour. */
function hoursOfHalf(hour: number, half: string): number {
  if (hour < 1 || hour > 12) return 24;
  return (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
}

/** The widest offsets in use are -12:00 and +14:00; everything up to 23:59 is ISO 8601. */
function zoneOffsetMs(text: string): number | null {
  if (/^(?:z|utc|gmt)$/i.test(text)) return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(3).replace(':', '') || '0');
  if (hours > 23 || minutes > 59) return null;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * minuteMs;
}
