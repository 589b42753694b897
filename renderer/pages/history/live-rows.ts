import type { InfiniteData } from '@tanstack/react-query';
import type { CallOutput } from '../../../main/contracts/console/console-calls';
import type { DeliveryChangePush } from '../../../main/contracts/console/console-pushes';
import type { HistoryFilter, HistoryRow } from '../../../main/contracts/console/history-calls';

export type HistoryPage = CallOutput<'history.list'>;
/** Pages newest first, as they were fetched one after the other. */
export type HistoryPages = InfiniteData<HistoryPage, string | undefined>;

type Identity = Pick<HistoryRow, 'customerId' | 'id'>;

export const rowKey = ({ customerId, id }: Identity): string => `${customerId}:${id}`;

/** More rows than this at the head are cut off again while the list is looked at from its top. */
export const longestHead = 400;

type Patch = (row: HistoryRow) => HistoryRow;

/** Changes rows where they are. Pages and rows without a change stay the same objects: they are not drawn again. */
function mapRows(pages: HistoryPages, patch: Patch): HistoryPages {
  const mapped = pages.pages.map((page) => {
    const rows = page.rows.map(patch);
    return rows.some((row, index) => row !== page.rows[index]) ? { ...page, rows } : page;
  });
  return mapped.some((page, index) => page !== pages.pages[index]) ? { ...pages, pages: mapped } : pages;
}

/** By tenant and then by id: no key is built for each of ten thousand rows four times a second. */
function indexByRow<T extends Identity>(items: readonly T[]): Map<string, Map<number, T>> {
  const index = new Map<string, Map<number, T>>();
  for (const item of items) {
    const ofTenant = index.get(item.customerId) ?? new Map<number, T>();
    index.set(item.customerId, ofTenant.set(item.id, item));
  }
  return index;
}

function changeRow(row: HistoryRow, change: DeliveryChangePush, at: string): HistoryRow {
  if (
    row.status === change.status &&
    row.error === change.error &&
    row.nextAttemptAt === change.nextAttemptAt &&
    row.recipient === change.recipient &&
    row.channel === change.channel
  ) {
    return row;
  }
  const { status, error, nextAttemptAt, recipient, channel } = change;
  const heldReason = status === 'held' ? row.heldReason : null;
  return { ...row, status, error, nextAttemptAt, recipient, channel, heldReason, updatedAt: at };
}

export interface AppliedChanges {
  readonly pages: HistoryPages;
  /** those whose row is not among the pages */
  readonly others: readonly DeliveryChangePush[];
}

/** Shows what changed in the rows that are there. */
export function applyChanges(pages: HistoryPages, changes: readonly DeliveryChangePush[]): AppliedChanges {
  const index = indexByRow(changes);
  const known = new Set<DeliveryChangePush>();
  const at = new Date().toISOString();
  const next = mapRows(pages, (row) => {
    const change = index.get(row.customerId)?.get(row.id);
    if (!change) return row;
    known.add(change);
    return changeRow(row, change, at);
  });
  return { pages: next, others: changes.filter((change) => !known.has(change)) };
}

/** Brings rows up to date with what was fetched again. */
export function refreshRows(pages: HistoryPages, fetched: readonly HistoryRow[]): HistoryPages {
  const index = indexByRow(fetched);
  return mapRows(pages, (row) => {
    const fresh = index.get(row.customerId)?.get(row.id);
    return !fresh || (fresh.updatedAt === row.updatedAt && fresh.status === row.status) ? row : fresh;
  });
}

const newestFirst = (one: HistoryRow, other: HistoryRow): number =>
  Date.parse(other.createdAt) - Date.parse(one.createdAt) || other.id - one.id;

/**
 * Puts a newly fetched first page on top of the list. Rows that no longer fit the filter stay where they are
 * until the list is fetched again. When more came in than a page holds, or the head has grown too long, the list
 * starts over from that page.
 */
export function mergeHead(pages: HistoryPages | undefined, head: HistoryPage): HistoryPages {
  const startOver: HistoryPages = { pages: [head], pageParams: [undefined] };
  const first = pages?.pages[0];
  const last = head.rows.at(-1);
  if (!pages || !first) return startOver;
  // A search may not have found anything yet, or nothing fits any more: what is shown stays.
  if (!last) return first.rows.length > 0 ? pages : startOver;
  const fresh = new Set(head.rows.map(rowKey));
  const kept = first.rows.filter((row) => !fresh.has(rowKey(row)));
  const joined = first.rows.some((row) => rowKey(row) === rowKey(last));
  if (kept.length + head.rows.length > longestHead) return startOver;
  // Fewer than a page of rows in all: the page is the whole list, whether it joins or not.
  if (!joined && head.nextCursor !== null) return startOver;
  const current = new Map(first.rows.map((row) => [rowKey(row), row]));
  const rows = head.rows.map((row) => {
    const before = current.get(rowKey(row));
    return before?.updatedAt === row.updatedAt && before.status === row.status ? before : row;
  });
  const merged = { ...first, missing: head.missing, rows: [...rows, ...kept].sort(newestFirst) };
  return { ...pages, pages: [merged, ...pages.pages.slice(1)] };
}

/** Could a delivery that changed stand in a list of this filter? A text may also be found where a push has none. */
export function fitsFilter(filter: HistoryFilter, change: DeliveryChangePush, nowMs = Date.now()): boolean {
  if (filter.customerId !== undefined && filter.customerId !== change.customerId) return false;
  if (filter.channel !== undefined && filter.channel !== change.channel) return false;
  if (filter.eventType !== undefined && filter.eventType !== change.eventType) return false;
  if (filter.eventId !== undefined && filter.eventId !== String(change.eventId)) return false;
  if (filter.status !== undefined && !filter.status.includes(change.status)) return false;
  if (filter.to !== undefined && filter.status === undefined && Date.parse(filter.to) <= nowMs) return false;
  const begins = (value: string, start: string) => value.toLowerCase().startsWith(start.toLowerCase());
  if (filter.recipient !== undefined && !begins(change.recipient, filter.recipient)) return false;
  if (filter.text === undefined) return true;
  const wanted = filter.text.toLowerCase();
  return [change.recipient, change.error, change.eventType].some((value) =>
    value?.toLowerCase().includes(wanted),
  );
}

/** The highest id of each tenant: what is above it was not there when the rows were fetched. */
export function highestIds(rows: Iterable<Identity>, from: ReadonlyMap<string, number>): Map<string, number> {
  const highest = new Map(from);
  for (const { customerId, id } of rows) {
    if (id > (highest.get(customerId) ?? 0)) highest.set(customerId, id);
  }
  return highest;
}
