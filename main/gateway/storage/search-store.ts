import type { Database } from './database';

/** A delivery with what it is found by. */
export interface SearchSource {
  readonly id: number;
  readonly event_id: number | null;
  readonly event_type: string | null;
  readonly recipient: string;
  readonly status: string;
  readonly message_id: string | null;
  readonly error_message: string | null;
  readonly subject: string | null;
  readonly content: string | null;
  /** the event's data without its files, as JSON; cut off where it is long */
  readonly data: string | null;
}

export interface SearchEntry {
  readonly id: number;
  readonly seen: 0 | 1 | 2;
  readonly words: readonly string[];
}

/** The words of deliveries, see migration 0133. */
interface SearchStore {
  /** Deliveries that came in and are not written down yet, oldest first. */
  listNew(limit: number): Promise<SearchSource[]>;
  /** Deliveries from before, newest first: once all are written down, there are none. */
  listOlder(limit: number): Promise<SearchSource[]>;
  /** Deliveries that have left, or failed, since they were written down. */
  listFinished(limit: number): Promise<SearchSource[]>;
  write(entries: readonly SearchEntry[]): Promise<void>;
}

/** More is not searched through. */
export const longestDataText = 32_000;
const longestContent = 6_000;
/** Ids are drawn before rows are committed: so many below the highest may still come in. */
const lateIds = 1_000;
/** Most messages have left by then, and are written down once. */
const settleSeconds = 2;

const sourceColumns = `d.id, d.event_id, coalesce(d.event_type, e.event_type) as event_type, d.recipient, d.status,
  d.message_id, d.error_message, coalesce(d.message_subject, d.direct_message ->> 'subject') as subject,
  left(coalesce(d.message_content, d.direct_message ->> 'text'), ${longestContent}) as content,
  left((case when jsonb_typeof(e.event_data) = 'object' then e.event_data - 'attachments' else e.event_data end)::text,
    ${longestDataText}) as data`;

const sourceTables = `message_deliveries d left join websocket_events e on e.id = d.event_id`;

/** The highest or lowest that is written down of this customer: another may have its rows in the same tables. */
export const writtenDown = (order: 'asc' | 'desc'): string => `(select s.delivery_id from message_search s
    join message_deliveries own on own.id = s.delivery_id where own.customer_id = $1
    order by s.delivery_id ${order} limit 1)`;

/** @param database for what may be repeated after a crash */
export function createSearchStore(database: Database, customerId: string): SearchStore {
  return {
    listNew: (limit) =>
      database.query<SearchSource>({
        name: 'search.new',
        text: `select ${sourceColumns} from ${sourceTables}
          where d.customer_id = $1
            and d.id > coalesce(${writtenDown('desc')}, 2147483647) - ${lateIds}
            and d.id > coalesce(${writtenDown('asc')}, 2147483647)
            and coalesce(d.created_at, timestamptz '1970-01-01 00:00:00+00') < now() - interval '${settleSeconds} seconds'
            and not exists (select 1 from message_search s where s.delivery_id = d.id)
          order by d.id limit $2`,
        values: [customerId, limit],
      }),
    listOlder: (limit) =>
      database.query<SearchSource>({
        name: 'search.older',
        text: `select ${sourceColumns} from ${sourceTables}
          where d.customer_id = $1 and d.id < coalesce(${writtenDown('asc')}, 2147483647)
          order by d.id desc limit $2`,
        values: [customerId, limit],
      }),
    listFinished: (limit) =>
      database.query<SearchSource>({
        name: 'search.finished',
        text: `select ${sourceColumns}
          from message_search s join message_deliveries d on d.id = s.delivery_id
            left join websocket_events e on e.id = d.event_id
          where d.customer_id = $1 and s.seen < 2
            and case when d.status in ('sent', 'delivered', 'read') then 2 when d.status = 'failed' then 1 else 0 end > s.seen
          order by d.id desc limit $2`,
        values: [customerId, limit],
      }),
    async write(entries) {
      await database.query({
        name: 'search.write',
        text: `insert into message_search (delivery_id, at, seen, words)
          select d.id, coalesce(d.created_at, timestamptz '1970-01-01 00:00:00+00'), r.seen,
            array_to_tsvector(array(select jsonb_array_elements_text(r.words)))
          from jsonb_to_recordset($1::jsonb) as r(id integer, seen smallint, words jsonb)
            join message_deliveries d on d.id = r.id
          on conflict (delivery_id) do update set seen = excluded.seen, words = excluded.words`,
        values: [JSON.stringify(entries)],
      });
    },
  };
}
