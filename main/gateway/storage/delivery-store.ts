import type { ChannelName } from '../../contracts/statuses';
import type { Database } from './database';

/** A delivery that this gateway has taken for sending, with its event. */
export interface ClaimedDelivery {
  id: number;
  event_id: number | null;
  event_type: string | null;
  channel: ChannelName;
  recipient: string;
  audience: string | null;
  retry_count: number;
  message_id: string | null;
  queued_at: Date | null;
  created_at: Date | null;
  expires_at: Date | null;
  direct_message: unknown;
  event_created_at: Date | null;
  /** absent when it is large: load it when its turn comes, so that a claim stays small */
  event_data: Record<string, unknown> | null;
  event_data_bytes: number | null;
}

export interface AttemptRecord {
  /** 1 for the first */
  readonly attempt: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly outcome: 'sent' | 'retry' | 'failed' | 'deferred' | 'unknown';
  readonly errorCode: string | null;
  readonly response: string | null;
}

/** What a claimed delivery becomes. */
export interface DeliveryOutcome {
  readonly id: number;
  readonly status: 'sent' | 'pending' | 'held' | 'failed' | 'unknown';
  readonly retryCount: number;
  /** ms from now until the next attempt; 0 for final states */
  readonly nextAttemptInMs: number;
  readonly messageId: string | null;
  readonly message: {
    readonly subject: string | null;
    readonly text: string | null;
    readonly html: string | null;
  } | null;
  readonly errorCode: string | null;
  readonly error: string | null;
  readonly heldReason: string | null;
  /** the message leaves by another channel instead; its state is `pending` then */
  readonly reroute?: { readonly channel: ChannelName; readonly recipient: string };
  /** absent when nothing was tried */
  readonly attempt: AttemptRecord | null;
}

/** How an event stands after some of its deliveries changed. */
export interface EventCounters {
  id: number;
  event_type: string;
  status: 'processing' | 'completed' | 'failed';
  sent: number;
  failed: number;
  total: number;
}

export interface RecordedOutcomes {
  /** deliveries that were really ours and are written */
  ids: number[];
  events: EventCounters[];
}

export interface DueTime {
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
  /** `sending` rows of a gateway that is gone, claimed by this one. */
  claimInterrupted(claimedBy: number, leaseMs: number, limit: number): Promise<ClaimedDelivery[]>;
  loadEventData(eventId: number): Promise<Record<string, unknown>>;
  recordOutcomes(outcomes: readonly DeliveryOutcome[], claimedBy: number): Promise<RecordedOutcomes>;
  /** Gives claimed deliveries back untouched, due at once. */
  handBack(ids: readonly number[], claimedBy: number): Promise<void>;
  extendLeases(claimedBy: number, ids: readonly number[], leaseMs: number): Promise<void>;
  /** ms until the earliest waiting delivery of each channel is due; negative when it is overdue */
  nextDue(): Promise<DueTime[]>;
  /** Moves waiting deliveries into `held` with a reason, and back. */
  hold(channel: ChannelName, reason: string): Promise<number>;
  release(channel: ChannelName): Promise<number>;
}

// Larger event data (attachments) is fetched one by one when its delivery is sent.
const inlineEventDataBytes = 32_768;

