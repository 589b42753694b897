import type { ChannelName, EventStatus } from '../../contracts/statuses';
import type { Database, Queryable } from './database';
import { createEventInsert } from './event-insert';
import type {
  EventDeliveryRow,
  EventRow,
  InsertedEvent,
  NewEvent,
  PendingEventRow,
  PlannedRow,
} from './event-rows';

interface EventFilter {
  readonly eventId?: number;
  readonly eventType?: string;
  readonly status?: EventStatus;
  readonly from?: Date;
  readonly to?: Date;
  /** events with a delivery by this channel, and to this recipient; both: one delivery that is both */
  readonly channel?: ChannelName;
  readonly recipient?: string;
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
  /** @returns the deliveries that start as failed */
  planPending(
    tx: Queryable,
    events: readonly PlannedRow[],
  ): Promise<readonly (EventDeliveryRow & { readonly error: string })[]>;
  /** Rows of the newest ten thousand that are nobody's: another spelling of the id, or a status that there is not. */
  findUntakable(): Promise<UntakableRows[]>;
  /** Rows that waited already when the database was adopted: they are left to a person. */
  countLeftPending(): Promise<number>;
  find(eventId: number): Promise<EventRow | undefined>;
  list(filter: EventFilter): Promise<EventRow[]>;
  listSince(afterId: number, limit: number): Promise<EventRow[]>;
  listDeliveries(eventIds: readonly number[]): Promise<EventDeliveryRow[]>;
}

/** Rows that wait for ever, by what is wrong with them. */
export interface UntakableRows {
  readonly customer_id: string;
  readonly status: string;
  readonly count: number;
  readonly first_id: number;
}

/** Enough to see a mistake that is made again and again, and few enough to cost nothing. */
const untakableLookedAt = 10_000;

const eventColumns = `id, event_type, status, source, idempotency_key, error_message, deliveries_total,
  deliveries_sent, deliveries_failed, expires_at, created_at, updated_at`;

// See the migration 0006_adoption.
const leftPendingUpTo = `(select coalesce(max(value::text::integer), 0) from modular_gateway_state
  where name = 'left_pending_up_to_id')`;

// What another program left there before is history, whatever it called it.
const adoptedAt = `(select min(run_on) from modular_gateway_migrations)`;
const blanks = `E' \\t\\r\\n'`;

export function createEventStore(database: Database, customerId: string): EventStore {
  return {
    insertEvents: createEventInsert(database, customerId),

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
      const inserted = await tx.query<EventDeliveryRow & { readonly error: string | null }>({
        name: 'events.plan-pending',
        text: `
          with input as materialized (
            select * from json_to_recordset($1::json)
              as r(id integer, status text, error text, total integer, failed integer, expires timestamptz)
          ), events as (
            update websocket_events e set status = i.status, error_message = i.error, source = coalesce(source, 'row'),
              expires_at = i.expires, deliveries_total = i.total, deliveries_sent = 0, deliveries_failed = i.failed,
              updated_at = now()
            from input i where e.id = i.id
          )
          insert into message_deliveries (event_id, customer_id, channel, recipient, status, retry_count, event_type,
            audience, next_attempt_at, queued_at, expires_at, held_reason, error_code, error_message, created_at,
            updated_at)
          select event_id, $2, channel, recipient, status, 0, type, audience, now(), now(), expires, held, code, error,
            now(), now()
          from json_to_recordset($3::json) as d(event_id integer, type text, channel text, recipient text,
            audience text, status text, held text, code text, error text, expires timestamptz)
          returning id, event_id, channel, recipient, status, error_message as error`,
        values: [
          JSON.stringify(
            events.map((event) => ({
              id: event.id,
              status: event.status,
              error: event.error,
              total: event.deliveries.length,
              failed: event.deliveries.filter(({ error }) => error !== null).length,
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
                code: delivery.error?.code ?? null,
                error: delivery.error?.message ?? null,
                expires: event.expiresAt,
              })),
            ),
          ),
        ],
      });
      return inserted.flatMap(({ error, ...row }) => (error === null ? [] : [{ ...row, error }]));
    },

    findUntakable: () =>
      database.query<UntakableRows>({
        name: 'events.untakable',
        text: `select customer_id, coalesce(status, '') as status, count(*) as count, min(id) as first_id
          from (select id, customer_id, status from websocket_events
            where id > ${leftPendingUpTo} and created_at >= ${adoptedAt}
            order by id desc limit ${untakableLookedAt}) newest
          where (customer_id = $1 and (status is null or status not in ('pending', 'processing', 'completed', 'failed')))
            or (customer_id <> $1 and lower(btrim(customer_id, ${blanks})) = lower($1)
              and lower(btrim(status, ${blanks})) = 'pending')
          group by 1, 2 order by 3 desc limit 5`,
        values: [customerId],
      }),

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
        text: `select ${eventColumns} from websocket_events e
          where customer_id = $1
            and ($2::text is null or event_type = $2)
            and ($3::text is null or status = $3)
            and ($4::timestamptz is null or created_at >= $4::timestamptz at time zone 'utc')
            and ($5::timestamptz is null or created_at < $5::timestamptz at time zone 'utc')
            and ($6::integer is null or id < $6)
            and ($8::integer is null or id = $8)
            and ($9::text is null and $10::text is null or exists (
              select 1 from message_deliveries d
              where d.event_id = e.id and ($9::text is null or d.channel = $9)
                and ($10::text is null or d.recipient = $10)))
          order by id desc limit $7`,
        values: [
          customerId,
          filter.eventType ?? null,
          filter.status ?? null,
          filter.from ?? null,
          filter.to ?? null,
          filter.beforeId ?? null,
          filter.limit,
          filter.eventId ?? null,
          filter.channel ?? null,
          filter.recipient ?? null,
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
