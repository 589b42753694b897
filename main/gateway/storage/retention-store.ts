import type { Database } from './database';

export interface RetentionStore {
  /**
   * Deletes at most `limit` events that ended before `before`, with their deliveries and attempts; none with a
   * delivery that waits, is under way or has an unknown outcome. Returns how many.
   */
  deleteEvents(before: Date, limit: number): Promise<number>;
  /** The same for messages that no event made. */
  deleteDirectDeliveries(before: Date, limit: number): Promise<number>;
  /** What clients wrote. */
  deleteInbound(before: Date, limit: number): Promise<number>;
  /** Notes on how messages were handed to WhatsApp, of those whose outcome is known. */
  deleteSubmissions(before: Date, limit: number): Promise<number>;
}

const isDone = (delivery: string) => `${delivery}.status in ('sent', 'delivered', 'read', 'failed')`;

/** What hangs on deliveries goes with them: there are no foreign keys between these tables. */
const withDeliveries = `
  search as (delete from message_search s using deliveries d where s.delivery_id = d.id),
  attempts as (delete from delivery_attempts a using deliveries d where a.delivery_id = d.id),
  submissions as (delete from whatsapp_handovers h using deliveries d where h.delivery_id = d.id)`;

export function createRetentionStore(database: Database, customerId: string): RetentionStore {
  async function count(name: string, text: string, values: readonly unknown[]): Promise<number> {
    const rows = await database.query<{ count: number }>({ name, text, values });
    return rows[0]?.count ?? 0;
  }

  return {
    deleteEvents: (before, limit) =>
      count(
        'retention.events',
        // Events are made in the order of their ids, so that the old ones are found at the index's end.
        `with old as (
          select e.id from websocket_events e
          where e.customer_id = $1 and e.status in ('completed', 'failed')
            and e.created_at < $2::timestamptz at time zone 'utc'
            and coalesce(e.updated_at, e.created_at at time zone 'utc') < $2::timestamptz
            and not exists (select 1 from message_deliveries d where d.event_id = e.id and not ${isDone('d')})
          order by e.id limit $3 for update skip locked
        ), deliveries as (
          delete from message_deliveries d using old where d.event_id = old.id returning d.id
        ), ${withDeliveries}, gone as (
          delete from websocket_events e using old where e.id = old.id returning e.id
        ) select count(*) as count from gone`,
        [customerId, before, limit],
      ),
    deleteDirectDeliveries: (before, limit) =>
      count(
        'retention.direct-deliveries',
        `with old as (
          select d.id from message_deliveries d
          where d.customer_id = $1 and d.event_id is null and ${isDone('d')}
            and coalesce(d.created_at, timestamptz '1970-01-01 00:00:00+00') < $2::timestamptz
            and coalesce(d.updated_at, d.created_at) < $2::timestamptz
          order by coalesce(d.created_at, timestamptz '1970-01-01 00:00:00+00'), d.id
          limit $3 for update skip locked
        ), deliveries as (
          delete from message_deliveries d using old where d.id = old.id returning d.id
        ), ${withDeliveries}
        select count(*) as count from deliveries`,
        [customerId, before, limit],
      ),
    deleteInbound: (before, limit) =>
      count(
        'retention.inbound',
        `with gone as (
          delete from whatsapp_inbound where message_id in (
            select message_id from whatsapp_inbound where received_at < $1::timestamptz
            order by received_at limit $2)
          returning 1
        ) select count(*) as count from gone`,
        [before, limit],
      ),
    deleteSubmissions: (before, limit) =>
      count(
        'retention.submissions',
        `with gone as (
          delete from whatsapp_handovers h using (
            select delivery_id, part from whatsapp_handovers
            where started_at < $1::timestamptz and updated_at < $1::timestamptz
              and state in ('sent', 'absent', 'failed')
              and not exists (select 1 from message_deliveries d
                where d.id = delivery_id and d.customer_id = $3 and not ${isDone('d')})
            order by started_at limit $2
          ) old
          where h.delivery_id = old.delivery_id and h.part = old.part
          returning 1
        ) select count(*) as count from gone`,
        [before, limit, customerId],
      ),
  };
}
