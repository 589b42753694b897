import type { ChannelName, DeliveryStatus } from '../../contracts/statuses';
import type { Queryable } from './database';
import {
  buildHistorySql,
  buildRecipientProbe,
  isDone,
  type HistoryPosition,
  type HistoryQuery,
  type HistoryRange,
  type HistorySql,
  type NarrowBy,
  wideKey,
} from './history-query';

export type { HistoryPosition, HistoryQuery } from './history-query';

export interface HistoryReaderRow {
  readonly id: number;
  readonly event_id: number | null;
  readonly event_type: string | null;
  readonly channel: ChannelName;
  readonly recipient: string;
  readonly status: DeliveryStatus;
  readonly error_message: string | null;
  readonly held_reason: string | null;
  readonly retry_count: number;
  readonly next_attempt_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  /** ISO 8601 UTC with microseconds, fixed width: where the row stands in the order */
  readonly position_at: string;
}

interface HistoryPage {
  readonly rows: readonly HistoryReaderRow[];
  /**
   * How far was looked: rows before this place may fit as well. Null: there are none. Set without a full page
   * where a search for a text took its time.
   */
  readonly next: HistoryPosition | null;
}

/** The deliveries of one tenant as a person looks at them: newest first, by keyset. */
export interface HistoryReader {
  /** @throws pg's DatabaseError 57014 when the statement's time is over */
  page(query: HistoryQuery, before: HistoryPosition | undefined, limit: number): Promise<HistoryPage>;
  /** Counts up to `most`. @throws pg's DatabaseError 57014 likewise */
  count(query: HistoryQuery, most: number): Promise<number>;
  /** Ids of those that fit, oldest first, after `after`. */
  idsFromOldest(
    query: HistoryQuery,
    after: HistoryPosition | undefined,
    limit: number,
  ): Promise<readonly { readonly id: number; readonly position_at: string }[]>;
  /** Event types that there are deliveries of, in alphabetical order. */
  eventTypes(): Promise<string[]>;
}

/** A text that is nowhere is looked for this long a page; the next page goes on from there. */
const searchBudgetMs = 1_000;
/** Grows, so that the first hits come at once and long searches take few statements. */
const firstSliceRows = 5_000;
const largestSliceRows = 320_000;
/** So many deliveries of a recipient are read and sorted; the newest of more are found among the newest of all. */
const fewRows = 1_000;
/** So many that fit everything else are looked through for a text. */
const manyRows = 10_000;

const positionAt = (expression: string) =>
  `to_char(${expression} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as position_at`;

const rowColumns = `d.id, d.event_id, coalesce(d.event_type, e.event_type) as event_type, d.channel, d.recipient,
  d.status, d.error_message, d.held_reason, coalesce(d.retry_count, 0) as retry_count,
  case when d.status in ('pending', 'held') then d.next_attempt_at end as next_attempt_at,
  coalesce(d.created_at, e.created_at at time zone 'utc', d.sent_at at time zone 'utc', f.k) as created_at,
  coalesce(d.updated_at, d.sent_at at time zone 'utc', d.created_at, e.created_at at time zone 'utc', f.k)
    as updated_at, ${positionAt('f.k')}`;

