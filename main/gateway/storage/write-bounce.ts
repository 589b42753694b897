import type { ChannelName, DeliveryStatus } from '../../contracts/statuses';
import type { Database } from './database';
import type { EventCounters } from './delivery-rows';

/** An email that came back after the mail server had taken it. */
export interface BouncedEmail {
  readonly deliveryId: number;
  readonly messageId: string;
  readonly error: string;
  readonly response: string;
  /** the webhook that passes it on; undefined: the tenant's is off */
  readonly webhook:
    { readonly recipient: string; readonly data: Readonly<Record<string, unknown>> } | undefined;
}

export interface RecordedBounce {
  delivery: {
    id: number;
    event_id: number | null;
    event_type: string | null;
    channel: ChannelName;
    recipient: string;
    retry_count: number;
  };
  /** null: the email was of no event */
  event: EventCounters | null;
}

/** The delivery that a Message-ID belongs to, where it is an email of this customer. */
export async function findBounced(
  database: Database,
  customerId: string,
  deliveryId: number,
  messageId: string,
): Promise<{ status: DeliveryStatus; recipient: string; event_id: number | null } | undefined> {
  const rows = await database.query<{ status: DeliveryStatus; recipient: string; event_id: number | null }>({
    name: 'deliveries.find-bounced',
    text: `select status, recipient, event_id from message_deliveries
      where customer_id = $1 and id = $2 and channel = 'email'
        and (message_id = $3 or message_id is null and status in ('pending', 'sending'))`,
    values: [customerId, deliveryId, messageId],
  });
  return rows[0];
}

/**
 * Turns a sent email into a failed one, with its event's counters, an entry among its attempts, and the webhook that
 * tells of it: all or nothing. @returns undefined when it is not `sent` (any more)
 */
export async function writeBounce(
  database: Database,
  customerId: string,
  bounced: BouncedEmail,
): Promise<RecordedBounce | undefined> {
  const rows = await database.query<RecordedBounce>({
    name: 'deliveries.bounce',
    text: `
      with changed as (
        update message_deliveries d set status = 'failed', error_code = 'bounced', error_message = $4, updated_at = now()
        where d.customer_id = $1 and d.id = $2 and d.message_id = $3 and d.channel = 'email' and d.status = 'sent'
        returning d.id, d.event_id, d.event_type, d.channel, d.recipient, coalesce(d.retry_count, 0) as retry_count
      ), attempts as (
        insert into delivery_attempts (delivery_id, attempt, started_at, duration_ms, outcome, error_code, response)
        select id, retry_count + 1, now(), 0, 'failed', 'bounced', $5 from changed
      ), events as (
        update websocket_events e set updated_at = now(),
          deliveries_sent = greatest(0, coalesce(e.deliveries_sent, 0) - 1),
          deliveries_failed = coalesce(e.deliveries_failed, 0) + 1,
          status = case when coalesce(e.deliveries_sent, 0) + coalesce(e.deliveries_failed, 0) >= e.deliveries_total
            then 'failed' else e.status end
        from changed where e.id = changed.event_id
        returning e.id, e.event_type, e.status, e.deliveries_sent as sent, e.deliveries_failed as failed,
          coalesce(e.deliveries_total, 0) as total
      ), told as (
        insert into message_deliveries (customer_id, channel, recipient, status, event_type, audience,
          direct_message, retry_count, next_attempt_at, queued_at, created_at, updated_at)
        select $1, 'webhook', $6::text, 'pending', 'message:failed', 'endpoint', $7::jsonb, 0, now(), now(), now(), now()
        from changed where $6::text is not null
      )
      select to_json(changed) as delivery, (select to_json(events) from events) as event from changed`,
    values: [
      customerId,
      bounced.deliveryId,
      bounced.messageId,
      bounced.error,
      bounced.response,
      bounced.webhook?.recipient ?? null,
      bounced.webhook === undefined ? null : JSON.stringify(bounced.webhook.data),
    ],
  });
  return rows[0];
}
