import type { Database } from './database';
import type { DeliveryOutcome, RecordedOutcomes } from './delivery-rows';

const recordOutcomesSql = `
  with r as materialized (
    select * from json_to_recordset($1::json) as r(id integer, st text, rc integer, ms double precision, mid text,
      sub text, txt text, htm text, ec text, er text, held text, ch text, rcp text, an integer, at timestamptz, dur integer, oc text,
      rsp text, xc json)
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
    insert into delivery_attempts (delivery_id, attempt, started_at, duration_ms, outcome, error_code, response, exchange)
    select r.id, r.an, r.at, r.dur, r.oc, r.ec, r.rsp, r.xc from r join written using (id) where r.an is not null
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

/**
 * Writes what became of claimed deliveries, their attempts and the counters of their events in one statement.
 * Deliveries that are not claimed by `claimedBy` any more are left alone, and left out of the answer.
 */
export async function writeOutcomes(
  database: Database,
  customerId: string,
  outcomes: readonly DeliveryOutcome[],
  claimedBy: number,
): Promise<RecordedOutcomes> {
  const rows = await database.query<{ ids: number[] | null; events: EventCounterJson[] | null }>({
    name: 'deliveries.record',
    text: recordOutcomesSql,
    values: [JSON.stringify(outcomes.map(toOutcomeJson)), claimedBy, customerId],
  });
  return {
    ids: rows[0]?.ids ?? [],
    events: (rows[0]?.events ?? []).map((event) => ({ ...event, total: event.total ?? 0 })),
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
    xc: outcome.attempt?.exchange,
  };
}
