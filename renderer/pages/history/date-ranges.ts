import type { HistoryFilter } from '../../../main/contracts/console/history-calls';

/** Days are those of whoever looks; `to` is when the day after the last one begins. */
export type DateRange = Pick<HistoryFilter, 'from' | 'to'>;

export const quickRanges = ['today', 'yesterday', 'week'] as const;
export type QuickRange = (typeof quickRanges)[number];

/** Midnight, so many days from today. The constructor knows of summer time; adding hours does not. */
function midnight(now: Date, days: number): string {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days).toISOString();
}

export function quickRange(name: QuickRange, now = new Date()): DateRange {
  if (name === 'today') return { from: midnight(now, 0), to: undefined };
  if (name === 'yesterday') return { from: midnight(now, -1), to: midnight(now, 0) };
  return { from: midnight(now, -6), to: undefined };
}

/** The quick choice that a range is just now. */
export function findQuickRange(range: DateRange, now = new Date()): QuickRange | undefined {
  return quickRanges.find((name) => {
    const { from, to } = quickRange(name, now);
    return Date.parse(from ?? '') === Date.parse(range.from ?? '') && sameTime(to, range.to);
  });
}

function sameTime(one: string | undefined, other: string | undefined): boolean {
  return one === undefined || other === undefined ? one === other : Date.parse(one) === Date.parse(other);
}

/** `2026-11-22`, as a date field holds it. */
function dayOf(time: Date): string {
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${String(time.getFullYear()).padStart(4, '0')}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`;
}

export const firstDay = ({ from }: DateRange): string => (from === undefined ? '' : dayOf(new Date(from)));

/** The last day within the range. */
export const lastDay = ({ to }: DateRange): string =>
  to === undefined ? '' : dayOf(new Date(Date.parse(to) - 1));

/** The range of whole days; an empty text is an open end. A day before the first one moves the first. */
export function rangeOfDays(first: string, last: string): DateRange {
  const [from, to] = first !== '' && last !== '' && last < first ? [last, first] : [first, last];
  return { from: startOfDay(from, 0), to: startOfDay(to, 1) };
}

function startOfDay(day: string, plusDays: number): string | undefined {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!parts) return undefined;
  return new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]) + plusDays).toISOString();
}
