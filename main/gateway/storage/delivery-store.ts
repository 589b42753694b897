import type { ChannelName } from '../../contracts/statuses';
import type { Database } from './database';
import type { ClaimedDelivery, DeliveryOutcome, RecordedOutcomes } from './delivery-rows';
import { instanceLockClass } from './server-watch';
import { writeOutcomes } from './write-outcomes';

interface DueTime {
  channel: ChannelName;
  due_in_ms: number;
}

export interface DeliveryStore {
  claimDue(claim: {
    readonly channel: ChannelName;
    readonly limit: number;
    readonly claimedBy: number;
    readonly leaseMs: number;
    readonly ordered: boolean;
  }): Promise<ClaimedDelivery[]>;
  /** Deliveries past their `expires_at` that still wait, claimed so that they can be failed in words. */
  claimExpired(claimedBy: number, limit: number): Promise<ClaimedDelivery[]>;
  /** Waiting deliveries of a dead channel whose retry window is over, claimed likewise. */
  claimOverdue(
    channel: ChannelName,
    claimedBy: number,
    windowMs: number,
    limit: number,
  ): Promise<ClaimedDelivery[]>;
  /**
   * `sending` rows of a gateway that is gone, claimed by this one; and this one's own whose lease ran out and
   * that are not among `heldIds`: the answer to their claim was lost with a connection, or their outcome with
   * the database's last moments.
   */
  claimInterrupted(
    claimedBy: number,
    leaseMs: number,
    limit: number,
    heldIds: readonly number[],
  ): Promise<ClaimedDelivery[]>;
  loadEventData(eventId: number): Promise<Record<string, unknown>>;
  loadDirectContent(deliveryId: number): Promise<Buffer | undefined>;
  recordOutcomes(outcomes: readonly DeliveryOutcome[], claimedBy: number): Promise<RecordedOutcomes>;
  /** Gives back what is claimed in the name of `claimedBy` and not among `heldIds`: nobody would send it. */
  releaseOrphaned(channel: ChannelName, claimedBy: number, heldIds: readonly number[]): Promise<void>;
  /** Gives claimed deliveries back untouched, due at once. */
  release(ids: readonly number[], claimedBy: number): Promise<void>;
  extendLeases(claimedBy: number, ids: readonly number[], leaseMs: number): Promise<void>;
  /** ms until the earliest waiting delivery of each channel is due; negative when it is overdue */
  nextDue(channels: readonly ChannelName[]): Promise<DueTime[]>;
  /** Moves waiting deliveries into `held` with a reason, and back. */
  hold(channel: ChannelName, reason: string): Promise<number>;
  releaseHeld(channel: ChannelName): Promise<number>;
}

// Larger event data (attachments) is fetched one by one when its delivery is sent.
const inlineEventDataBytes = 32_768;

const claimedColumns = `d.id, d.event_id, coalesce(d.event_type, e.event_type) as event_type, d.channel, d.recipient,
  d.audience, coalesce(d.retry_count, 0) as retry_count, d.message_id, d.queued_at, d.created_at, d.expires_at,
  d.direct_message, octet_length(d.direct_content) as direct_content_bytes,
  e.created_at as event_created_at,
  case when pg_column_size(e.event_data) <= ${inlineEventDataBytes} then e.event_data end as event_data`;

/** `due`: a select of ids to take; $1 customer, $2 who claims, $3 lease in ms. */
function claimSql(due: string): string {
  return `
    with due as materialized (${due})
    update message_deliveries d set status = 'sending', claimed_by = $2,
      lease_until = now() + $3 * interval '1 millisecond', updated_at = now()
    from due left join websocket_events e on e.id = due.event_id
    where d.id = due.id
    returning ${claimedColumns}`;
}

const claimDueSql = claimSql(`
  select id, event_id from message_deliveries
  where customer_id = $1 and channel = $4 and status = 'pending' and next_attempt_at <= now()
  order by next_attempt_at, id limit $5 for update skip locked`);

// An earlier message to the same recipient that is not out yet holds back the later ones.
const claimDueOrderedSql = claimSql(`
  select id, event_id from message_deliveries w
  where customer_id = $1 and channel = $4 and status = 'pending' and next_attempt_at <= now()
    and not exists (
      select 1 from message_deliveries p
      where p.customer_id = w.customer_id and p.channel = w.channel and p.recipient = w.recipient and p.id < w.id
        and p.status in ('pending', 'sending', 'held') and p.next_attempt_at is not null)
  order by next_attempt_at, id limit $5 for update skip locked`);

const claimExpiredSql = claimSql(`
  select id, event_id from message_deliveries
  where customer_id = $1 and status in ('pending', 'held') and next_attempt_at is not null and expires_at <= now()
  limit $4 for update skip locked`);

const claimOverdueSql = claimSql(`
  select id, event_id from message_deliveries
  where customer_id = $1 and channel = $4 and status = 'pending' and next_attempt_at is not null
    and queued_at < now() - $6 * interval '1 millisecond'
  order by next_attempt_at, id limit $5 for update skip locked`);

// A gateway holds an advisory lock under its instance number while it lives, in some database of the server; a crash
// lets go of it at once.
const claimInterruptedSql = claimSql(`
  select id, event_id from message_deliveries
  where customer_id = $1 and status = 'sending' and id <> all($6::integer[])
    and (lease_until is null or lease_until < now() or claimed_by is distinct from $2 and not exists (
      select 1 from pg_locks l
      where l.locktype = 'advisory' and l.objsubid = 2
        and l.classid = $5::integer::oid and l.objid = message_deliveries.claimed_by::oid))
  order by id limit $4 for update skip locked`);

