import type { Database } from './database';

/** How a tenant is doing, in numbers that cost little however much it has sent. */
interface TenantSummary {
  /** pending, held and just being sent */
  readonly waiting: number;
  /** given up within the last 24 hours */
  readonly failed: number;
  readonly lastEventAt: Date | null;
}

interface WhatsAppSummary {
  readonly waiting: number;
  readonly unknown: number;
  readonly lastSentAt: Date | null;
}

export interface TenantSummaryStore {
  summarise(): Promise<TenantSummary>;
  summariseWhatsApp(): Promise<WhatsAppSummary>;
  /** Newest first, small ones only: data to try a template with. */
  recentEvents(
    eventType: string,
    limit: number,
  ): Promise<{ id: number; created_at: Date; event_data: Record<string, unknown> }[]>;
}

/** There is no index by event type: a type that was not used among so many is not found. */
const recentlyLookedAt = 5_000;
/** Attachments are of no use in a preview. */
const largestRecentBytes = 32_768;

/** Each count has a partial index of what it counts: old deliveries are not looked at. */
const waitingSql = (further: string) => `
  (select count(*) from message_deliveries
    where customer_id = $1 and status = 'pending' and next_attempt_at is not null and is_test is not true ${further})
  + (select count(*) from message_deliveries where customer_id = $1 and status = 'held' and is_test is not true ${further})
  + (select count(*) from message_deliveries where customer_id = $1 and status = 'sending' and is_test is not true ${further})`;

export function createTenantSummaryStore(database: Database, customerId: string): TenantSummaryStore {
  return {
    async summarise() {
      const rows = await database.query<TenantSummary>({
        name: 'summary.tenant',
        text: `select ${waitingSql('')} as waiting,
          (select count(*) from message_deliveries
            where customer_id = $1 and status = 'failed' and is_test is not true and updated_at > now() - interval '24 hours') as failed,
          (select created_at from websocket_events where customer_id = $1 order by id desc limit 1) as "lastEventAt"`,
        values: [customerId],
      });
      return rows[0] ?? { waiting: 0, failed: 0, lastEventAt: null };
    },
    async summariseWhatsApp() {
      const rows = await database.query<WhatsAppSummary>({
        name: 'summary.whatsapp',
        text: `select ${waitingSql("and channel = 'whatsapp'")} as waiting,
          (select count(*) from message_deliveries
            where customer_id = $1 and status = 'unknown' and channel = 'whatsapp') as unknown,
          (select max(newest.sent_at) from unnest(array['sent', 'delivered', 'read']) as done(status)
            cross join lateral (
              select sent_at from message_deliveries
              where customer_id = $1 and channel = 'whatsapp' and status = done.status
                and status in ('sent', 'delivered', 'read')
              order by greatest(created_at, timestamptz '1970-01-01 00:00:00+00') desc, id desc limit 1
            ) newest) as "lastSentAt"`,
        values: [customerId],
      });
      return rows[0] ?? { waiting: 0, unknown: 0, lastSentAt: null };
    },
    recentEvents: (eventType, limit) =>
      database.query({
        name: 'summary.recent-events',
        text: `select id, created_at, event_data from (
            select * from websocket_events where customer_id = $1 order by id desc limit ${recentlyLookedAt}
          ) recent
          where event_type = $2 and jsonb_typeof(event_data) = 'object'
            and pg_column_size(event_data) <= ${largestRecentBytes}
          order by id desc limit $3`,
        values: [customerId, eventType, limit],
      }),
  };
}
