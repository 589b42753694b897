import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { openTestConsole, testActor, type TestConsole } from './call-console';

let mail: MailCatcher;
let gateway: TestGateway;
let window: TestConsole;
let tenant: TestTenant;

beforeAll(async () => {
  mail = await startMailCatcher();
  gateway = await startGateway({ env: { SYSTEM_SMTP_HOST: mail.host, SYSTEM_SMTP_PORT: String(mail.port) } });
  window = openTestConsole(gateway.gateway);
});
beforeEach(async () => {
  tenant = await gateway.addTenant();
});
afterAll(async () => {
  window.close();
  await gateway.stop();
  await mail.stop();
});

/** An event of deliveries that nobody sends by themselves. @returns their ids */
async function addEvent(statuses: readonly string[]): Promise<number[]> {
  const rows = await tenant.sql<{ id: number }>(
    `with event as (
       insert into websocket_events (customer_id, event_type, event_data, status, deliveries_total, deliveries_sent,
         deliveries_failed)
       values ($1, 'invoice:sent', '{"invoice_number": "INV-7"}', 'processing', cardinality($2::text[]),
         0, (select count(*) from unnest($2::text[]) s where s = 'failed')) returning id
     )
     insert into message_deliveries (event_id, customer_id, channel, recipient, status, event_type, audience, created_at,
       updated_at, next_attempt_at)
     select event.id, $1, 'email', 'client' || n || '@example.com', status, 'invoice:sent', 'client', now(), now(),
       case when status = 'pending' then now() + interval '1 day' end
     from event, unnest($2::text[]) with ordinality as s(status, n) returning id`,
    [tenant.customerId, statuses],
  );
  return rows.map(({ id }) => id);
}

/** So that nothing leaves meanwhile. */
const pause = () => window.call('tenants.setPaused', { customerId: tenant.customerId, paused: true });

const choose = (ids: readonly number[], customerId = tenant.customerId) => ({
  deliveries: ids.map((id) => ({ customerId, id })),
});

async function statesOf(ids: readonly number[]): Promise<string[]> {
  const rows = await tenant.sql<{ status: string }>(
    'select status from message_deliveries where id = any($1::integer[]) order by id',
    [ids],
  );
  return rows.map(({ status }) => status);
}

test('what waits is cancelled; what left stays; the audit log says who did it', async () => {
  await pause();
  const ids = await addEvent(['pending', 'held', 'sent', 'failed', 'unknown']);
  expect(await window.call('history.cancelChosen', choose(ids))).toEqual({ done: 2, skipped: 3 });
  expect(await statesOf(ids)).toEqual(['failed', 'failed', 'sent', 'failed', 'unknown']);
  const cancelled = await window.call('history.get', { customerId: tenant.customerId, id: ids[0] ?? 0 });
  expect(cancelled).toMatchObject({
    status: 'failed',
    errorCode: 'cancelled',
    error: 'Cancelled in the console.',
  });
  expect(cancelled.nextAttemptAt).toBeNull();
  const { rows } = await window.call('audit.list', { action: 'deliveries.cancelled', limit: 5 });
  expect(rows[0]).toMatchObject({
    actor: testActor,
    customerId: tenant.customerId,
    detail: { count: 2, delivery_ids: ids },
  });
});

test('an event ends when the last of its messages is cancelled', async () => {
  await pause();
  const ids = await addEvent(['pending', 'held']);
  await window.call('history.cancelChosen', choose(ids));
  const [event] = await tenant.sql(
    'select status, deliveries_failed from websocket_events order by id desc limit 1',
  );
  expect(event).toEqual({ status: 'failed', deliveries_failed: 2 });
});

test('failed and waiting messages of several tenants are sent again at once', async () => {
  const first = tenant;
  const ids = await addEvent(['failed', 'pending', 'sent']);
  tenant = await gateway.addTenant();
  const others = await addEvent(['failed']);
  const deliveries = [
    ...choose(ids, first.customerId).deliveries,
    ...choose(others).deliveries,
    { customerId: 'NOBODY', id: 1 },
    { customerId: first.customerId, id: 2_000_000_000 },
  ];
  expect(await window.call('history.retryChosen', { deliveries })).toEqual({ done: 3, skipped: 3 });
  await waitUntil(async () => (await statesOf(others)).join() === 'sent', { what: 'the message to be sent' });
  tenant = first;
  await waitUntil(async () => (await statesOf(ids)).join() === 'sent,sent,sent', { what: 'both to be sent' });
});

test.each([
  ['none', { deliveries: [] }],
  ['too many', { deliveries: Array.from({ length: 501 }, () => ({ customerId: 'A', id: 1 })) }],
  ['an id that is none', { deliveries: [{ customerId: 'A', id: 0 }] }],
])('%s is refused', async (_, input) => {
  expect((await window.refusal('history.cancelChosen', input)).code).toBe('invalid_input');
});

test('a row shows its subject, or the number of what it is about', async () => {
  await addEvent(['failed']);
  await tenant.post('/api/events', invoiceEvent({ invoice_number: 'INV-2026-16' }));
  const rows = await waitUntil(
    async () => {
      const page = await window.call('history.list', {
        filter: { customerId: tenant.customerId },
        limit: 10,
      });
      return page.rows.some(({ status }) => status === 'sent') && page.rows;
    },
    { what: 'the mail to be sent' },
  );
  expect(rows.map(({ subject }) => subject).sort()).toEqual([
    'INV-7',
    expect.stringContaining('INV-2026-16'),
  ]);
});

test('a test goes past a mail server that is away, is marked, and is counted nowhere', async () => {
  await tenant.set({ use_customer_smtp: true, smtp_host: '127.0.0.1', smtp_port: 1 });
  await tenant.post('/api/events', invoiceEvent());
  await waitUntil(
    async () => {
      const [row] = await tenant.sql<{ n: number }>('select count(*)::integer as n from delivery_attempts');
      return (row?.n ?? 0) > 0;
    },
    { what: 'the server to be found away' },
  );
  const startedAt = performance.now();
  const sent = await window.call('tenants.sendTest', {
    customerId: tenant.customerId,
    channel: 'email',
    recipient: 'me@example.com',
  });
  expect(sent.status).toBe('failed');
  expect(sent.error).not.toBeNull();
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  const { rows } = await window.call('history.list', {
    filter: { customerId: tenant.customerId },
    limit: 10,
  });
  expect(rows.map(({ status, isTest }) => ({ status, isTest }))).toEqual([
    { status: 'failed', isTest: true },
    { status: 'pending', isTest: false },
  ]);
  const detail = await window.call('history.get', {
    customerId: tenant.customerId,
    id: sent.deliveryId ?? 0,
  });
  expect(detail).toMatchObject({ isTest: true, attempts: [{ attempt: 1, outcome: 'failed' }] });
  const live = await window.call('tenants.list', {});
  expect(live.tenants.find(({ customerId }) => customerId === tenant.customerId)).toMatchObject({
    waiting: 1,
    failed: 0,
  });
});