export function createDeliveryStore(
  databases: {
    /** waits for the disk at each commit */
    readonly durable: Database;
    /** bookkeeping whose loss means a repeat that the receiver can recognise */
    readonly bookkeeping: Database;
  },
  customerId: string,
): DeliveryStore {
  // What WhatsApp was handed must be known after a power cut: it is never sent twice.
  const databaseFor = (channel: ChannelName): Database =>
    channel === 'whatsapp' ? databases.durable : databases.bookkeeping;

  return {
    claimDue: ({ channel, limit, claimedBy, leaseMs, ordered }) =>
      databaseFor(channel).query<ClaimedDelivery>({
        name: ordered ? 'deliveries.claim-ordered' : 'deliveries.claim',
        text: ordered ? claimDueOrderedSql : claimDueSql,
        values: [customerId, claimedBy, leaseMs, channel, limit],
      }),

    claimExpired: (claimedBy, limit) =>
      databases.bookkeeping.query<ClaimedDelivery>({
        name: 'deliveries.claim-expired',
        text: claimExpiredSql,
        values: [customerId, claimedBy, 60_000, limit],
      }),

    claimOverdue: (channel, claimedBy, windowMs, limit) =>
      databases.bookkeeping.query<ClaimedDelivery>({
        name: 'deliveries.claim-overdue',
        text: claimOverdueSql,
        values: [customerId, claimedBy, 60_000, channel, limit, windowMs],
      }),

    claimInterrupted: (claimedBy, leaseMs, limit, heldIds) =>
      databases.durable.query<ClaimedDelivery>({
        name: 'deliveries.claim-interrupted',
        text: claimInterruptedSql,
        values: [customerId, claimedBy, leaseMs, limit, instanceLockClass, heldIds],
      }),

    async loadEventData(eventId) {
      const rows = await databases.bookkeeping.query<{ event_data: Record<string, unknown> }>({
        name: 'deliveries.event-data',
        text: 'select event_data from websocket_events where customer_id = $1 and id = $2',
        values: [customerId, eventId],
      });
      return rows[0]?.event_data ?? {};
    },

    async loadDirectContent(deliveryId) {
      const rows = await databases.bookkeeping.query<{ direct_content: Buffer | null }>({
        name: 'deliveries.direct-content',
        text: 'select direct_content from message_deliveries where customer_id = $1 and id = $2',
        values: [customerId, deliveryId],
      });
      return rows[0]?.direct_content ?? undefined;
    },

    recordOutcomes: (outcomes, claimedBy) =>
      writeOutcomes(databases.bookkeeping, customerId, outcomes, claimedBy),

    async releaseOrphaned(channel, claimedBy, heldIds) {
      await databases.bookkeeping.query({
        name: 'deliveries.release-orphaned',
        text: `update message_deliveries set status = 'pending', claimed_by = null, lease_until = null
          where customer_id = $1 and channel = $2 and status = 'sending' and claimed_by = $3
            and id <> all($4::integer[])`,
        values: [customerId, channel, claimedBy, heldIds],
      });
    },

    async release(ids, claimedBy) {
      await databases.bookkeeping.query({
        name: 'deliveries.release',
        text: `update message_deliveries set status = 'pending', claimed_by = null, lease_until = null
          where customer_id = $1 and id = any($2::integer[]) and status = 'sending' and claimed_by = $3`,
        values: [customerId, ids, claimedBy],
      });
    },

    async extendLeases(claimedBy, ids, leaseMs) {
      await databases.bookkeeping.query({
        name: 'deliveries.extend-leases',
        text: `update message_deliveries set lease_until = now() + $4 * interval '1 millisecond'
          where customer_id = $1 and id = any($2::integer[]) and status = 'sending' and claimed_by = $3`,
        values: [customerId, ids, claimedBy, leaseMs],
      });
    },

    nextDue: (channels) =>
      databases.bookkeeping.query<DueTime>({
        name: 'deliveries.next-due',
        text: `select c.channel, extract(epoch from n.at - now())::double precision * 1000 as due_in_ms
          from unnest($2::text[]) as c(channel)
          cross join lateral (
            select min(next_attempt_at) as at from message_deliveries
            where channel = c.channel and status = 'pending' and next_attempt_at is not null and customer_id = $1
          ) n
          where n.at is not null`,
        values: [customerId, channels],
      }),

    async hold(channel, reason) {
      const rows = await databases.bookkeeping.query<{ id: number }>({
        name: 'deliveries.hold',
        text: `update message_deliveries set status = 'held', held_reason = $3, updated_at = now()
          where customer_id = $1 and channel = $2 and status = 'pending' and next_attempt_at is not null
          returning id`,
        values: [customerId, channel, reason],
      });
      return rows.length;
    },

    async releaseHeld(channel) {
      const rows = await databases.bookkeeping.query<{ id: number }>({
        name: 'deliveries.release-held',
        text: `update message_deliveries set status = 'pending', held_reason = null, updated_at = now()
          where customer_id = $1 and channel = $2 and status = 'held'
          returning id`,
        values: [customerId, channel],
      });
      return rows.length;
    },
  };
}
