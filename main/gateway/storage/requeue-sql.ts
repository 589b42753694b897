import type { ChannelName } from '../../contracts/statuses';

/** A delivery that was put back into its lane. */
export interface RequeuedDelivery {
  id: number;
  event_id: number | null;
  event_type: string | null;
  channel: ChannelName;
  recipient: string;
}

/** After `changed`: the events of deliveries that were given up are under way again. */
export const reopenEvents = `
  update websocket_events e set deliveries_failed = greatest(0, coalesce(e.deliveries_failed, 0) - c.again),
    status = 'processing', updated_at = now()
  from (select event_id, count(*) filter (where was = 'failed') as again from changed
    where event_id is not null group by event_id) c
  where e.id = c.event_id`;

export const spacedTime = `greatest(now(), d.retried_at + interval '30 seconds')`;

export const requeueColumns = (
  when: string,
) => `status = 'pending', retry_count = 0, next_attempt_at = ${when},
  retried_at = ${when}, queued_at = now(), error_code = null, error_message = null, held_reason = null, claimed_by = null, lease_until = null,
  expires_at = case when d.expires_at <= now() then null else d.expires_at end, updated_at = now()`;

export const returnedColumns = 'd.id, d.event_id, d.event_type, d.channel, d.recipient';
