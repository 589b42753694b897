import { afterAll, beforeAll, expect, test } from 'vitest';
import { keepRetention, type RetentionTenant } from '../../main/gateway/composition/keep-retention';
import { openTenantDatabase, type TenantDatabase } from '../../main/gateway/storage/tenant-database';
import { createMemoryLogger } from '../support/memory-logger';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

const customerId = 'KEEP';
let testDatabase: TestDatabase;
let tenantDatabase: TenantDatabase;
let busy = false;

const tenant = (): RetentionTenant => ({
  customerId,
  tenantDatabase,
  worker: {
    wake: () => undefined,
    recheckHeld: () => undefined,
    recheckClaims: () => undefined,
    sweep: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    lanes: () =>
      new Map([
        [
          'email',
          {
            underWay: busy ? 1 : 0,
            claimed: 0,
            breaker: 'closed',
            unavailableSinceMs: undefined,
            unavailableReason: undefined,
          },
        ],
      ]),
  },
});

async function sql<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
  return tenantDatabase.db.query<Row>({ name: 'test', text, values, prepare: false });
}

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  tenantDatabase = await openTenantDatabase({
    url: testDatabase.url,
    logger: createMemoryLogger(),
    customerId,
  });
});
afterAll(async () => {
  await tenantDatabase.stop();
  await testDatabase.stop();
});

/** An event with one delivery, both last touched `days` ago. Returns the delivery's id. */
async function addEvent(days: number, eventStatus: string, deliveryStatus: string, of = customerId) {
  const [row] = await sql<{ id: number }>(
    `with event as (
      insert into websocket_events (customer_id, event_type, event_data, status, created_at, updated_at)
      values ($1, 'invoice:sent', '{}', $2, now() at time zone 'utc' - $4 * interval '1 day', now() - $4 * interval '1 day')
      returning id
    ) insert into message_deliveries (customer_id, event_id, channel, recipient, status, created_at, updated_at)
      select $1, id, 'whatsapp', '+27820000001', $3, now() - $4 * interval '1 day', now() - $4 * interval '1 day'
      from event returning id`,
    [of, eventStatus, deliveryStatus, days],
  );
  const id = row?.id ?? 0;
  await sql(
    `insert into delivery_attempts (delivery_id, attempt, started_at, duration_ms, outcome)
     values ($1, 1, now(), 5, 'sent')`,
    [id],
  );
  await sql(
    `insert into whatsapp_handovers (delivery_id, part, chat_id, kind, body_hash, state, started_at, updated_at)
     values ($1, 0, 'x@c.us', 'text', repeat('0', 64), $2, now() - $3 * interval '1 day', now() - $3 * interval '1 day')`,
    [id, deliveryStatus === 'unknown' ? 'unknown' : 'sent', days],
  );
  return id;
}

async function addDirect(days: number, status: string): Promise<number> {
  const [row] = await sql<{ id: number }>(
    `insert into message_deliveries (customer_id, channel, recipient, status, created_at, updated_at)
     values ($1, 'email', 'a@example.com', $2, now() - $3 * interval '1 day', now() - $3 * interval '1 day') returning id`,
    [customerId, status, days],
  );
  return row?.id ?? 0;
}

const idsOf = async (table: string, column: string) =>
  (await sql<{ id: number }>(`select ${column} as id from ${table} order by 1`)).map(({ id }) => id);