export function createHistoryReader(database: Queryable, customerId: string): HistoryReader {
  async function read(
    query: HistoryQuery,
    range: HistoryRange,
    limit: number,
    narrowBy?: NarrowBy,
  ): Promise<HistoryReaderRow[]> {
    const found = buildHistorySql(customerId, query, range, { limit, narrowBy });
    if (found.text === '') return [];
    return database.query<HistoryReaderRow>({
      name: 'history.page',
      text: `select ${rowColumns}
        from (select id, k from (${found.text}) parts order by k desc, id desc limit ${limit}) f
          join message_deliveries d on d.id = f.id left join websocket_events e on e.id = d.event_id
        order by f.k desc, f.id desc`,
      values: found.values,
      // Which indexes fit depends on what is asked for.
      prepare: false,
    });
  }

  /** Is a text or a recipient to be looked for among few rows, and which? */
  async function findNarrow(query: HistoryQuery): Promise<NarrowBy | undefined> {
    const { recipient, text, ...others } = query;
    if (recipient !== undefined) {
      const found = await countRows('history.recipients', buildRecipientProbe(recipient, fewRows));
      if (found < fewRows) return 'recipient';
    }
    const isSearch = recipient !== undefined || text !== undefined;
    if (!isSearch || !(others.channel || others.statuses?.length || others.eventType !== undefined)) {
      return undefined;
    }
    const found = await countFound(buildHistorySql(customerId, others, {}, { limit: manyRows }), manyRows);
    return found < manyRows ? 'others' : undefined;
  }

  function countFound(found: HistorySql, most: number): Promise<number> {
    if (found.text === '') return Promise.resolve(0);
    const text = `select count(*) as count from (select 1 from (${found.text}) parts limit ${most}) counted`;
    return countRows('history.count', { text, values: found.values });
  }

  async function countRows(name: string, sql: HistorySql): Promise<number> {
    const rows = await database.query<{ count: number }>({ name, ...sql, prepare: false });
    return rows[0]?.count ?? 0;
  }

  /** The place `rows` done deliveries further on; null: there are not so many. */
  async function sliceEnd(
    query: HistoryQuery,
    before: HistoryPosition | undefined,
    rows: number,
  ): Promise<HistoryPosition | null> {
    const values: unknown[] = [customerId, rows];
    const conditions = ['d.customer_id = $1', isDone];
    if (before) {
      values.push(before.at, before.id);
      conditions.push(`(${wideKey}, d.id) < ($3::timestamptz, $4::integer)`);
    } else if (query.to) {
      values.push(query.to);
      conditions.push(`${wideKey} < $3::timestamptz`);
    }
    const found = await database.query<HistoryPosition>({
      name: 'history.slice',
      text: `select d.id, ${positionAt(wideKey).replace('position_at', 'at')} from message_deliveries d
        where ${conditions.join(' and ')} order by ${wideKey} desc, d.id desc offset $2 limit 1`,
      values,
      prepare: false,
    });
    return found[0] ?? null;
  }

  /** Searches slice by slice, so that a text that nothing holds costs a page no more than its time. */
  async function search(
    query: HistoryQuery,
    start: HistoryPosition | undefined,
    limit: number,
  ): Promise<HistoryPage> {
    const startedAt = performance.now();
    const rows: HistoryReaderRow[] = [];
    let before = start;
    let sliceRows = firstSliceRows;
    for (;;) {
      const end = await sliceEnd(query, before, sliceRows);
      const found = await read(query, { before, downTo: end ?? undefined }, limit - rows.length);
      rows.push(...found);
      if (rows.length === limit) return { rows, next: positionOf(rows) };
      if (end === null || (query.from && Date.parse(end.at) < query.from.getTime()))
        return { rows, next: null };
      // The place itself was looked at.
      before = end;
      sliceRows = Math.min(sliceRows * 4, largestSliceRows);
      if (performance.now() - startedAt >= searchBudgetMs) return { rows, next: end };
    }
  }

  return {
    async page(query, before, limit) {
      const narrowBy = await findNarrow(query);
      if (narrowBy === undefined && (query.text !== undefined || query.recipient !== undefined)) {
        return search(query, before, limit);
      }
      const rows = await read(query, { before }, limit, narrowBy);
      return { rows, next: rows.length === limit ? positionOf(rows) : null };
    },

    async count(query, most) {
      const narrowBy = await findNarrow(query);
      const found = buildHistorySql(customerId, query, {}, { limit: most, narrowBy });
      return countFound(found, most);
    },

    async idsFromOldest(query, after, limit) {
      const narrowBy = await findNarrow(query);
      const found = buildHistorySql(customerId, query, { after }, { limit, order: 'oldest', narrowBy });
      if (found.text === '') return [];
      return database.query({
        name: 'history.ids',
        text: `select id, ${positionAt('k')} from (${found.text}) parts order by k, id limit ${limit}`,
        values: found.values,
        prepare: false,
      });
    },

    async eventTypes() {
      const rows = await database.query<{ type: string }>({
        name: 'history.event-types',
        // Jumps from one to the next in the index, instead of reading a million rows for a dozen names.
        text: `with recursive types as (
            (select min(event_type) as type from message_deliveries d where ${isDone} and event_type is not null)
            union all
            select (select min(d.event_type) from message_deliveries d where ${isDone} and d.event_type > t.type)
            from types t where t.type is not null
          )
          select type from types where type is not null
          union
          select distinct d.event_type from message_deliveries d
          where d.status in ('pending', 'sending', 'held', 'unknown') and d.event_type is not null
          order by 1`,
      });
      return rows.map(({ type }) => type);
    },
  };
}

function positionOf(rows: readonly HistoryReaderRow[]): HistoryPosition | null {
  const last = rows.at(-1);
  return last ? { at: last.position_at, id: last.id } : null;
}
