import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Attention } from '../../main/contracts/console/overview-calls';
import { describeSpace } from '../../main/gateway/console/disk-watch';
import { findWhatsAppTrouble } from '../../main/gateway/console/find-attention';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { createTestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';
import { openTestConsole, type TestConsole } from './call-console';

let mail: MailCatcher;
let gateway: TestGateway;
let tenant: TestTenant;
let window: TestConsole;

beforeAll(async () => {
  mail = await startMailCatcher();
  gateway = await startGateway({
    env: {
      SYSTEM_SMTP_HOST: mail.host,
      SYSTEM_SMTP_PORT: String(mail.port),
      PUPPETEER_EXECUTABLE_PATH: '/no/such/browser',
    },
  });
  tenant = await gateway.addTenant({ customerId: 'COUNTED', settings: { whatsapp_enabled: false } });
  window = openTestConsole(gateway.gateway);
});
afterAll(async () => {
  window.close();
  await gateway.stop();
  await mail.stop();
});

const find = (attention: readonly Attention[], id: string) => attention.find((entry) => entry.id === id);

test('counts what waits and what the last 24 hours made of the rest', async () => {
  await tenant.sql(
    `insert into message_deliveries (customer_id, channel, recipient, status, created_at, updated_at, sent_at,
       error_code)
     select $1, channel, 'x@example.com', status, now(), now() - ago, (now() - ago) at time zone 'utc', code
     from (values ('email', 'sent', interval '0 hours', null), ('email', 'delivered', '3 hours', null),
       ('whatsapp', 'read', '3 hours', null), ('email', 'sent', '30 hours', null), ('webhook', 'failed', '0 hours', 'x'),
       ('email', 'failed', '5 hours', 'x'), ('email', 'failed', '30 hours', 'x'),
       ('whatsapp', 'failed', '1 hour', 'closed_unknown'), ('whatsapp', 'unknown', '0 hours', null),
       ('email', 'pending', '0 hours', null)) as v(channel, status, ago, code)`,
    [tenant.customerId],
  );
  const overview = await window.call('overview.get', { customerId: 'COUNTED' });
  expect(overview.hours).toHaveLength(24);
  const starts = overview.hours.map(({ hour }) => Date.parse(hour));
  expect(new Set(starts.slice(1).map((at, index) => at - (starts[index] ?? 0)))).toEqual(
    new Set([3_600_000]),
  );
  expect((starts.at(-1) ?? 0) + 3_600_000).toBeGreaterThan(Date.now() - 60_000);
  expect(overview.tenants).toBe(1);
  expect(overview.channels).toEqual([
    // The pending one is of before the gateway: it has no time to be sent at, and never leaves.
    { channel: 'email', waiting: 0, sending: 0, held: 0, paused: 0, unknown: 0, sent: 2, failed: 1 },
    { channel: 'whatsapp', waiting: 0, sending: 0, held: 0, paused: 0, unknown: 1, sent: 1, failed: 0 },
    { channel: 'webhook', waiting: 0, sending: 0, held: 0, paused: 0, unknown: 0, sent: 0, failed: 1 },
  ]);
  expect(overview.hours.reduce((sum, { sent }) => sum + sent.email + sent.whatsapp, 0)).toBe(3);
  expect(overview.hours.reduce((sum, { failed }) => sum + failed, 0)).toBe(2);
  expect(find(overview.attention, 'failed_messages:COUNTED')).toMatchObject({
    count: 2,
    customerId: 'COUNTED',
  });
  expect(find(overview.attention, 'unknown_outcomes:COUNTED')).toMatchObject({ count: 1 });
  expect((await window.refusal('overview.get', { customerId: 'NOBODY' })).code).toBe('tenant_not_found');
});

test('tells windows of changes, once a second at most, and of the new counts when they ask', async () => {
  const before = await window.call('overview.get', {});
  const count = 40;
  const startedAt = performance.now();
  window.pushes.length = 0;
  for (let n = 0; n < count; n += 1) {
    await tenant.post('/api/events', invoiceEvent({ client_email: `n${n}@example.com` }));
  }
  await mail.waitForCount(count);
  const overview = await waitUntil(
    async () => {
      const now = await window.call('overview.get', {});
      return now.channels[0]?.sent === (before.channels[0]?.sent ?? 0) + count && now;
    },
    { what: 'the sent mails to be counted' },
  );
  expect(Date.now() - Date.parse(overview.lastEventAt ?? '')).toBeLessThan(120_000);
  await window.waitForPush('overview.changed');
  const pushed = window.pushes.filter(({ name }) => name === 'overview.changed').length;
  expect(pushed).toBeLessThanOrEqual(Math.ceil((performance.now() - startedAt) / 1_000) + 1);
});

test('a mail server that is away is a channel that is down, until it is back', async () => {
  const away = await startMailCatcher();
  const other = await gateway.addTenant({
    customerId: 'AWAY',
    settings: {
      whatsapp_enabled: false,
      use_customer_smtp: true,
      smtp_host: away.host,
      smtp_port: away.port,
      smtp_from_email: 'office@example.com',
      first_retry_seconds: 60,
    },
  });
  await away.stop();
  const events = Array.from({ length: 8 }, (_, n) => invoiceEvent({ client_email: `a${n}@example.com` }));
  await other.post('/api/events/batch', { events });
  const pushed = await window.waitForPush('overview.changed', ({ attention }) =>
    Boolean(find(attention, 'channel_down:AWAY:email')),
  );
  expect(find(pushed.attention, 'channel_down:AWAY:email')).toMatchObject({
    severity: 'error',
    channel: 'email',
    tenantName: 'AWAY',
  });
  expect(find(pushed.attention, 'channel_down:AWAY:email')?.since).not.toBeNull();
  // Another tenant's page does not show it.
  const { attention } = await window.call('overview.get', { customerId: 'COUNTED' });
  expect(attention.some((entry) => entry.customerId === 'AWAY')).toBe(false);
  // Its server is still away, but nothing waits for it any more: nobody need do anything.
  await other.sql('delete from message_deliveries');
  await expect
    .poll(async () => find((await window.call('overview.get', {})).attention, 'channel_down:AWAY:email'))
    .toBeUndefined();
});

test('a missing mail account, a missing browser and a setting that waits for a restart are said', async () => {
  const bare = await gateway.addTenant({ customerId: 'BARE', settings: { use_customer_smtp: true } });
  const { attention } = await window.call('overview.get', {});
  expect(find(attention, 'mail_account_missing:BARE:email')).toMatchObject({ severity: 'warning' });
  // Nobody wants to send by WhatsApp yet.
  expect(find(attention, 'browser_missing:whatsapp')).toBeUndefined();
  await bare.post('/api/events', invoiceEvent({ client_phone: '+27821234567' }));
  const wanted = await window.waitForPush('overview.changed', (pushed) =>
    Boolean(find(pushed.attention, 'browser_missing:whatsapp')),
  );
  expect(find(wanted.attention, 'browser_missing:whatsapp')).toMatchObject({
    severity: 'error',
    customerId: null,
  });
  expect(find(attention, 'port_moved')).toBeUndefined();
  expect(find(attention, 'restart_needed')).toBeUndefined();
  await window.call('settings.save', { values: { LOG_LEVEL: 'debug' } });
  await window.waitForPush('overview.changed', ({ attention: now }) => Boolean(find(now, 'restart_needed')));
});

test("a tenant's database that goes away hides neither the others' figures nor their history", async () => {
  const database = await createTestDatabase();
  const lost = await gateway.addTenant({
    customerId: 'LOST',
    databaseUrl: database.url,
    settings: { whatsapp_enabled: false, email_enabled: false },
  });
  expect(lost.customerId).toBe('LOST');
  await database.stop();
  const overview = await waitUntil(
    async () => {
      const now = await window.call('overview.get', {});
      return find(now.attention, 'tenant_database_away:LOST') && now;
    },
    { what: 'the missing database to be noticed' },
  );
  expect(overview.channels[0]?.sent).toBeGreaterThan(0);
  const list = await window.call('history.list', { filter: {}, limit: 10 });
  expect(list.rows).toHaveLength(10);
  expect(list.missing).toEqual(['LOST']);
  const own = await window.call('history.list', { filter: { customerId: 'LOST' }, limit: 10 });
  expect(own).toEqual({ rows: [], nextCursor: null, missing: ['LOST'] });
  expect((await window.call('history.eventTypes', {})).eventTypes).toContain('invoice:sent');
  expect((await window.call('history.count', { filter: {} })).count).toBeGreaterThan(10);
  expect((await window.call('overview.get', { customerId: 'LOST' })).hours).toHaveLength(24);
});

test('a disk counts as full below a gigabyte, and below two of a hundred', () => {
  const gigabyte = 1024 ** 3;
  expect(describeSpace(gigabyte * 0.9, gigabyte * 20).isLow).toBe(true);
  expect(describeSpace(gigabyte * 2, gigabyte * 200).isLow).toBe(true);
  expect(describeSpace(gigabyte * 2, gigabyte * 20).isLow).toBe(false);
});

test.each([
  ['never used and nothing to send', 'disconnected', false, false, false, undefined],
  ['never used, but messages wait', 'disconnected', false, false, true, 'whatsapp_scan'],
  ['a code is shown to somebody who tries it out', 'qr_ready', false, false, false, undefined],
  ['a code is shown while messages wait', 'qr_ready', false, false, true, 'whatsapp_scan'],
  ['unlinked on the phone', 'logged_out', false, true, false, 'whatsapp_scan'],
  ['the pairing is no longer good', 'auth_failed', false, false, false, 'whatsapp_scan'],
  ['gave up coming up', 'disconnected', true, true, false, 'whatsapp_failed'],
  ['comes up again by itself', 'disconnected', true, false, true, undefined],
  ['connected', 'ready', true, false, true, undefined],
] as const)('whatsapp: %s', (_, status, isPaired, waitsForPerson, hasWaiting, expected) => {
  expect(findWhatsAppTrouble({ status, isPaired, waitsForPerson }, hasWaiting)).toBe(expected);
});