const claimedColumns = `d.id, d.event_id, coalesce(d.event_type, e.event_type) as event_type, d.channel, d.recipient,
  d.audience, coalesce(d.retry_count, 0) as retry_count, d.message_id, d.queued_at, d.created_at, d.expires_at,
  d.direct_message, e.created_at as event_created_at, pg_column_size(e.event_data) as event_data_bytes,
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

// A gateway holds an advisory lock under its instance number while it lives; a crash lets go of it at once.
const claimInterruptedSql = claimSql(`
  select id, event_id from message_deliveries
  where customer_id = $1 and status = 'sending' and claimed_by is distinct from $2
    and (lease_until is null or lease_until < now() or not exists (
      select 1 from pg_locks l join pg_database b on b.oid = l.database
      where l.locktype = 'advisory' and b.datname = current_database() and l.objsubid = 2
        and l.classid = $5::integer::oid and l.objid = message_deliveries.claimed_by::oid))
  order by id limit $4 for update skip locked`);

/** First half of the advisory lock that says "this gateway lives"; the second is its instance number. */
export const instanceLockClass = 0x6d67;

const recordOutcomesSql = `
  with r as materialized (
    select * from json_to_recordset($1::json) as r(id integer, st text, rc integer, ms double precision, mid text,
      sub text, txt text, htm text, ec text, er text, held text, ch text, rcp text, an integer, at timestamptz, dur integer, oc text,
      rsp text)
  ), written as (
    update message_deliveries d set status = r.st, retry_count = r.rc,
      next_attempt_at = now() + r.ms * interval '1 millisecond', claimed_by = null, lease_until = null,
      channel = coalesce(r.ch, d.channel), recipient = coalesce(r.rcp, d.recipient),
      message_id = case when r.ch is null then coalesce(r.mid, d.message_id) end, message_subject = coalesce(r.sub, d.message_subject),
      message_content = coalesce(r.txt, d.message_content), message_html = coalesce(r.htm, d.message_html),
      error_code = r.ec, error_message = r.er, held_reason = r.held,
      sent_at = case when r.st = 'sent' then now() at time zone 'utc' else d.sent_at end, updated_at = now()
    from r where d.id = r.id and d.customer_id = $3 and d.status = 'sending' and d.claimed_by = $2
    returning d.id, d.event_id, r.st
  ), attempts as (
    insert into delivery_attempts (delivery_id, attempt, started_at, duration_ms, outcome, error_code, response)
    select r.id, r.an, r.at, r.dur, r.oc, r.ec, r.rsp from r join written using (id) where r.an is not null
  ), events as (
    update websocket_events e set
      deliveries_sent = coalesce(e.deliveries_sent, 0) + c.sent,
      deliveries_failed = coalesce(e.deliveries_failed, 0) + c.failed,
      status = case
        when coalesce(e.deliveries_sent, 0) + coalesce(e.deliveries_failed, 0) + c.sent + c.failed < e.deliveries_total
          then 'processing'
        when coalesce(e.deliveries_failed, 0) + c.failed > 0 then 'failed'
        else 'completed' end,
      updated_at = now()
    from (
      select event_id, count(*) filter (where st = 'sent') as sent, count(*) filter (where st = 'failed') as failed
      from written where st in ('sent', 'failed') and event_id is not null group by event_id
    ) c
    where e.id = c.event_id
    returning e.id, e.event_type, e.status, e.deliveries_sent as sent, e.deliveries_failed as failed,
      e.deliveries_total as total
  )
  select (select json_agg(id) from written) as ids, (select json_agg(events) from events) as events`;

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

    claimInterrupted: (claimedBy, leaseMs, limit) =>
      databases.durable.query<ClaimedDelivery>({
        name: 'deliveries.claim-interrupted',
        text: claimInterruptedSql,
        values: [customerId, claimedBy, leaseMs, limit, instanceLockClass],
      }),

    async loadEventData(eventId) {
      const rows = await databases.bookkeeping.query<{ event_data: Record<string, unknown> }>({
        name: 'deliveries.event-data',
        text: 'select event_data from websocket_events where customer_id = $1 and id = $2',
        values: [customerId, eventId],
      });
      return rows[0]?.event_data ?? {};
    },

    async recordOutcomes(outcomes, claimedBy) {
      const rows = await databases.bookkeeping.query<{
        ids: number[] | null;
        events: EventCounterJson[] | null;
      }>({
        name: 'deliveries.record',
        text: recordOutcomesSql,
        values: [JSON.stringify(outcomes.map(toOutcomeJson)), claimedBy, customerId],
      });
      return {
        ids: rows[0]?.ids ?? [],
        events: (rows[0]?.events ?? []).map((event) => ({ ...event, total: event.total ?? 0 })),
      };
    },

    async handBack(ids, claimedBy) {
      await databases.bookkeeping.query({
        name: 'deliveries.hand-back',
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

    nextDue: () =>
      databases.bookkeeping.query<DueTime>({
        name: 'deliveries.next-due',
        text: `select c.channel, extract(epoch from n.at - now())::double precision * 1000 as due_in_ms
          from unnest(array['email', 'whatsapp', 'webhook']) as c(channel)
          cross join lateral (
            select min(next_attempt_at) as at from message_deliveries
            where channel = c.channel and status = 'pending' and next_attempt_at is not null and customer_id = $1
          ) n
          where n.at is not null`,
        values: [customerId],
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

    async release(channel) {
      const rows = await databases.bookkeeping.query<{ id: number }>({
        name: 'deliveries.release',
        text: `update message_deliveries set status = 'pending', held_reason = null, updated_at = now()
          where customer_id = $1 and channel = $2 and status = 'held'
          returning id`,
        values: [customerId, channel],
      });
      return rows.length;
    },
  };
}

interface EventCounterJson {
  id: number;
  event_type: string;
  status: 'processing' | 'completed' | 'failed';
  sent: number;
  failed: number;
  total: number | null;
}

/** Short names: thousands of these a second are parsed by the server. */
function toOutcomeJson(outcome: DeliveryOutcome): Record<string, unknown> {
  return {
    id: outcome.id,
    st: outcome.status,
    rc: outcome.retryCount,
    ms: outcome.nextAttemptInMs,
    mid: outcome.messageId,
    sub: outcome.message?.subject,
    txt: outcome.message?.text,
    htm: outcome.message?.html,
    ec: outcome.errorCode,
    er: outcome.error,
    held: outcome.heldReason,
    ch: outcome.reroute?.channel,
    rcp: outcome.reroute?.recipient,
    an: outcome.attempt?.attempt,
    at: outcome.attempt?.startedAt,
    dur: outcome.attempt?.durationMs,
    oc: outcome.attempt?.outcome,
    rsp: outcome.attempt?.response,
  };
}
