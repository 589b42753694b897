import { databaseTooSlow, GatewayError, isDatabaseAway, isTooSlow } from '../errors';
import type {
  HistoryPosition,
  HistoryQuery,
  HistoryReader,
  HistoryReaderRow,
} from '../storage/history-reader';

export type { HistoryQuery } from '../storage/history-reader';

/** The deliveries of one tenant, among those of others. */
export interface HistorySource {
  readonly customerId: string;
  readonly reader: Pick<HistoryReader, 'page' | 'count'>;
}

export interface HistoryListRow extends HistoryReaderRow {
  readonly customerId: string;
}

export interface HistoryList {
  readonly rows: readonly HistoryListRow[];
  /** Null: that was all. It may be set without any row, where a search for a text has to go on. */
  readonly nextCursor: string | null;
  /** left out: their databases do not answer */
  readonly missing: readonly string[];
}

/** A place in the merged order: newest first, then by customer, then by id downwards. */
interface MergedPosition extends HistoryPosition {
  readonly customerId: string;
}

const largestId = 2 ** 31 - 1;

/**
 * A page of several tenants' histories, merged by time. The cursor holds one place for all of them, so that it
 * stays small and a tenant that comes back, or is new, fits in.
 * @throws GatewayError `invalid_cursor` (400); `too_slow` (503) when the only database took too long
 */
export async function readHistoryPage(
  sources: readonly HistorySource[],
  query: HistoryQuery,
  cursor: string | undefined,
  limit: number,
): Promise<HistoryList> {
  const start = cursor === undefined ? undefined : readCursor(cursor);
  const missing: string[] = [];
  const pages = await Promise.all(
    sources.map(async ({ customerId, reader }) => {
      try {
        const page = await reader.page(query, start && startOf(customerId, start), limit);
        return { customerId, ...page };
      } catch (thrown) {
        leaveOut(thrown, sources);
        missing.push(customerId);
        return { customerId, rows: [], next: null };
      }
    }),
  );
  const rows = pages
    .flatMap(({ customerId, rows: found }) => found.map((row) => ({ ...row, customerId })))
    .sort((a, b) => compare(placeOf(a), placeOf(b)));
  // Beyond the place where the first of them stopped looking, rows of that tenant may be missing.
  const horizon = pages
    .flatMap(({ customerId, next }) => (next ? [{ ...next, customerId }] : []))
    .sort(compare)[0];
  const sure = horizon ? rows.filter((row) => compare(placeOf(row), horizon) <= 0) : rows;
  const shown = sure.slice(0, limit);
  const last = shown.at(-1);
  const next = last && shown.length < rows.length && shown.length === limit ? placeOf(last) : horizon;
  return { rows: shown, nextCursor: next ? writeCursor(next) : null, missing: missing.sort() };
}

/**
 * Counts the deliveries that fit, up to `most`, of the tenants that a page of them shows.
 * @throws GatewayError `too_slow` (503) when the only database took too long
 */
export async function countHistory(
  sources: readonly HistorySource[],
  query: HistoryQuery,
  most: number,
): Promise<{ readonly count: number; readonly more: boolean }> {
  const counts = await Promise.all(
    sources.map(async ({ reader }) => {
      try {
        return await reader.count(query, most + 1);
      } catch (thrown) {
        leaveOut(thrown, sources);
        return 0;
      }
    }),
  );
  const total = counts.reduce((sum, count) => sum + count, 0);
  return { count: Math.min(total, most), more: total > most };
}

/**
 * Returns where the others are shown without this one: its database is away, or slow among several.
 * @throws what it failed with; GatewayError `too_slow` (503) where it is the only one
 */
function leaveOut(thrown: unknown, sources: readonly HistorySource[]): void {
  if (isDatabaseAway(thrown)) return;
  if (!isTooSlow(thrown)) throw thrown;
  if (sources.length === 1) throw databaseTooSlow(thrown);
}

function placeOf(row: HistoryListRow): MergedPosition {
  return { at: row.position_at, customerId: row.customerId, id: row.id };
}

function compare(a: MergedPosition, b: MergedPosition): number {
  // Times of fixed width: as texts they are in the order of time.
  if (a.at !== b.at) return a.at > b.at ? -1 : 1;
  if (a.customerId !== b.customerId) return a.customerId < b.customerId ? -1 : 1;
  return b.id - a.id;
}

/** Where one tenant's rows go on after a place in the merged order. */
function startOf(customerId: string, start: MergedPosition): HistoryPosition {
  if (customerId === start.customerId) return { at: start.at, id: start.id };
  return { at: start.at, id: customerId > start.customerId ? largestId : 0 };
}

function writeCursor({ at, customerId, id }: MergedPosition): string {
  return Buffer.from(JSON.stringify([at, customerId, id])).toString('base64url');
}

function readCursor(cursor: string): MergedPosition {
  try {
    const [at, customerId, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (
      typeof at === 'string' &&
      !Number.isNaN(Date.parse(at)) &&
      typeof customerId === 'string' &&
      Number.isInteger(id)
    ) {
      return { at, customerId, id: Number(id) };
    }
  } catch {
    // Said below.
  }
  throw new GatewayError('invalid_cursor', 'That page is not there any more: begin with the first.', 400);
}
