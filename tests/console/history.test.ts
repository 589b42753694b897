import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HistoryFilter, HistoryRow } from '../../main/contracts/console/history-calls';
import type { Operation } from '../../main/contracts/console/parts';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import {
  invoiceEvent,
  quietEvent,
  startGateway,
  type TestGateway,
  type TestTenant,
} from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { openTestConsole, testActor, type TestConsole } from './call-console';

let mail: MailCatcher;
let gateway: TestGateway;
let old: TestTenant;
let other: TestTenant;
let live: TestTenant;
let window: TestConsole;

/** Deliveries of the past, two an hour; what they are follows from their number. */
async function fill(tenant: TestTenant, rows: number, offsetMinutes: number): Promise<void> {
  await tenant.sql(
    `insert into websocket_events (id, customer_id, event_type, event_data, status, created_at)
     select n, $1, 'invoice:sent', '{"invoice_number": "INV-1"}', 'completed', now() at time zone 'utc'
     from generate_series(1, $2::integer) n`,
    [tenant.customerId, rows],
  );
  await tenant.sql(
    `insert into message_deliveries (id, event_id, customer_id, channel, recipient, status, event_type, audience,
       message_id, error_message, error_code, created_at, updated_at, sent_at)
     select n, n, $1, (array['email', 'whatsapp', 'webhook'])[1 + n % 3],
       case n % 3 when 0 then 'Client' || n % 7 || '@Example.com' when 1 then '+2782' || lpad((n % 5)::text, 7, '0')
         else 'https://erp.example.com/hook' end,
       case when n % 10 = 0 then 'failed' when n % 10 = 5 then 'read' when n % 50 = 7 then 'unknown' else 'sent' end,
       (array['invoice:sent', 'payment:received'])[1 + n % 2], 'client', '<id-' || n || '@gateway>',
       case when n % 10 = 0 then 'Mailbox ' || n || ' is 100% full' end, case when n % 10 = 0 then 'full' end,
       at, at, at at time zone 'utc'
     from (select n, now() - interval '60 days' + (n * 30 + $3) * interval '1 minute' as at
       from generate_series(1, $2::integer) n) s`,
    [tenant.customerId, rows, offsetMinutes],
  );
  for (const table of ['websocket_events', 'message_deliveries']) {
    await tenant.sql(`select setval(pg_get_serial_sequence('${table}', 'id'), $1)`, [rows]);
  }
}

/** The words of the search are written behind the sending, of tenants of whom something was told. */
async function allIsSearchable(tenant: TestTenant): Promise<void> {
  await waitUntil(
    async () => {
      const [row] = await tenant.sql<{ left: number }>(
        `select ((select count(*) from message_deliveries) - (select count(*) from message_search))::integer as left`,
      );
      if (row?.left !== 0) await tenant.post('/api/events', quietEvent);
      return row?.left === 0;
    },
    { what: 'the words of the search to be written', intervalMs: 500 },
  );
}

beforeAll(async () => {
  mail = await startMailCatcher();
  gateway = await startGateway({ env: { SYSTEM_SMTP_HOST: mail.host, SYSTEM_SMTP_PORT: String(mail.port) } });
  old = await gateway.addTenant({ customerId: 'OLD' });
  other = await gateway.addTenant({ customerId: 'OTHER' });
  live = await gateway.addTenant({ customerId: 'LIVE' });
  await fill(old, 1_000, 0);
  await fill(other, 300, 7);
  await Promise.all([old, other].map(allIsSearchable));
  window = openTestConsole(gateway.gateway);
});
afterAll(async () => {
  window.close();
  await gateway.stop();
  await mail.stop();
});

async function listAll(filter: HistoryFilter, limit: number): Promise<HistoryRow[]> {
  const rows: HistoryRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await window.call('history.list', { filter, cursor, limit });
    rows.push(...page.rows);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}

const finished = async (operationId: string): Promise<Operation> =>
  window.waitForPush('operation.changed', (operation) => {
    return operation.id === operationId && operation.state !== 'running';
  });

