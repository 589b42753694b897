import { LRUCache } from 'lru-cache';
import { readWallClock } from './wall-clock';

const directive = /%(-?)([aAbBdeHIlmMpSyY%])/g;

const partFormats = new LRUCache<string, Intl.DateTimeFormat>({ max: 200 });

/**
 * Writes a moment by a Liquid date pattern: `%d/%m/%Y`, `%-d %B %Y`, `%H:%M` …
 * Known are a A b B d e H I l m M p S y Y %, and `-` for no leading zero; anything else stays as it is.
 * `epochMs` is the moment; names of months and days are those of `locale`.
 */
export function formatPattern(epochMs: number, pattern: string, locale: string, timeZone: string): string {
  const wallClock = readWallClock(epochMs, timeZone);
  return pattern.replace(directive, (whole, dash: string, letter: string) => {
    const padded = (value: number, width = 2) =>
      dash === '-' ? String(value) : String(value).padStart(width, '0');
    const hour12 = wallClock.getUTCHours() % 12 || 12;
    switch (letter) {
      case 'a':
        return nameOf(wallClock, locale, { weekday: 'short' });
      case 'A':
        return nameOf(wallClock, locale, { weekday: 'long' });
      case 'b':
        return nameOf(wallClock, locale, { month: 'short' });
      case 'B':
        return nameOf(wallClock, locale, { month: 'long' });
      case 'd':
        return padded(wallClock.getUTCDate());
      case 'e':
        return String(wallClock.getUTCDate());
      case 'H':
        return padded(wallClock.getUTCHours());
      case 'I':
        return padded(hour12);
      case 'l':
        return String(hour12);
      case 'm':
        return padded(wallClock.getUTCMonth() + 1);
      case 'M':
        return padded(wallClock.getUTCMinutes());
      case 'p':
        return wallClock.getUTCHours() < 12 ? 'AM' : 'PM';
      case 'S':
        return padded(wallClock.getUTCSeconds());
      case 'y':
        return padded(wallClock.getUTCFullYear() % 100);
      case 'Y':
        return String(wallClock.getUTCFullYear());
      case '%':
        return '%';
      default:
        return whole;
    }
  });
}

function nameOf(
  wallClock: Date,
  locale: string,
  what: { weekday?: 'short' | 'long'; month?: 'short' | 'long' },
) {
  return keptFormat(locale, { timeZone: 'UTC', ...what }).format(wallClock);
}

function keptFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  let format = partFormats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, options);
    partFormats.set(key, format);
  }
  return format;
}
