import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import {
  invoiceEvent,
  quietEvent,
  startGateway,
  type TestGateway,
  type TestTenant,
} from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import type { WatchedSocket } from '../support/watch-socket';

interface EventRow {
  id: number;
  status: string;
  error_message: string | null;
}

let mail: MailCatcher;
let gateway: TestGateway;
let tenant: TestTenant;
let socket: WatchedSocket;

beforeAll(async () => {
  mail = await startMailCatcher();
  gateway = await startGateway({
    env: { SYSTEM_SMTP_HOST: mail.host, SYSTEM_SMTP_PORT: String(mail.port) },
  });
  tenant = await gateway.addTenant();
  socket = await tenant.watch();
});
afterAll(async () => {
  await gateway.stop();
  await mail.stop();
});
beforeEach(() => mail.reset());

/** What the PHP client does when the gateway is out of reach, to the letter. */
const insertText = `insert into websocket_events (customer_id, event_type, event_data, status)
  values ($1, $2, $3, 'pending') returning id`;

async function insert(type: string, data: unknown, customerId = tenant.customerId): Promise<number> {
  const [row] = await tenant.sql<{ id: number }>(insertText, [customerId, type, JSON.stringify(data)]);
  return row?.id ?? 0;
}

async function readEvent(id: number): Promise<EventRow | undefined> {
  const [row] = await tenant.sql<EventRow>(
    'select id, status, error_message from websocket_events where id = $1',
    [id],
  );
  return row;
}

it('picks up an inserted row at once, delivers it and tells the sockets', async () => {
  const { event_data: data } = invoiceEvent({ client_email: 'row@example.com' });
  const id = await insert('invoice:sent', data);
  await mail.waitForMail((caught) => caught.to.includes('row@example.com'));
  const completed = await socket.waitFor('event:completed', (payload) => payload['event_id'] === id);
  expect(completed).toMatchObject({
    status: 'completed',
    event_type: 'invoice:sent',
    result: { deliveries: [{ channel: 'email', recipient: 'row@example.com', status: 'sent' }] },
  });
  expect(await readEvent(id)).toMatchObject({ status: 'completed', error_message: null });

  // One after the other: the sweep for what no trigger told of takes 4 s for each.
  const timesMs: number[] = [];
  for (const name of ['one', 'two', 'three']) {
    const startedAt = performance.now();
    await insert('invoice:sent', { ...data, client_email: `${name}@example.com` });
    await mail.waitForMail((caught) => caught.to.includes(`${name}@example.com`));
    timesMs.push(performance.now() - startedAt);
  }
  expect(Math.min(...timesMs)).toBeLessThan(2_000);
});

it('leaves a row alone until its transaction commits, and never sees one that is rolled back', async () => {
  const { event_data: data } = invoiceEvent({ client_email: 'tx@example.com' });
  await tenant.sql('create table if not exists invoices (id integer primary key, number text)');
  await tenant.sql('begin');
  await tenant.sql(`insert into invoices values (1, 'INV-1')`);
  await insert('invoice:sent', data);
  await tenant.sql('rollback');

  await tenant.sql('begin');
  await tenant.sql(`insert into invoices values (2, 'INV-2')`);
  const id = await insert('invoice:sent', data);
  // Another event goes all the way meanwhile: the uncommitted one was there to be taken, and was not.
  const other = await tenant.post<{ event_id: number }>(
    '/api/events',
    invoiceEvent({ client_email: 'meanwhile@example.com' }),
  );
  await socket.waitFor('event:completed', (payload) => payload['event_id'] === other.body.event_id);
  expect(mail.mails.map((caught) => caught.to)).toEqual([['meanwhile@example.com']]);
  await tenant.sql('commit');
  await mail.waitForMail((caught) => caught.to.includes('tx@example.com'));
  await waitUntil(async () => (await readEvent(id))?.status === 'completed', {
    what: 'the event to complete',
  });
  expect(mail.mails.filter((caught) => caught.to.includes('tx@example.com'))).toHaveLength(1);
});