const filters: [string, Omit<HistoryFilter, 'customerId'>, string][] = [
  ['nothing', {}, 'true'],
  ['a channel', { channel: 'webhook' }, `channel = 'webhook'`],
  ['states', { status: ['failed', 'unknown'] }, `status in ('failed', 'unknown')`],
  ['channel and state', { channel: 'email', status: ['read'] }, `channel = 'email' and status = 'read'`],
  ['a type', { eventType: 'payment:received' }, `event_type = 'payment:received'`],
  [
    'type and state',
    { eventType: 'invoice:sent', status: ['failed'] },
    `event_type = 'invoice:sent' and status = 'failed'`,
  ],
  ['how a recipient begins', { recipient: 'client3@' }, `recipient ilike 'client3@%'`],
  ['recipient and channel', { recipient: '+27', channel: 'whatsapp' }, `recipient like '+27%'`],
  ['a common text', { text: 'EXAMPLE.COM' }, `recipient ilike '%example.com%'`],
  ['a text of an error', { text: 'mailbox 70 IS' }, `error_message ilike '%mailbox 70 is%'`],
  ['a text with a wildcard', { text: '100%' }, `error_message like '%100\\%%'`],
  ['a wildcard alone', { text: '_', channel: 'email' }, 'false'],
  ['a message id', { text: 'ID-77@' }, `message_id like '%id-77@%'`],
  ['a text in a type', { text: 'ment:rec' }, `event_type like '%ment:rec%'`],
  ['text and state', { text: 'client', status: ['read'] }, `recipient like 'Client%' and status = 'read'`],
  ['a text that is nowhere', { text: 'nowhere at all' }, 'false'],
];

test.each(filters)('lists by %s what the table holds, page by page, newest first', async (_, filter, sql) => {
  const expected = await old.sql<{ id: number }>(
    `select id from message_deliveries where ${sql} order by created_at desc, id desc`,
  );
  const found = await listAll({ customerId: 'OLD', ...filter }, 37);
  expect(found.map((row) => row.id)).toEqual(expected.map((row) => row.id));
  expect(await window.call('history.count', { filter: { customerId: 'OLD', ...filter } })).toEqual({
    count: expected.length,
    more: false,
  });
});

test('lists by dates', async () => {
  const from = new Date(Date.now() - 50 * 86_400_000).toISOString();
  const to = new Date(Date.now() - 45 * 86_400_000).toISOString();
  const expected = await old.sql<{ id: number }>(
    `select id from message_deliveries where created_at >= $1 and created_at < $2 and status = 'failed'
     order by created_at desc`,
    [from, to],
  );
  expect(expected.length).toBeGreaterThan(10);
  const found = await listAll({ customerId: 'OLD', from, to, status: ['failed'] }, 5);
  expect(found.map((row) => row.id)).toEqual(expected.map((row) => row.id));
});

test('merges all tenants by time, without a gap or a repeat', async () => {
  const found = await listAll({}, 101);
  const keys = found.map((row) => `${row.customerId}/${row.id}`);
  expect(new Set(keys).size).toBe(1_300);
  expect(keys).toHaveLength(1_300);
  const times = found.map((row) => row.createdAt);
  expect(times).toEqual([...times].sort().reverse());
  const searched = await listAll({ text: 'client' }, 10);
  const expected = await Promise.all(
    [old, other].map((tenant) =>
      tenant.sql<{ n: number }>(
        `select count(*)::integer as n from message_deliveries where recipient ilike '%client%'`,
      ),
    ),
  );
  expect(searched).toHaveLength(expected.flat().reduce((sum, { n }) => sum + n, 0));
});

test('rows of before the gateway, without a time of their own, come last and open', async () => {
  const [row] = await other.sql<{ id: number }>(
    `insert into message_deliveries (event_id, customer_id, channel, recipient, status, sent_at)
     values (1, $1, 'email', 'seed@example.com', 'sent', '2024-02-01 08:00:00') returning id`,
    [other.customerId],
  );
  const found = await listAll({ customerId: 'OTHER' }, 50);
  expect(found.at(-1)).toMatchObject({ id: row?.id, eventType: 'invoice:sent' });
  const detail = await window.call('history.get', { customerId: 'OTHER', id: row?.id ?? 0 });
  expect(detail).toMatchObject({ recipient: 'seed@example.com', sentAt: '2024-02-01T08:00:00.000Z' });
});

