import type { ChannelName, DeliveryStatus, EventStatus } from '../../contracts/statuses';
import type { Database, Queryable } from './database';

export interface NewDelivery {
  readonly channel: ChannelName;
  readonly recipient: string;
  readonly audience: string;
  readonly status: 'pending' | 'held';
  readonly heldReason: string | null;
}

export interface NewEvent {
  readonly eventType: string;
  readonly eventData: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | null;
  /** ISO 8601 */
  readonly expiresAt: string | null;
  readonly source: 'http' | 'socket' | 'console';
  readonly deliveries: readonly NewDelivery[];
}

/** What an insert made of one event; `duplicate`: the key was used before and nothing was written. */
export type InsertedEvent =
  | { readonly duplicate: false; readonly eventId: number; readonly deliveryIds: readonly number[] }
  | { readonly duplicate: true };

/** An event row that somebody else inserted. */
export interface PendingEventRow {
  id: number;
  event_type: string;
  event_data: unknown;
  expires_at: Date | null;
}

export interface EventRow {
  id: number;
  event_type: string;
  event_data?: unknown;
  status: EventStatus;
  source: string | null;
  idempotency_key: string | null;
  error_message: string | null;
  deliveries_total: number | null;
  deliveries_sent: number | null;
  deliveries_failed: number | null;
  expires_at: Date | null;
  created_at: Date;
  updated_at: Date | null;
}

export interface EventDeliveryRow {
  event_id: number;
  id: number;
  channel: ChannelName;
  recipient: string;
  status: DeliveryStatus;
}

export interface EventFilter {
  readonly eventType?: string;
  readonly status?: EventStatus;
  readonly from?: Date;
  readonly to?: Date;
  /** ids below this one */
  readonly beforeId?: number;
  readonly limit: number;
}

export interface EventStore {
  /** Writes events and their deliveries in one transaction; the answer is in the order of `events`. */
  insertEvents(events: readonly NewEvent[]): Promise<InsertedEvent[]>;
  findByIdempotencyKey(key: string): Promise<EventRow | undefined>;
  /** Locks rows inserted by others as `pending`, oldest first; inside a transaction only. */
  lockPending(tx: Queryable, limit: number): Promise<PendingEventRow[]>;
  planPending(tx: Queryable, events: readonly PlannedRow[]): Promise<void>;
  /** Rows that waited already when the database was adopted: they are left to a person. */
  countLeftPending(): Promise<number>;
  find(eventId: number): Promise<EventRow | undefined>;
  list(filter: EventFilter): Promise<EventRow[]>;
  listSince(afterId: number, limit: number): Promise<EventRow[]>;
  listDeliveries(eventIds: readonly number[]): Promise<EventDeliveryRow[]>;
}

/** What became of a row that somebody else inserted. */
export interface PlannedRow {
  readonly id: number;
  readonly eventType: string;
  readonly status: 'processing' | 'completed' | 'failed';
  readonly error: string | null;
  readonly expiresAt: Date | null;
  readonly deliveries: readonly NewDelivery[];
}

const eventColumns = `id, event_type, status, source, idempotency_key, error_message, deliveries_total,
  deliveries_sent, deliveries_failed, expires_at, created_at, updated_at`;

// See the migration 0006_adoption.
const leftPendingUpTo = `(select coalesce(max(value::text::integer), 0) from modular_gateway_state
  where name = 'left_pending_up_to_id')`;

/**
 * One statement for any number of events: their ids are drawn first, so that the deliveries, planned by the
 * gateway, can name their event in the same round trip. Deliveries draw theirs in the order of the events: that
 * is the order in which a recipient gets them. `$1` events, `$2` customer, `$3` deliveries.
 */
const insertEventsSql = `
  with input as materialized (
    select nextval((select coalesce(pg_get_serial_sequence('websocket_events', 'id')::regclass,
      to_regclass('websocket_events_id_seq'))))::integer as id, r.*
    from json_to_recordset($1::json)
      as r(n integer, type text, data jsonb, key text, expires timestamptz, source text, total integer)
  ), events as (
    insert into websocket_events (id, customer_id, event_type, event_data, status, created_at, idempotency_key,
      expires_at, source, deliveries_total, deliveries_sent, deliveries_failed, updated_at)
    select id, $2, type, data, case when total = 0 then 'completed' else 'processing' end,
      now() at time zone 'utc', key, expires, source, total, 0, 0, now()
    from input order by n
    on conflict (customer_id, idempotency_key) where idempotency_key is not null do nothing
    returning id
  ), planned as materialized (
    select nextval((select coalesce(pg_get_serial_sequence('message_deliveries', 'id')::regclass,
      to_regclass('message_deliveries_id_seq'))))::integer as id, s.*
    from (
      select i.id as event_id, i.type, i.expires, d.*
      from json_to_recordset($3::json)
        as d(n integer, p integer, channel text, recipient text, audience text, status text, held text)
      join input i using (n) join events e on e.id = i.id
      order by d.n, d.p
    ) s
  ), deliveries as (
    insert into message_deliveries (id, event_id, customer_id, channel, recipient, status, retry_count, event_type,
      audience, next_attempt_at, queued_at, expires_at, held_reason, created_at, updated_at)
    select id, event_id, $2, channel, recipient, status, 0, type, audience, now(), now(), expires, held, now(), now()
    from planned order by id
  )
  select
    (select json_agg(json_build_array(i.n, i.id)) from input i join events e on e.id = i.id) as events,
    (select json_agg(json_build_array(n, p, id)) from planned) as deliveries`;

