import { filters as liquidFilters, type Liquid } from 'liquidjs';
import { escapeHtml } from './escape-html';
import type { Formats } from './formats';
import { printValue } from './print-value';

/** What the filters need to know of the message that is being rendered. */
export interface FilterScope {
  readonly formats: Formats;
  /** ISO 4217 code from the event's data, if it holds one */
  readonly currency: unknown;
  readonly now: Date;
}

type FilterHandler = Extract<(typeof liquidFilters)[string], (...values: never[]) => unknown>;
type FilterThis = ThisParameterType<FilterHandler>;
type Format = (formats: Formats, value: unknown, argument: unknown, scope: FilterScope) => unknown;

const formatFilters: Readonly<Record<string, Format>> = {
  money: (formats, value, code, { currency }) => formats.money(value, [code, currency]),
  number: (formats, value, decimals) => formats.number(value, decimals),
  date: (formats, value, style) => formats.date(value, style),
  time: (formats, value, style) => formats.time(value, style),
  datetime: (formats, value, style) => formats.datetime(value, style),
};

/** No-break, narrow no-break and thin spaces, in which Intl's data differs from version to version. */
const unusualSpaces = /[\u00a0\u202f\u2009]/g;

const rightToLeft =
  /[\u200f\u061c\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/**
 * A date or an amount that runs from right to left, inside a sentence of either direction: without first-strong
 * isolates (UAX 9) its numbers swap places with the words around it.
 */
function isolate(written: string): string {
  return rightToLeft.test(written) ? `\u2068${written}\u2069` : written;
}

/**
 * What an entry of a list costs in a filter, in Liquid's units of memory. Some filters take several
 * microseconds an entry, and the time limit does not see into them.
 */
const unitsPerEntry = 50;

/**
 * Gives `liquid` the gateway's filters, and takes or tames what Liquid brings.
 * @param readScope the message that is being rendered; null outside of rendering
 * @returns those that need no context of Liquid's and no argument
 */
export function registerFilters(
  liquid: Liquid,
  output: 'plain' | 'html',
  readScope: () => FilterScope | null,
): ReadonlyMap<string, (value: unknown) => unknown> {
  for (const [name, filter] of Object.entries(liquidFilters)) {
    // Dates in the zone of the machine instead of the tenant's, and expressions that are evaluated for
    // every entry of a list.
    if (name.startsWith('date_to_') || name.endsWith('_exp')) liquid.unregisterFilter(name);
    else if (typeof filter === 'function') liquid.registerFilter(name, meterLists(filter));
  }

  // Amounts and times must not break over two lines in HTML; plain text has ordinary spaces,
  // so that it can be searched and read by other programs.
  const space = output === 'html' ? '\u00a0' : ' ';
  const direct = new Map<string, (value: unknown) => unknown>();
  for (const [name, format] of Object.entries(formatFilters)) {
    const filter = (value: unknown, argument?: unknown): unknown => {
      const scope = readScope();
      if (scope === null) return value;
      const actual = value === 'now' || value === 'today' ? scope.now : value;
      const written = format(scope.formats, actual, argument, scope);
      return typeof written === 'string' && written !== value
        ? isolate(written.replace(unusualSpaces, space))
        : written;
    };
    liquid.registerFilter(name, filter);
    direct.set(name, filter);
  }

  if (output === 'html') {
    // What has escaped by itself must not be escaped again: people would see `&lt;`.
    for (const name of ['escape', 'escape_once', 'xml_escape']) {
      const handler = liquidFilters[name];
      if (typeof handler === 'function') liquid.registerFilter(name, { raw: true, handler });
    }
  }
  liquid.registerFilter('multiline', {
    raw: true,
    handler: (value: unknown) => {
      const text = printValue(value);
      return output === 'html' ? escapeHtml(text).replace(/\r?\n/g, '<br>') : text;
    },
  });
  return direct;
}

function meterLists(filter: FilterHandler): FilterHandler {
  return function (this: FilterThis, value: unknown, ...values: unknown[]): unknown {
    if (Array.isArray(value)) this.context.memoryLimit.use(value.length * unitsPerEntry);
    return filter.call(this, value, ...values) as unknown;
  };
}