test('refuses a cursor that nobody gave out, and a tenant that is not there', async () => {
  const page = { filter: {}, limit: 10 };
  expect((await window.refusal('history.list', { ...page, cursor: 'WyJhIl0' })).code).toBe('invalid_cursor');
  const unknown = { filter: { customerId: 'NOBODY' }, limit: 10 };
  expect((await window.refusal('history.list', unknown)).code).toBe('tenant_not_found');
  expect((await window.refusal('history.get', { customerId: 'OLD', id: 999_999 })).code).toBe(
    'delivery_not_found',
  );
});

test('a delivery is shown with its event, its attempts and the mail as it left', async () => {
  const content = Buffer.from('%PDF-1.4 payslip').toString('base64');
  const accepted = await live.post<{ event_id: number; deliveries: { id: number }[] }>(
    '/api/events',
    invoiceEvent({
      client_email: 'thandi@example.com',
      attachments: [{ filename: 'invoice.pdf', content_type: 'application/pdf', content_base64: content }],
    }),
  );
  const id = accepted.body.deliveries[0]?.id ?? 0;
  await window.waitForPush('deliveries.changed', ({ changes }) =>
    changes.some((change) => change.customerId === 'LIVE' && change.id === id && change.status === 'sent'),
  );
  const detail = await window.call('history.get', { customerId: 'LIVE', id });
  expect(detail).toMatchObject({
    customerId: 'LIVE',
    tenantName: 'LIVE',
    channel: 'email',
    recipient: 'thandi@example.com',
    status: 'sent',
    attempts: [{ attempt: 1, outcome: 'sent', errorCode: null }],
    event: { id: accepted.body.event_id, eventType: 'invoice:sent', status: 'completed' },
    siblings: [],
  });
  const sent = mail.mails.find((caught) => caught.to.includes('thandi@example.com'));
  expect(detail.message).toMatchObject({ asSent: true, subject: sent?.parsed.subject });
  expect(detail.message?.from).toContain(sent?.from ?? 'no mail came');
  expect(detail.message?.html).toContain('INV-1042');
  expect(detail.message?.attachments).toEqual([{ filename: 'invoice.pdf', bytes: 16 }]);
  expect(JSON.stringify(detail)).not.toContain(content);
  expect(detail.event?.data['invoice_number']).toBe('INV-1042');
});

test('a document sent by hand is shown with its name and size, and is not read for that', async () => {
  const [row] = await live.sql<{ id: number }>(
    `insert into message_deliveries (customer_id, channel, recipient, status, direct_message, direct_content)
     values ($1, 'whatsapp', '+27830000001', 'sent', $2, 'x') returning id`,
    [
      live.customerId,
      JSON.stringify({ text: 'March', attachments: [{ filename: 'payslip.pdf', bytes: 5_000_000 }] }),
    ],
  );
  const detail = await window.call('history.get', { customerId: 'LIVE', id: row?.id ?? 0 });
  expect(detail.message).toMatchObject({
    text: 'March',
    attachments: [{ filename: 'payslip.pdf', bytes: 5_000_000 }],
  });
});

test('a failed delivery is retried, and says before what would leave', async () => {
  mail.behave({ stage: 'rcpt', recipient: 'gone@example.com', code: 550, text: 'no such mailbox', times: 1 });
  const accepted = await live.post<{ deliveries: { id: number }[] }>(
    '/api/events',
    invoiceEvent({ client_email: 'gone@example.com' }),
  );
  const id = accepted.body.deliveries[0]?.id ?? 0;
  const isIt = (status: string) => (payload: { changes: readonly { id: number; status: string }[] }) =>
    payload.changes.some((change) => change.id === id && change.status === status);
  await window.waitForPush('deliveries.changed', isIt('failed'));
  const failed = await window.call('history.get', { customerId: 'LIVE', id });
  expect(failed).toMatchObject({ status: 'failed', message: { asSent: false } });
  expect(failed.error).not.toBeNull();
  expect(failed.attempts[0]?.response).toContain('no such mailbox');

  await window.call('history.retry', { customerId: 'LIVE', id });
  await window.waitForPush('deliveries.changed', isIt('sent'));
  const { rows } = await window.call('audit.list', {
    customerId: 'LIVE',
    action: 'delivery.retried',
    limit: 5,
  });
  expect(rows).toMatchObject([{ actor: testActor, detail: { delivery_id: id } }]);
  expect((await window.refusal('history.retry', { customerId: 'LIVE', id })).code).toBe('not_retryable');
});

