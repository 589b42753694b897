import { benchEvent } from './bench-event';
import type { BenchTenant } from './bench-tenant';

/**
 * Writes finished events, each with one webhook delivery and its attempt, as a year of work leaves them.
 * Foreign keys hold by construction and are not checked row by row.
 */
export async function fillHistory(tenant: BenchTenant, rows: number): Promise<void> {
  const { db, customerId } = tenant;
  await db.query('set session_replication_role = replica; set synchronous_commit = off');
  const atSql = `now() - (${rows} - n) * interval '30 seconds'`;
  await db.query(
    `insert into websocket_events (id, customer_id, event_type, event_data, status, created_at, source,
       deliveries_total, deliveries_sent, deliveries_failed, updated_at)
     select n, $1, $2, $3::jsonb, 'completed', (${atSql}) at time zone 'utc', 'http', 1, 1, 0, ${atSql}
     from generate_series(1, ${rows}) as n`,
    [customerId, benchEvent.event_type, JSON.stringify(benchEvent.event_data)],
  );
  await db.query(
    `insert into message_deliveries (id, event_id, customer_id, channel, recipient, status, retry_count, event_type,
       audience, next_attempt_at, queued_at, sent_at, message_id, created_at, updated_at)
     select n, n, $1, 'webhook', 'https://erp.example.com/hooks/gateway', 'sent', 0, $2, 'endpoint', ${atSql},
       ${atSql}, (${atSql}) at time zone 'utc', 'msg_' || n, ${atSql}, ${atSql}
     from generate_series(1, ${rows}) as n`,
    [customerId, benchEvent.event_type],
  );
  await db.query(
    `insert into delivery_attempts (delivery_id, attempt, started_at, duration_ms, outcome, response)
     select n, 1, ${atSql}, 12, 'sent', '200 ok' from generate_series(1, ${rows}) as n`,
  );
  // As the gateway writes them down: a number of its own, and what every message says.
  await db.query(
    `insert into message_search (delivery_id, at, seen, words)
     select id, created_at, 2, array_to_tsvector(array['inv-2026-' || id, '2026-' || id, id::text, 'invoice', 'sent', 'erp.example.com',
       'example.com', 'com', 'dear', 'thank', 'you', 'for', 'your', 'business', 'amount', 'due', 'name' || id % 5000,
       'surname' || id % 20000])
     from message_deliveries where id <= ${rows} order by id`,
  );
  for (const table of ['websocket_events', 'message_deliveries']) {
    await db.query(`select setval(pg_get_serial_sequence('${table}', 'id'), ${rows})`);
  }
  await db.query('reset session_replication_role; reset synchronous_commit');
  for (const table of ['websocket_events', 'message_deliveries', 'delivery_attempts', 'message_search']) {
    await db.query(`vacuum analyze ${table}`);
  }
  tenant.keepUpTo({ event: rows, delivery: rows });
}
