import type { NumberUsed } from '../../contracts/office-number';
import type { ChannelName, DeliveryStatus } from '../../contracts/statuses';
import { cancelIds, requeueIds } from './change-chosen-deliveries';
import type { Database } from './database';
import {
  reopenEvents,
  requeueColumns,
  type RequeuedDelivery,
  returnedColumns,
  spacedTime,
} from './requeue-sql';
import { type DeliveryReceipt, type ReceivedDelivery, writeReceipts } from './write-receipts';
import { type EndedTest, writeTest } from './write-test';

/** What a list of deliveries may be narrowed by. */
export interface DeliveryFilter {
  readonly channel?: ChannelName;
  readonly status?: DeliveryStatus;
  readonly eventId?: number;
  readonly eventType?: string;
  /** the whole recipient */
  readonly recipient?: string;
  readonly from?: Date;
  readonly to?: Date;
}

export interface DeliveryRow {
  id: number;
  event_id: number | null;
  event_type: string | null;
  channel: ChannelName;
  recipient: string;
  audience: string | null;
  status: DeliveryStatus;
  retry_count: number;
  message_id: string | null;
  error_code: string | null;
  error_message: string | null;
  held_reason: string | null;
  /** sent by a person to try a channel */
  is_test: boolean;
  /** of WhatsApp: the number that it left by; null: it has not left, or that is not kept */
  number: NumberUsed | null;
  next_attempt_at: Date | null;
  sent_at: Date | null;
  delivered_at: Date | null;
  read_at: Date | null;
  expires_at: Date | null;
  created_at: Date | null;
  updated_at: Date | null;
}

export interface AttemptRow {
  delivery_id: number;
  attempt: number;
  started_at: Date;
  duration_ms: number;
  outcome: string;
  error_code: string | null;
  response: string | null;
  /** as the channel described it; null: it speaks no HTTP, or it was before that was kept */
  exchange: unknown;
}

/** What a delivery is made of, and what was kept of it when it left or was given up. */
export interface DeliveryContent {
  readonly message_subject: string | null;
  readonly message_content: string | null;
  readonly message_html: string | null;
  readonly direct_message: unknown;
}

/**
 * When a delivery that is put back is due.
 * - `now`: a person says so
 * - `spaced`: a program may ask as often as it likes, and it leaves no sooner than some seconds after the last time
 */
export type RequeueTime = 'now' | 'spaced';

interface DirectDelivery {
  readonly channel: ChannelName;
  readonly recipient: string;
  readonly message: Readonly<Record<string, unknown>>;
  /** of the message's one file */
  readonly content: Buffer | null;
  readonly status: 'pending' | 'held';
  readonly heldReason: string | null;
  readonly isTest: boolean;
}

/** Reading and changing deliveries by hand; the engine has its own store. */
export interface DeliveryHistoryStore {
  list(
    filter: DeliveryFilter,
    page: { readonly beforeId?: number; readonly limit: number },
  ): Promise<DeliveryRow[]>;
  find(id: number): Promise<DeliveryRow | undefined>;
  findContent(id: number): Promise<DeliveryContent | undefined>;
  attempts(deliveryIds: readonly number[]): Promise<AttemptRow[]>;
  /** Puts a delivery back if it is in one of `from`; its retries start again. */
  requeue(
    id: number,
    from: readonly DeliveryStatus[],
    when: RequeueTime,
  ): Promise<RequeuedDelivery | undefined>;
  /** Puts back at most `limit` failed deliveries that fit, from the newest down; `spaced`. */
  requeueFailed(
    filter: DeliveryFilter,
    beforeId: number | undefined,
    limit: number,
  ): Promise<RequeuedDelivery[]>;
  /** Puts back those of `ids` that are in one of `from`, to leave at once. */
  requeueIds(ids: readonly number[], from: readonly DeliveryStatus[]): Promise<RequeuedDelivery[]>;
  /** Gives up those of `ids` that wait. */
  cancelIds(ids: readonly number[]): Promise<RequeuedDelivery[]>;
  /** Closes a delivery whose outcome is not known: a person has decided not to send it again. */
  closeUnknown(id: number): Promise<RequeuedDelivery | undefined>;
  /** Moves sent deliveries up the ladder. @returns those that were not there already; one row each */
  recordReceipts(receipts: readonly DeliveryReceipt[]): Promise<ReceivedDelivery[]>;
  /** those of `ids` whose outcome is not written yet */
  listSending(ids: readonly number[]): Promise<number[]>;
  /** A delivery whose outcome was not known did leave after all. */
  settleUnknown(id: number, messageId: string): Promise<RequeuedDelivery | undefined>;
  addDirect(delivery: DirectDelivery): Promise<number>;
  /** The id of a delivery that is written once it is over. */
  drawId(): Promise<number>;
  /** Writes a test that is over, with its one attempt. */
  addTest(test: EndedTest): Promise<void>;
}