test('an outcome that nobody knows is resolved by a person', async () => {
  const { rows } = await window.call('history.list', {
    filter: { customerId: 'OLD', status: ['unknown'] },
    limit: 1,
  });
  const id = rows[0]?.id ?? 0;
  await window.call('history.resolve', { customerId: 'OLD', id, action: 'close' });
  expect(await window.call('history.get', { customerId: 'OLD', id })).toMatchObject({ status: 'failed' });
  const again = { customerId: 'OLD', id, action: 'close' };
  expect((await window.refusal('history.resolve', again)).code).toBe('not_unknown');
});

test('what failed is replayed by its filter, and nothing else', async () => {
  await live.sql(
    `insert into message_deliveries (customer_id, channel, recipient, status, direct_message, created_at, updated_at)
     select $1, 'email', 'again' || n || '@example.com', 'failed', '{"subject": "Again", "text": "hello"}',
       now() - interval '1 day' + n * interval '1 second', now() from generate_series(1, 700) n`,
    [live.customerId],
  );
  await live.sql(
    `insert into message_deliveries (customer_id, channel, recipient, status, direct_message, created_at, updated_at)
     values ($1, 'email', 'leave@example.com', 'failed', '{"text": "hello"}', now() - interval '1 day', now())`,
    [live.customerId],
  );
  const filter = { customerId: 'LIVE', recipient: 'again' };
  const { operationId } = await window.call('history.replay', { filter });
  expect(await finished(operationId)).toMatchObject({ kind: 'replay', state: 'done', done: 700, total: 700 });
  await mail.waitForCount(702);
  expect(mail.mails.some((caught) => caught.to.includes('leave@example.com'))).toBe(false);
  const { rows } = await window.call('audit.list', { action: 'deliveries.replayed', limit: 5 });
  expect(rows).toMatchObject([{ customerId: 'LIVE', detail: { count: 700 } }]);
});

test('exports everything that fits as CSV that a spreadsheet takes for no formula', async () => {
  await other.sql(
    `insert into message_deliveries (customer_id, channel, recipient, status, error_message, created_at, updated_at)
     values ($1, 'email', '=HYPERLINK("http://evil")', 'failed', E'one, "two"\\nthree', now(), now())`,
    [other.customerId],
  );
  const { operationId } = await window.call('history.export', { filter: { customerId: 'OTHER' } });
  const operation = await finished(operationId);
  expect(operation).toMatchObject({ state: 'done', done: 302, total: 302 });
  const download = gateway.gateway.console?.openDownload(operation.file?.downloadToken ?? '', {
    role: 'operator',
  });
  const text = await readFile(download?.path ?? '', 'utf8');
  expect(text.startsWith('\ufeffcustomer_id,delivery_id,')).toBe(true);
  const lines = text.split('\r\n');
  // The first, with a line break in it, is the newest.
  expect(lines[1]).toMatch(
    /^OTHER,\d+,,,email,"'=HYPERLINK\(""http:\/\/evil""\)",failed,"one, ""two""\nthree",0,/,
  );
  expect(lines).toHaveLength(302 + 2);
  expect(text).toContain(",'+27820000001,");
  const { rows } = await window.call('audit.list', { action: 'history.exported', limit: 1 });
  expect(rows).toMatchObject([{ actor: testActor, customerId: 'OTHER', detail: { rows: 302 } }]);
});

test('names the event types that there are', async () => {
  const ofOne = await window.call('history.eventTypes', { customerId: 'OTHER' });
  expect(ofOne.eventTypes).toEqual(['invoice:sent', 'payment:received']);
  const ofAll = await window.call('history.eventTypes', {});
  expect(ofAll.eventTypes).toEqual(expect.arrayContaining(['invoice:sent', 'payment:received']));
});
