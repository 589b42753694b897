import { LRUCache } from 'lru-cache';
import { defaultTenantSettings, type TenantSettings } from '../../contracts/tenant-settings';
import { isCurrencyCode, readCurrency } from './currencies';
import { formatPattern } from './format-pattern';
import { parseAmount } from './parse-amount';
import { parseMoment, type Timestamp } from './parse-timestamp';
import { printValue } from './print-value';

export type FormatSettings = Pick<TenantSettings, 'locale' | 'currency' | 'timezone'>;

/**
 * Writes values as people of one locale and time zone read them. Each takes anything: what is not a
 * number or a moment is given back as it is, so that a template never hides what the event said.
 */
export interface Formats {
  /**
   * `R 1 500,00`; the first of `currencies` that says anything counts, an ISO 4217 code, a sign or a name. One
   * that is not clear is printed as it stands: never another currency.
   */
  money(value: unknown, currencies: readonly unknown[]): unknown;
  /** `1 500,5`; with `decimals` (0–20) exactly that many */
  number(value: unknown, decimals?: unknown): unknown;
  /** style: `short`, `medium`, `long` (default), `full`, or a pattern such as `%d/%m/%Y` */
  date(value: unknown, style?: unknown): unknown;
  time(value: unknown, style?: unknown): unknown;
  datetime(value: unknown, style?: unknown): unknown;
}

type DateStyle = 'short' | 'medium' | 'long' | 'full';
type Shape = 'date' | 'time' | 'datetime';

/** Making an Intl formatter takes some 50 µs and several kB, using one takes 1 µs: they are kept, up to this many. */
const maxKeptFormatters = 300;

/** A pattern may come from the event's data; no date is longer than this. */
const maxPatternLength = 200;

/**
 * As South Africa writes its amounts: R 1 500,00. Not every ICU knows: Chromium 130's, in Electron, writes
 * R 1,500.00, and an invoice must read the same from the desktop app and from a server.
 */
const ownSeparators: Readonly<Record<string, { readonly group: string; readonly decimal: string }>> = {
  'en-ZA': { group: '\u00a0', decimal: ',' },
};

function writeNumber(format: Intl.NumberFormat, locale: string, amount: number | `${number}`): string {
  const own = ownSeparators[locale];
  if (!own) return format.format(amount);
  return format
    .formatToParts(amount)
    .map(({ type, value }) => (type === 'group' || type === 'decimal' ? own[type] : value))
    .join('');
}

/** Formats for any settings, kept from message to message. */
export function createFormats(): (settings: FormatSettings) => Formats {
  const numberFormats = new LRUCache<string, Intl.NumberFormat>({ max: maxKeptFormatters });
  const dateFormats = new LRUCache<string, Intl.DateTimeFormat>({ max: maxKeptFormatters });
  const formatsBySettings = new LRUCache<string, Formats>({ max: maxKeptFormatters });

  function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
    const key = `${locale} ${options.currency ?? ''} ${options.minimumFractionDigits ?? ''}`;
    let format = numberFormats.get(key);
    if (format === undefined) {
      format = new Intl.NumberFormat(locale, { ...options, signDisplay: 'negative' });
      numberFormats.set(key, format);
    }
    return format;
  }

  function dateFormat(locale: string, timeZone: string, shape: Shape, style: DateStyle): Intl.DateTimeFormat {
    const key = `${locale} ${timeZone} ${shape} ${style}`;
    let format = dateFormats.get(key);
    if (format === undefined) {
      // Seconds and zone names belong to the longer time styles; a message needs hours and minutes.
      format = new Intl.DateTimeFormat(locale, {
        timeZone,
        ...(shape === 'time' ? {} : { dateStyle: style }),
        ...(shape === 'date' ? {} : { timeStyle: 'short' }),
      });
      dateFormats.set(key, format);
    }
    return format;
  }

  function makeFormats(given: FormatSettings): Formats {
    const { locale, currency, timezone } = usableSettings(given);

    function moment(shape: Shape, value: unknown, style: unknown): unknown {
      const timestamp = readMoment(value);
      if (timestamp === null || !hasPart(timestamp, shape)) return value;
      // A wall-clock time without a zone is the tenant's own: shown as it stands, without converting.
      const timeZone = timestamp.kind === 'instant' ? timezone : 'UTC';
      if (typeof style === 'string' && style.length <= maxPatternLength && style.includes('%')) {
        return formatPattern(timestamp.epochMs, style, locale, timeZone);
      }
      const shown = narrowShape(timestamp, shape);
      return dateFormat(locale, timeZone, shown, isDateStyle(style) ? style : 'long').format(
        timestamp.epochMs,
      );
    }

    return {
      money(value, currencies) {
        const amount = parseAmount(value);
        if (amount === null) return value;
        const given = currencies.find((entry) => entry !== undefined && entry !== null && entry !== '');
        const read = given === undefined ? { code: currency } : readCurrency(given, currency);
        if ('code' in read) {
          return writeNumber(
            numberFormat(locale, { style: 'currency', currency: read.code }),
            locale,
            amount,
          );
        }
        const plain = writeNumber(numberFormat(locale, { minimumFractionDigits: 2 }), locale, amount);
        return `${plain} ${printValue(given)}`.trimEnd();
      },
      number(value, decimals) {
        const amount = parseAmount(value);
        if (amount === null) return value;
        const digits = Number(decimals);
        const exact = decimals !== undefined && Number.isInteger(digits) && digits >= 0 && digits <= 20;
        const format = numberFormat(
          locale,
          exact ? { minimumFractionDigits: digits, maximumFractionDigits: digits } : {},
        );
        return writeNumber(format, locale, amount);
      },
      date: (value, style) => moment('date', value, style),
      time: (value, style) => moment('time', value, style),
      datetime: (value, style) => moment('datetime', value, style),
    };
  }

  return (settings) => {
    const key = `${settings.locale} ${settings.currency} ${settings.timezone}`;
    let formats = formatsBySettings.get(key);
    if (formats === undefined) {
      formats = makeFormats(settings);
      formatsBySettings.set(key, formats);
    }
    return formats;
  };
}

function readMoment(value: unknown): Timestamp | null {
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? null : { kind: 'instant', epochMs: value.getTime() };
  }
  return parseMoment(value);
}

function hasPart(timestamp: Timestamp, shape: Shape): boolean {
  if (shape === 'date') return timestamp.kind !== 'time';
  if (shape === 'time') return timestamp.kind !== 'day';
  return true;
}

function narrowShape(timestamp: Timestamp, shape: Shape): Shape {
  if (timestamp.kind === 'day') return 'date';
  return timestamp.kind === 'time' ? 'time' : shape;
}

function isDateStyle(value: unknown): value is DateStyle {
  return value === 'short' || value === 'medium' || value === 'long' || value === 'full';
}

/** A row that was changed by SQL may hold anything; a message in the default locale beats none at all. */
function usableSettings(settings: FormatSettings): FormatSettings {
  const { locale, currency, timezone } = defaultTenantSettings;
  return {
    locale: works(() => new Intl.NumberFormat(settings.locale)) ? settings.locale : locale,
    currency: isCurrencyCode(settings.currency.toUpperCase()) ? settings.currency.toUpperCase() : currency,
    timezone: works(() => new Intl.DateTimeFormat('en', { timeZone: settings.timezone }))
      ? settings.timezone
      : timezone,
  };
}

function works(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