const columns = `d.id, d.event_id, d.event_type, d.channel, d.recipient, d.audience, d.status,
  coalesce(d.retry_count, 0) as retry_count, d.message_id, d.error_code, d.error_message, d.held_reason,
  coalesce(d.is_test, false) as is_test,
  case when d.channel = 'whatsapp' then (
    select coalesce(h.number, 'own') from whatsapp_handovers h
    where h.delivery_id = d.id and h.part = 0 and h.state in ('handed', 'sent', 'unknown')) end as number,
  case when d.status in ('pending', 'held') then d.next_attempt_at end as next_attempt_at, d.sent_at, d.delivered_at,
  d.read_at, d.expires_at, d.created_at, d.updated_at`;

const filterSql = `d.customer_id = $1
  and ($2::text is null or d.channel = $2)
  and ($3::text is null or d.status = $3)
  and ($4::integer is null or d.event_id = $4)
  and ($5::text is null or d.event_type = $5)
  and ($6::text is null or d.recipient = $6)
  and ($7::timestamptz is null or d.created_at >= $7)
  and ($8::timestamptz is null or d.created_at < $8)
  and ($9::integer is null or d.id < $9)`;

function filterValues(customerId: string, filter: DeliveryFilter, beforeId: number | undefined): unknown[] {
  return [
    customerId,
    filter.channel ?? null,
    filter.status ?? null,
    filter.eventId ?? null,
    filter.eventType ?? null,
    filter.recipient ?? null,
    filter.from ?? null,
    filter.to ?? null,
    beforeId ?? null,
  ];
}