it('takes 300 rows of one statement', async () => {
  await tenant.sql(
    `insert into websocket_events (customer_id, event_type, event_data, status)
      select $1, 'invoice:sent', $2::jsonb || jsonb_build_object('client_email', 'bulk' || n || '@example.com'), 'pending'
      from generate_series(1, 300) n`,
    [tenant.customerId, JSON.stringify(invoiceEvent().event_data)],
  );
  await waitUntil(() => new Set(mail.mails.map((caught) => caught.to[0])).size === 300, {
    what: 'all mails to come',
  });
  await waitUntil(
    async () =>
      (await tenant.sql(`select 1 from websocket_events where status in ('pending', 'processing')`))
        .length === 0,
    { what: 'all events to complete' },
  );
  expect(mail.mails).toHaveLength(300);
});

it.each([
  [
    'misses a field',
    'invoice:sent',
    { invoice_id: 1, client_email: 'a@example.com', total_amount: 1 },
    'event_data.invoice_number is required',
  ],
  [
    'has a wrong field',
    'invoice:sent',
    { ...invoiceEvent().event_data, client_email: 'nobody' },
    'event_data.client_email must be an email address',
  ],
  ['is of an unknown type', 'made:up', {}, 'known types'],
  ['holds []', 'invoice:sent', [], 'event_data.invoice_id is required'],
  ['holds a list', 'invoice:sent', [1], 'event_data must be an object'],
  ['holds a text', 'invoice:sent', 'text', 'event_data must be an object'],
  ['holds null', 'invoice:sent', null, 'event_data must be an object'],
])('fails a row that %s, in words, and tells the sockets', async (_what, type, data, message) => {
  const id = await insert(type, data);
  await waitUntil(async () => (await readEvent(id))?.status === 'failed', { what: 'the row to fail' });
  expect((await readEvent(id))?.error_message).toContain(message);
  const failed = await socket.waitFor('event:failed', (payload) => payload['event_id'] === id);
  expect(failed).toMatchObject({ status: 'failed', error: expect.stringContaining(message) as string });
});

it('completes a row that tells nobody', async () => {
  const id = await insert(quietEvent.event_type, quietEvent.event_data);
  await socket.waitFor('event:completed', (payload) => payload['event_id'] === id);
  expect((await readEvent(id))?.status).toBe('completed');
});

it('leaves rows of other customers and of other states alone', async () => {
  const { event_data: data } = invoiceEvent({ client_email: 'not-ours@example.com' });
  const foreign = await insert('invoice:sent', data, 'SOMEBODY');
  const [done] = await tenant.sql<{ id: number }>(
    `insert into websocket_events (customer_id, event_type, event_data, status)
      values ($1, 'invoice:sent', $2, 'completed') returning id`,
    [tenant.customerId, JSON.stringify(data)],
  );
  const ours = await insert('invoice:sent', invoiceEvent({ client_email: 'ours@example.com' }).event_data);
  await socket.waitFor('event:completed', (payload) => payload['event_id'] === ours);
  expect((await readEvent(foreign))?.status).toBe('pending');
  expect((await readEvent(done?.id ?? 0))?.status).toBe('completed');
  expect(mail.mails.map((caught) => caught.to)).toEqual([['ours@example.com']]);
});

it('obeys the expires_at of a row', async () => {
  const [row] = await tenant.sql<{ id: number }>(
    `insert into websocket_events (customer_id, event_type, event_data, status, expires_at)
      values ($1, 'invoice:sent', $2, 'pending', now() - interval '1 minute') returning id`,
    [tenant.customerId, JSON.stringify(invoiceEvent({ client_email: 'late@example.com' }).event_data)],
  );
  const failed = await socket.waitFor('event:failed', (payload) => payload['event_id'] === row?.id);
  expect(failed).toMatchObject({ result: { deliveries: [{ status: 'failed' }] } });
  expect(mail.mails).toHaveLength(0);
});

it('finds a row where the trigger is missing', async () => {
  await tenant.sql('drop trigger modular_gateway_event_inserted on websocket_events');
  const { event_data: data } = invoiceEvent({ client_email: 'silent@example.com' });
  await insert('invoice:sent', data);
  // By the sweep: every 4 s, so that the contract's 5 s hold on a machine that is not overrun.
  await mail.waitForMail((caught) => caught.to.includes('silent@example.com'));
});
