import type { ChannelName, DeliveryStatus } from '../../contracts/statuses';
import type { Database, Queryable } from './database';
import {
  buildFoundSql,
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
import { createHistoryWords } from './history-words';

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
  /** its subject, or what it is about: a number in the event's data, else how its text begins */
  readonly subject: string | null;
  readonly is_test: boolean;
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
const searchBudgetMs = 250;
/** Grows, so that the first hits come at once and long searches take few statements. */
const firstSliceRows = 5_000;
const largestSliceRows = 320_000;
/** So many deliveries of a recipient are read and sorted; the newest of more are found among the newest of all. */
const fewRows = 1_000;
/** So many that fit everything else are looked through for a text. */
const manyRows = 10_000;
/** So many of the newest that hold the words are looked at for what else is asked for. */
const candidateRows = 2_000;

const positionAt = (expression: string) =>
  `to_char(${expression} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as position_at`;

/** Names that an application gives to what an event is about. */
const referenceFields = [
  'reference',
  'invoice_number',
  'document_number',
  'order_number',
  'number',
  'title',
  'subject',
];

/** Large data hold a document: its name is in the message. */
const smallDataBytes = 16_000;

const subjectSql = `left(coalesce(
    nullif(d.message_subject, ''), nullif(d.direct_message ->> 'subject', ''),
    case when pg_column_size(e.event_data) < ${smallDataBytes} then coalesce(${referenceFields
      .map((field) => `nullif(e.event_data ->> '${field}', '')`)
      .join(', ')}) end,
    nullif(split_part(ltrim(left(coalesce(d.message_content, d.direct_message ->> 'text'), 1000), e'\\r\\n '), e'\\n', 1), '')
  ), 200)`;

const rowColumns = `d.id, d.event_id, coalesce(d.event_type, e.event_type) as event_type, d.channel, d.recipient,
  d.status, d.error_message, d.held_reason, ${subjectSql} as subject, coalesce(d.is_test, false) as is_test, coalesce(d.retry_count, 0) as retry_count,
  case when d.status in ('pending', 'held') then d.next_attempt_at end as next_attempt_at,
  coalesce(d.created_at, e.created_at at time zone 'utc', d.sent_at at time zone 'utc', f.k) as created_at,
  coalesce(d.updated_at, d.sent_at at time zone 'utc', d.created_at, e.created_at at time zone 'utc', f.k)
    as updated_at, ${positionAt('f.k')}`;

export function createHistoryReader(database: Database, customerId: string): HistoryReader {
  const words = createHistoryWords(database, customerId);

  async function read(
    query: HistoryQuery,
    range: HistoryRange,
    limit: number,
    how: { readonly narrowBy?: NarrowBy; readonly words?: string } = {},
  ): Promise<HistoryReaderRow[]> {
    const found = buildHistorySql(customerId, query, range, { limit, ...how });
    if (found.text === '') return [];
    const ids = `select id, k from (${found.text}) parts order by k desc, id desc limit ${limit}`;
    return readRows(database, { text: ids, values: found.values });
  }

  /** @param ids a select of `id` and its place `k` */
  function readRows(from: Queryable, ids: HistorySql): Promise<HistoryReaderRow[]> {
    return from.query<HistoryReaderRow>({
      name: 'history.page',
      text: `select ${rowColumns}
        from (${ids.text}) f
          join message_deliveries d on d.id = f.id left join websocket_events e on e.id = d.event_id
        order by f.k desc, f.id desc`,
      values: ids.values,
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
    if (query.eventId !== undefined) return 'others';
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

  async function countRows(name: string, sql: HistorySql, from: Queryable = database): Promise<number> {
    const rows = await from.query<{ count: number }>({ name, ...sql, prepare: false });
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
    found: { readonly words?: string; readonly isComplete?: boolean },
  ): Promise<HistoryPage> {
    const startedAt = performance.now();
    const rows: HistoryReaderRow[] = [];
    let before = start;
    let sliceRows = firstSliceRows;
    for (;;) {
      const end = await sliceEnd(query, before, sliceRows);
      const slice = { before, downTo: end ?? undefined };
      rows.push(...(await read(query, slice, limit - rows.length, { words: found.words })));
      if (rows.length === limit) return { rows, next: positionOf(rows) };
      if (end === null || (query.from && Date.parse(end.at) < query.from.getTime()))
        return { rows, next: null };
      // The place itself was looked at.
      before = end;
      if (found.words !== undefined && found.isComplete === true) {
        // Not among the newest: few hold the words, and the index knows them.
        const older = await readByWords(query, before, limit - rows.length, found.words);
        return { rows: [...rows, ...older.rows], next: older.next };
      }
      sliceRows = Math.min(sliceRows * 4, largestSliceRows);
      if (performance.now() - startedAt >= searchBudgetMs) return { rows, next: end };
    }
  }

  async function readByWords(
    query: HistoryQuery,
    before: HistoryPosition,
    limit: number,
    tsquery: string,
  ): Promise<HistoryPage> {
    const found = buildFoundSql(customerId, query, { before }, { words: tsquery, candidates: candidateRows });
    interface Candidate {
      readonly candidate: number;
      readonly fits: boolean;
      readonly position_at: string;
    }
    const candidates = await words.byIndex((tx) =>
      tx.query<Candidate>({
        name: 'history.found',
        text: `select candidate, coalesce(fits, false) as fits, ${positionAt('k')} from (${found.text}) c
          order by k desc, candidate desc`,
        values: found.values,
        prepare: false,
      }),
    );
    const fitting = candidates.filter(({ fits }) => fits).slice(0, limit);
    const rows =
      fitting.length === 0
        ? []
        : await readRows(database, {
            text: `select id, k from unnest($1::integer[], $2::timestamptz[]) as u(id, k)`,
            values: [fitting.map(({ candidate }) => candidate), fitting.map(({ position_at: at }) => at)],
          });
    const last = fitting.length === limit ? fitting.at(-1) : candidates.at(-1);
    const isAll = fitting.length < limit && candidates.length < candidateRows;
    return { rows, next: isAll || !last ? null : { at: last.position_at, id: last.candidate } };
  }

  return {
    async page(query, before, limit) {
      const narrowBy = await findNarrow(query);
      const found = await words.find(query.text);
      if (narrowBy === undefined && (query.text !== undefined || query.recipient !== undefined)) {
        return search(query, before, limit, found);
      }
      const rows = await read(query, { before }, limit, { narrowBy, words: found.words });
      return { rows, next: rows.length === limit ? positionOf(rows) : null };
    },

    async count(query, most) {
      const narrowBy = await findNarrow(query);
      const { words: tsquery, isComplete, isCommon } = await words.find(query.text);
      if (tsquery !== undefined && isComplete && !isCommon && narrowBy === undefined) {
        const found = buildFoundSql(customerId, query, {}, { words: tsquery, candidates: most });
        const text = `select count(*) as count from (${found.text}) c where fits`;
        return words.byIndex((tx) => countRows('history.count', { text, values: found.values }, tx));
      }
      const found = buildHistorySql(customerId, query, {}, { limit: most, narrowBy, words: tsquery });
      return countFound(found, most);
    },

    async idsFromOldest(query, after, limit) {
      const narrowBy = await findNarrow(query);
      const { words: tsquery } = await words.find(query.text);
      const found = buildHistorySql(
        customerId,
        query,
        { after },
        { limit, order: 'oldest', narrowBy, words: tsquery },
      );
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
