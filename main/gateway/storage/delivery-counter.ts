import type { ChannelName } from '../../contracts/statuses';
import type { Queryable } from './database';

interface OpenCount {
  readonly channel: ChannelName;
  readonly status: 'pending' | 'sending' | 'held' | 'unknown';
  readonly count: number;
}

interface HourCount {
  readonly hour: Date;
  readonly channel: ChannelName;
  readonly count: number;
}

/** What a report says of a database; nothing of what is in it. */
interface DatabaseFacts {
  readonly version: string;
  readonly bytes: number;
  /** estimated by the server's statistics */
  readonly events: number;
  readonly deliveries: number;
  readonly migrations: number;
}

/** Counts for the overview, each from an index of what it counts: what is old is not looked at. */
export interface DeliveryCounter {
  /** What is not done. Rows from before the gateway, which it never sends, are left out. */
  countOpen(): Promise<OpenCount[]>;
  /** What left, by the hour of its sending; hours without any are absent. */
  countSent(from: Date): Promise<HourCount[]>;
  /** What was given up and is still so; what a person closed is left out. */
  countFailed(from: Date): Promise<HourCount[]>;
  findLastEventAt(): Promise<Date | null>;
  describeDatabase(): Promise<DatabaseFacts | undefined>;
}

export function createDeliveryCounter(database: Queryable, customerId: string): DeliveryCounter {
  return {
    countOpen: () =>
      database.query<OpenCount>({
        name: 'counter.open',
        text: `select channel, status, count(*) as count from message_deliveries
          where customer_id = $1 and status in ('pending', 'sending', 'held', 'unknown')
            and (status <> 'pending' or next_attempt_at is not null)
            and is_test is not true and channel in ('email', 'whatsapp', 'webhook')
          group by channel, status`,
        values: [customerId],
      }),
    countSent: (from) =>
      database.query<HourCount>({
        name: 'counter.sent',
        text: `select date_trunc('hour', sent_at) as hour, channel, count(*) as count from message_deliveries
          where customer_id = $1 and sent_at >= $2::timestamptz at time zone 'utc'
            and status in ('sent', 'delivered', 'read') and is_test is not true and channel in ('email', 'whatsapp', 'webhook')
          group by 1, 2`,
        values: [customerId, from],
        // A plan for any time would not know that the last hours are few.
        prepare: false,
      }),
    countFailed: (from) =>
      database.query<HourCount>({
        name: 'counter.failed',
        text: `select date_trunc('hour', updated_at at time zone 'utc') as hour, channel, count(*) as count
          from message_deliveries
          where customer_id = $1 and status = 'failed' and updated_at >= $2
            and error_code is distinct from 'closed_unknown' and is_test is not true and channel in ('email', 'whatsapp', 'webhook')
          group by 1, 2`,
        values: [customerId, from],
        // A plan for any time would not know that the last hours are few.
        prepare: false,
      }),
    async describeDatabase() {
      const rows = await database.query<DatabaseFacts>({
        name: 'counter.database',
        text: `select current_setting('server_version') as version,
          pg_database_size(current_database()) as bytes,
          (select reltuples::bigint from pg_class where oid = to_regclass('websocket_events')) as events,
          (select reltuples::bigint from pg_class where oid = to_regclass('message_deliveries')) as deliveries,
          (select count(*) from modular_gateway_migrations) as migrations`,
      });
      return rows[0];
    },
    async findLastEventAt() {
      const rows = await database.query<{ at: Date | null }>({
        name: 'counter.last-event',
        text: `select created_at as at from websocket_events where customer_id = $1 order by id desc limit 1`,
        values: [customerId],
      });
      return rows[0]?.at ?? null;
    },
  };
}