export function createDeliveryHistoryStore(database: Database, customerId: string): DeliveryHistoryStore {
  return {
    list: (filter, page) =>
      database.query<DeliveryRow>({
        name: 'deliveries.list',
        text: `select ${columns} from message_deliveries d where ${filterSql} order by d.id desc limit $10`,
        values: [...filterValues(customerId, filter, page.beforeId), page.limit],
        // Which index fits depends on which filters are set.
        prepare: false,
      }),

    async find(id) {
      const rows = await database.query<DeliveryRow>({
        name: 'deliveries.find',
        text: `select ${columns} from message_deliveries d where d.customer_id = $1 and d.id = $2`,
        values: [customerId, id],
      });
      return rows[0];
    },

    async findContent(id) {
      const rows = await database.query<DeliveryContent>({
        name: 'deliveries.content',
        text: `select message_subject, message_content, message_html, direct_message
          from message_deliveries where customer_id = $1 and id = $2`,
        values: [customerId, id],
      });
      return rows[0];
    },

    attempts: (deliveryIds) =>
      database.query<AttemptRow>({
        name: 'attempts.list',
        text: `select delivery_id, attempt, started_at, duration_ms, outcome, error_code, response, exchange
          from delivery_attempts where delivery_id = any($1::integer[])
            and exists (select 1 from message_deliveries d where d.id = delivery_id and d.customer_id = $2)
          order by id`,
        values: [deliveryIds, customerId],
      }),

    async requeue(id, from, when) {
      const rows = await database.query<RequeuedDelivery>({
        name: `deliveries.requeue-${when}`,
        text: `
          with wanted as (
            select id, status as was from message_deliveries
            where customer_id = $1 and id = $2 and status = any($3::text[]) for update
          ), changed as (
            update message_deliveries d set ${requeueColumns(when === 'now' ? 'now()' : spacedTime)} from wanted w where d.id = w.id
            returning ${returnedColumns}, w.was
          ), events as (${reopenEvents})
          select id, event_id, event_type, channel, recipient from changed`,
        values: [customerId, id, from],
      });
      return rows[0];
    },

    requeueFailed: (filter, beforeId, limit) =>
      database.query<RequeuedDelivery>({
        name: 'deliveries.requeue-failed',
        text: `
          with wanted as (
            select d.id, d.status as was from message_deliveries d where ${filterSql}
            order by d.id desc limit $10 for update skip locked
          ), changed as (
            update message_deliveries d set ${requeueColumns(spacedTime)} from wanted w where d.id = w.id
            returning ${returnedColumns}, w.was
          ), events as (${reopenEvents})
          select id, event_id, event_type, channel, recipient from changed order by id`,
        values: [...filterValues(customerId, { ...filter, status: 'failed' }, beforeId), limit],
        prepare: false,
      }),

    requeueIds: (ids, from) => requeueIds(database, customerId, ids, from),
    cancelIds: (ids) => cancelIds(database, customerId, ids),

    async closeUnknown(id) {
      const rows = await database.query<RequeuedDelivery>({
        name: 'deliveries.close-unknown',
        text: `
          with changed as (
            update message_deliveries d set status = 'failed', error_code = 'closed_unknown',
              error_message = 'Closed by a person: whether the message left is not known.', updated_at = now()
            where d.customer_id = $1 and d.id = $2 and d.status = 'unknown'
            returning ${returnedColumns}
          ), events as (
            update websocket_events e set deliveries_failed = coalesce(e.deliveries_failed, 0) + 1, updated_at = now(),
              status = case when coalesce(e.deliveries_sent, 0) + coalesce(e.deliveries_failed, 0) + 1 >= e.deliveries_total
                then 'failed' else 'processing' end
            from changed where e.id = changed.event_id
          )
          select id, event_id, event_type, channel, recipient from changed`,
        values: [customerId, id],
      });
      return rows[0];
    },

    recordReceipts: (receipts) => writeReceipts(database, customerId, receipts),

    async listSending(ids) {
      const rows = await database.query<{ id: number }>({
        name: 'deliveries.list-sending',
        text: `select id from message_deliveries
          where customer_id = $1 and id = any($2::integer[]) and status = 'sending'`,
        values: [customerId, ids],
      });
      return rows.map(({ id }) => id);
    },

    async settleUnknown(id, messageId) {
      const rows = await database.query<RequeuedDelivery>({
        name: 'deliveries.settle-unknown',
        text: `
          with changed as (
            update message_deliveries d set status = 'sent', error_code = null, error_message = null,
              message_id = $3, sent_at = now() at time zone 'utc', updated_at = now()
            where d.customer_id = $1 and d.id = $2 and d.status = 'unknown'
            returning ${returnedColumns}
          ), events as (
            update websocket_events e set deliveries_sent = coalesce(e.deliveries_sent, 0) + 1, updated_at = now(),
              status = case
                when coalesce(e.deliveries_sent, 0) + 1 + coalesce(e.deliveries_failed, 0) < e.deliveries_total
                  then 'processing'
                when coalesce(e.deliveries_failed, 0) > 0 then 'failed'
                else 'completed' end
            from changed where e.id = changed.event_id
          )
          select id, event_id, event_type, channel, recipient from changed`,
        values: [customerId, id, messageId],
      });
      return rows[0];
    },

    async addDirect(delivery) {
      const rows = await database.query<{ id: number }>({
        name: 'deliveries.add-direct',
        text: `insert into message_deliveries (customer_id, channel, recipient, status, held_reason, direct_message,
            direct_content, is_test, retry_count, next_attempt_at, queued_at, created_at, updated_at)
          values ($1, $2, $3, $4, $5, $6, $7, $8, 0, now(), now(), now(), now()) returning id`,
        values: [
          customerId,
          delivery.channel,
          delivery.recipient,
          delivery.status,
          delivery.heldReason,
          JSON.stringify(delivery.message),
          delivery.content,
          delivery.isTest ? true : null,
        ],
      });
      const row = rows[0];
      if (!row) throw new Error('the new delivery has no id');
      return row.id;
    },

    async drawId() {
      const rows = await database.query<{ id: number }>({
        name: 'deliveries.draw-id',
        text: `select nextval(coalesce(pg_get_serial_sequence('message_deliveries', 'id'),
          'message_deliveries_id_seq')::regclass) as id`,
      });
      const row = rows[0];
      if (!row) throw new Error('the sequence gave no id');
      return row.id;
    },

    addTest: (test) => writeTest(database, customerId, test),
  };
}
