import type { DeliveryStatus } from '../../contracts/statuses';
import type { Database } from './database';
import { reopenEvents, requeueColumns, type RequeuedDelivery, returnedColumns } from './requeue-sql';

/** Puts back those of `ids` that are in one of `from`, to leave at once; their retries start again. */
export function requeueIds(
  database: Database,
  customerId: string,
  ids: readonly number[],
  from: readonly DeliveryStatus[],
): Promise<RequeuedDelivery[]> {
  return database.query<RequeuedDelivery>({
    name: 'deliveries.requeue-ids',
    text: `
      with wanted as (
        select d.id, d.status as was from message_deliveries d
        where d.customer_id = $1 and d.id = any($2::integer[]) and d.status = any($3::text[])
        order by d.id for update skip locked
      ), changed as (
        update message_deliveries d set ${requeueColumns('now()')} from wanted w where d.id = w.id
        returning ${returnedColumns}, w.was
      ), events as (${reopenEvents})
      select id, event_id, event_type, channel, recipient from changed order by id`,
    values: [customerId, ids, from],
  });
}

/** Gives up those of `ids` that wait; one that is being sent is not among them. */
export function cancelIds(
  database: Database,
  customerId: string,
  ids: readonly number[],
): Promise<RequeuedDelivery[]> {
  return database.query<RequeuedDelivery>({
    name: 'deliveries.cancel-ids',
    text: `
      with wanted as (
        select d.id from message_deliveries d
        where d.customer_id = $1 and d.id = any($2::integer[]) and d.status in ('pending', 'held')
        order by d.id for update skip locked
      ), changed as (
        update message_deliveries d set status = 'failed', error_code = 'cancelled',
          error_message = 'Cancelled in the console.', held_reason = null, next_attempt_at = null, updated_at = now()
        from wanted w where d.id = w.id
        returning ${returnedColumns}
      ), events as (
        update websocket_events e set deliveries_failed = coalesce(e.deliveries_failed, 0) + c.n, updated_at = now(),
          status = case
            when coalesce(e.deliveries_sent, 0) + coalesce(e.deliveries_failed, 0) + c.n >= e.deliveries_total
              then 'failed' else 'processing' end
        from (select event_id, count(*)::integer as n from changed where event_id is not null group by event_id) c
        where e.id = c.event_id
      )
      select id, event_id, event_type, channel, recipient from changed order by id`,
    values: [customerId, ids],
  });
}