test('what is old and done goes with all that hangs on it; what waits or is unknown stays', async () => {
  const gone = [
    await addEvent(31, 'completed', 'sent'),
    await addEvent(400, 'failed', 'failed'),
    await addDirect(40, 'sent'),
  ];
  const kept = [
    await addEvent(29, 'completed', 'read'),
    await addEvent(400, 'processing', 'pending'),
    await addEvent(400, 'processing', 'held'),
    await addEvent(400, 'failed', 'unknown'),
    await addEvent(400, 'completed', 'sent', 'ANOTHER'),
    await addDirect(40, 'pending'),
    await addDirect(1, 'sent'),
  ];
  await sql(`insert into whatsapp_inbound (message_id, chat_id, sender, kind, body, received_at) values
    ('old', 'x', 'x', 'chat', 'x', now() - interval '31 days'), ('new', 'x', 'x', 'chat', 'x', now())`);
  const retention = keepRetention({
    tenants: () => [tenant()],
    days: 30,
    logger: createMemoryLogger(),
    lookEveryMs: 20,
  });
  try {
    await waitUntil(async () => (await idsOf('whatsapp_inbound', 'received_at')).length === 1, {
      what: 'the pass to reach its end',
    });
  } finally {
    await retention.stop();
  }
  const deliveries = await idsOf('message_deliveries', 'id');
  expect(deliveries).toEqual(kept);
  expect(deliveries).not.toEqual(expect.arrayContaining(gone));
  expect(await sql('select 1 from websocket_events')).toHaveLength(5);
  const [newer, pending, held, unknown, others] = kept;
  expect(await idsOf('delivery_attempts', 'delivery_id')).toEqual([newer, pending, held, unknown, others]);
  expect(await idsOf('whatsapp_handovers', 'delivery_id')).toEqual(
    expect.arrayContaining([newer, pending, held, unknown]),
  );
});

test('without it events are kept for ever, and only settled notes on submissions go', async () => {
  await sql('delete from message_deliveries');
  await sql('delete from websocket_events');
  await sql('delete from whatsapp_handovers');
  const old = await addEvent(400, 'completed', 'sent');
  const unknown = await addEvent(400, 'failed', 'unknown');
  const young = await addEvent(29, 'completed', 'sent');
  const retention = keepRetention({
    tenants: () => [tenant()],
    days: 0,
    logger: createMemoryLogger(),
    lookEveryMs: 20,
  });
  try {
    await waitUntil(async () => (await idsOf('whatsapp_handovers', 'delivery_id')).length === 2, {
      what: 'the settled note to go',
    });
  } finally {
    await retention.stop();
  }
  expect(await idsOf('whatsapp_handovers', 'delivery_id')).toEqual([unknown, young]);
  expect(await idsOf('message_deliveries', 'id')).toEqual([old, unknown, young]);
});

test('by day a tenant that sends is left alone until it is idle; then thousands go in batches', async () => {
  await sql('delete from message_deliveries');
  await sql('delete from websocket_events');
  await sql(`insert into websocket_events (customer_id, event_type, event_data, status, created_at, updated_at)
    select 'KEEP', 'invoice:sent', '{}', 'completed', now() - interval '60 days', now() - interval '60 days'
    from generate_series(1, 1800)`);
  const noon = new Date();
  noon.setHours(12, 0, 0, 0);
  let looks = 0;
  busy = true;
  const retention = keepRetention({
    tenants: () => {
      looks += 1;
      return [tenant()];
    },
    days: 30,
    logger: createMemoryLogger(),
    now: () => noon,
    lookEveryMs: 20,
  });
  try {
    await waitUntil(() => looks >= 5, { what: 'some looks' });
    expect(await sql('select 1 from websocket_events')).toHaveLength(1800);
    busy = false;
    await waitUntil(async () => (await sql('select 1 from websocket_events')).length === 0, {
      what: 'all to go',
    });
    // Once a day is enough.
    await sql(`insert into websocket_events (customer_id, event_type, event_data, status, created_at, updated_at)
      values ('KEEP', 'invoice:sent', '{}', 'completed', now() - interval '60 days', now() - interval '60 days')`);
    const before = looks;
    await waitUntil(() => looks >= before + 5, { what: 'further looks' });
    expect(await sql('select 1 from websocket_events')).toHaveLength(1);
  } finally {
    busy = false;
    await retention.stop();
  }
});