interface InsertResultRow {
  events: [n: number, id: number][] | null;
  deliveries: [n: number, position: number, id: number][] | null;
}

export function createEventStore(database: Database, customerId: string): EventStore {
  return {
    async insertEvents(events) {
      const deliveries = events.flatMap((event, n) =>
        event.deliveries.map((delivery, p) => ({
          n,
          p,
          channel: delivery.channel,
          recipient: delivery.recipient,
          audience: delivery.audience,
          status: delivery.status,
          held: delivery.heldReason,
        })),
      );
      const rows = await database.query<InsertResultRow>({
        name: 'events.insert',
        text: insertEventsSql,
        values: [
          JSON.stringify(
            events.map((event, n) => ({
              n,
              type: event.eventType,
              data: event.eventData,
              key: event.idempotencyKey,
              expires: event.expiresAt,
              source: event.source,
              total: event.deliveries.length,
            })),
          ),
          customerId,
          JSON.stringify(deliveries),
        ],
      });
      const answer: InsertedEvent[] = events.map(() => ({ duplicate: true }));
      const idLists: number[][] = events.map(() => []);
      for (const [n, position, id] of rows[0]?.deliveries ?? []) {
        const ids = idLists[n];
        if (ids) ids[position] = id;
      }
      for (const [n, eventId] of rows[0]?.events ?? []) {
        answer[n] = { duplicate: false, eventId, deliveryIds: idLists[n] ?? [] };
      }
      return answer;
    },

    async findByIdempotencyKey(key) {
      const rows = await database.query<EventRow>({
        name: 'events.find-by-key',
        text: `select ${eventColumns} from websocket_events where customer_id = $1 and idempotency_key = $2`,
        values: [customerId, key],
      });
      return rows[0];
    },

    lockPending: (tx, limit) =>
      tx.query<PendingEventRow>({
        name: 'events.lock-pending',
        text: `select id, event_type, event_data, expires_at from websocket_events
          where status = 'pending' and customer_id = $1 and id > ${leftPendingUpTo}
          order by id limit $2 for update skip locked`,
        values: [customerId, limit],
      }),

    async planPending(tx, events) {
      await tx.query({
        name: 'events.plan-pending',
        text: `
          with input as materialized (
            select * from json_to_recordset($1::json)
              as r(id integer, status text, error text, total integer, expires timestamptz)
          ), events as (
            update websocket_events e set status = i.status, error_message = i.error, source = coalesce(source, 'row'),
              expires_at = i.expires, deliveries_total = i.total, deliveries_sent = 0, deliveries_failed = 0,
              updated_at = now()
            from input i where e.id = i.id
          )
          insert into message_deliveries (event_id, customer_id, channel, recipient, status, retry_count, event_type,
            audience, next_attempt_at, queued_at, expires_at, held_reason, created_at, updated_at)
          select event_id, $2, channel, recipient, status, 0, type, audience, now(), now(), expires, held, now(), now()
          from json_to_recordset($3::json) as d(event_id integer, type text, channel text, recipient text,
            audience text, status text, held text, expires timestamptz)`,
        values: [
          JSON.stringify(
            events.map((event) => ({
              id: event.id,
              status: event.status,
              error: event.error,
              total: event.deliveries.length,
              expires: event.expiresAt,
            })),
          ),
          customerId,
          JSON.stringify(
            events.flatMap((event) =>
              event.deliveries.map((delivery) => ({
                event_id: event.id,
                type: event.eventType,
                channel: delivery.channel,
                recipient: delivery.recipient,
                audience: delivery.audience,
                status: delivery.status,
                held: delivery.heldReason,
                expires: event.expiresAt,
              })),
            ),
          ),
        ],
      });
    },

    async countLeftPending() {
      const rows = await database.query<{ count: number }>({
        name: 'events.count-left-pending',
        text: `select count(*) as count from websocket_events
          where status = 'pending' and customer_id = $1 and id <= ${leftPendingUpTo}`,
        values: [customerId],
      });
      return rows[0]?.count ?? 0;
    },

    async find(eventId) {
      const rows = await database.query<EventRow>({
        name: 'events.find',
        text: `select ${eventColumns}, event_data from websocket_events where customer_id = $1 and id = $2`,
        values: [customerId, eventId],
      });
      return rows[0];
    },

    list: (filter) =>
      database.query<EventRow>({
        name: 'events.list',
        text: `select ${eventColumns} from websocket_events
          where customer_id = $1
            and ($2::text is null or event_type = $2)
            and ($3::text is null or status = $3)
            and ($4::timestamptz is null or created_at >= $4::timestamptz at time zone 'utc')
            and ($5::timestamptz is null or created_at < $5::timestamptz at time zone 'utc')
            and ($6::integer is null or id < $6)
          order by id desc limit $7`,
        values: [
          customerId,
          filter.eventType ?? null,
          filter.status ?? null,
          filter.from ?? null,
          filter.to ?? null,
          filter.beforeId ?? null,
          filter.limit,
        ],
        prepare: false,
      }),

    listSince: (afterId, limit) =>
      database.query<EventRow>({
        name: 'events.since',
        text: `select ${eventColumns} from websocket_events where customer_id = $1 and id > $2 order by id limit $3`,
        values: [customerId, afterId, limit],
      }),

    listDeliveries: (eventIds) =>
      database.query<EventDeliveryRow>({
        name: 'events.deliveries',
        text: `select event_id, id, channel, recipient, status from message_deliveries
          where customer_id = $1 and event_id = any($2::integer[]) order by id`,
        values: [customerId, eventIds],
      }),
  };
}
