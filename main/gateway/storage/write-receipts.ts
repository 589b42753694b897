import type { ChannelName } from '../../contracts/statuses';
import type { Queryable } from './database';

export interface DeliveryReceipt {
  readonly id: number;
  readonly status: 'delivered' | 'read';
  readonly at: Date;
}

export interface ReceivedDelivery {
  id: number;
  event_id: number | null;
  event_type: string | null;
  channel: ChannelName;
  recipient: string;
}

/**
 * Moves sent deliveries up the ladder, one receipt each: the highest.
 * @returns those that were not there already
 */
export function writeReceipts(
  database: Queryable,
  customerId: string,
  receipts: readonly DeliveryReceipt[],
): Promise<ReceivedDelivery[]> {
  return database.query<ReceivedDelivery>({
    name: 'deliveries.receipts',
    // Locked in one order: two statements over the same rows never wait for one another in a ring.
    text: `
      with receipts as (
        select * from unnest($2::integer[], $3::text[], $4::timestamptz[]) as n (id, status, at)
      ), due as materialized (
        select d.id, n.status, n.at from message_deliveries d join receipts n using (id)
        where d.customer_id = $1
          and d.status = any(case when n.status = 'read' then array['sent', 'delivered'] else array['sent'] end)
        order by d.id for update of d
      )
      update message_deliveries d set status = due.status, updated_at = now(),
        delivered_at = coalesce(d.delivered_at, due.at),
        read_at = case when due.status = 'read' then coalesce(d.read_at, due.at) else d.read_at end
      from due where d.id = due.id
      returning d.id, d.event_id, d.event_type, d.channel, d.recipient`,
    values: [
      customerId,
      receipts.map(({ id }) => id),
      receipts.map(({ status }) => status),
      receipts.map(({ at }) => at.toISOString()),
    ],
  });
}
