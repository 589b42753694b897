import type { Database } from './database';
import type { InsertedEvent, NewEvent } from './event-rows';

/**
 * One statement for any number of events: their ids are drawn first, so that the deliveries, planned by the
 * gateway, can name their event in the same round trip. Deliveries draw theirs in the order of the events: that
 * is the order in which a recipient gets them.
 *
 * The events' data come as one jsonb list, which the server parses once; records of mixed columns it would parse
 * twice. `$1` customer, `$2` to `$7` and `$15` events, `$8` to `$12`, `$16` and `$17` deliveries with the number of
 * their event, from 1; `$13` and `$14` the sequences of both tables.
 */
const insertEventsSql = (onConflict: string) => `
  with input as materialized (
    select nextval($13::regclass)::integer as id, r.*
    from rows from (jsonb_array_elements($2::jsonb), unnest($3::text[]), unnest($4::text[]),
      unnest($5::timestamptz[]), unnest($6::text[]), unnest($7::integer[]), unnest($15::integer[]))
      with ordinality as r(data, type, key, expires, source, total, failed, n)
  ), events as (
    insert into websocket_events (id, customer_id, event_type, event_data, status, created_at, idempotency_key,
      expires_at, source, deliveries_total, deliveries_sent, deliveries_failed, updated_at)
    select id, $1, type, data, case when total = 0 then 'completed' else 'processing' end,
      now() at time zone 'utc', key, expires, source, total, 0, failed, now()
    from input order by n
    ${onConflict}
    returning id
  ), planned as materialized (
    select nextval($14::regclass)::integer as id, s.*
    from (
      select i.id as event_id, i.type, i.expires, d.*
      from unnest($8::integer[], $9::text[], $10::text[], $11::text[], $12::text[], $16::text[], $17::text[])
        with ordinality as d(n, channel, recipient, audience, held, code, error, p)
      join input i using (n) join events e on e.id = i.id
      order by d.p
    ) s
  ), deliveries as (
    insert into message_deliveries (id, event_id, customer_id, channel, recipient, status, retry_count, event_type,
      audience, next_attempt_at, queued_at, expires_at, held_reason, error_code, error_message, created_at, updated_at)
    select id, event_id, $1, channel, recipient,
      case when code is not null then 'failed' when held is null then 'pending' else 'held' end, 0, type,
      audience, now(), now(), expires, held, code, error, now(), now()
    from planned order by p
  )
  select
    (select json_agg(e.id order by i.n) from input i left join events e using (id)) as events,
    (select json_agg(id order by p) from planned) as deliveries`;

// Where there is no key there is no conflict, and the server need not be ready to take a row back.
const insertKeyedSql = insertEventsSql(
  'on conflict (customer_id, idempotency_key) where idempotency_key is not null do nothing',
);
const insertUnkeyedSql = insertEventsSql('');

const sequencesSql = `
  select coalesce(pg_get_serial_sequence('websocket_events', 'id'), 'websocket_events_id_seq') as events,
    coalesce(pg_get_serial_sequence('message_deliveries', 'id'), 'message_deliveries_id_seq') as deliveries`;

interface Sequences {
  events: string;
  deliveries: string;
}

interface InsertResultRow {
  /** in the order of the events; null for one whose key was used before */
  events: (number | null)[] | null;
  /** of the events that were inserted, in their order */
  deliveries: number[] | null;
}

/** Writes events and their deliveries in one transaction; the answer is in the order of `events`. */
export function createEventInsert(
  database: Pick<Database, 'query'>,
  customerId: string,
): (events: readonly NewEvent[]) => Promise<InsertedEvent[]> {
  let sequences: Promise<Sequences> | undefined;

  async function readSequences(): Promise<Sequences> {
    const [found] = await database.query<Sequences>({ name: 'events.sequences', text: sequencesSql });
    if (!found) throw new Error('the server named no sequences');
    return found;
  }

  return async (events) => {
    sequences ??= readSequences();
    const isKeyed = events.some(({ idempotencyKey }) => idempotencyKey !== null);
    try {
      const rows = await database.query<InsertResultRow>({
        name: isKeyed ? 'events.insert-keyed' : 'events.insert',
        text: isKeyed ? insertKeyedSql : insertUnkeyedSql,
        values: toValues(customerId, events, await sequences),
      });
      return toAnswer(events, rows[0]);
    } catch (thrown) {
      // Asked for again: the database may have been away, or its tables been made again.
      sequences = undefined;
      throw thrown;
    }
  };
}

function toValues(customerId: string, events: readonly NewEvent[], sequences: Sequences): unknown[] {
  const deliveries = events.flatMap((event, index) =>
    event.deliveries.map((delivery) => ({ ...delivery, eventNumber: index + 1 })),
  );
  return [
    customerId,
    JSON.stringify(events.map((event) => event.eventData)),
    events.map((event) => event.eventType),
    events.map((event) => event.idempotencyKey),
    events.map((event) => event.expiresAt),
    events.map((event) => event.source),
    events.map((event) => event.deliveries.length),
    deliveries.map((delivery) => delivery.eventNumber),
    deliveries.map((delivery) => delivery.channel),
    deliveries.map((delivery) => delivery.recipient),
    deliveries.map((delivery) => delivery.audience),
    deliveries.map((delivery) => delivery.heldReason),
    sequences.events,
    sequences.deliveries,
    events.map((event) => event.deliveries.filter(({ error }) => error !== null).length),
    deliveries.map((delivery) => delivery.error?.code ?? null),
    deliveries.map((delivery) => delivery.error?.message ?? null),
  ];
}

function toAnswer(events: readonly NewEvent[], row: InsertResultRow | undefined): InsertedEvent[] {
  const deliveryIds = row?.deliveries ?? [];
  let taken = 0;
  return events.map((event, index) => {
    const eventId = row?.events?.[index] ?? null;
    if (eventId === null) return { duplicate: true };
    const ids = deliveryIds.slice(taken, taken + event.deliveries.length);
    taken += event.deliveries.length;
    return { duplicate: false, eventId, deliveryIds: ids };
  });
}
