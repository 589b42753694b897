import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createDatabase } from '../../main/gateway/storage/database';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import { createMemoryLogger } from '../support/memory-logger';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';

const smtpPassword = 'smtp-pass-7141';
const webhookSecret = 'whsec_c2VjcmV0LXdlYmhvb2stNTU1MQ==';
const bodyWords = 'confidential-words-9931';
const metricsToken = 'metrics-token-3f9a1c';

let mail: MailCatcher;
let hook: WebhookReceiver;
let gateway: TestGateway;
let tenant: TestTenant;
let token: string;

beforeAll(async () => {
  mail = await startMailCatcher({ login: { username: 'office', password: smtpPassword } });
  hook = await startWebhookReceiver();
  gateway = await startGateway({ env: { LOG_LEVEL: 'debug', GATEWAY_METRICS_TOKEN: metricsToken } });
  tenant = await gateway.addTenant({
    settings: {
      use_customer_smtp: true,
      smtp_host: mail.host,
      smtp_port: mail.port,
      smtp_username: 'office',
      smtp_password: smtpPassword,
      smtp_from_email: 'office@example.com',
      webhook_enabled: true,
      webhook_url: `${hook.origin}/hook?key=url-secret-2231`,
      webhook_secret: webhookSecret,
      max_retries: 1,
      first_retry_seconds: 0.02,
    },
  });
  token = await tenant.token();
  const socket = await tenant.watch();
  hook.behave({ status: 500, times: 1, body: 'receiver says no' });
  await tenant.post(
    '/api/events',
    invoiceEvent({ client_email: 'log@example.com', client_name: bodyWords, notes: bodyWords }),
  );
  await socket.waitFor('event:completed');
  await gateway.call('/api/events', { headers: { authorization: 'Bearer wrong-key-8841' } });
  await tenant.post('/api/events', invoiceEvent({ total_amount: bodyWords }));
  await tenant.sql(
    `insert into websocket_events (customer_id, event_type, event_data, status) values ($1, 'invoice:sent', $2, 'pending')`,
    [tenant.customerId, JSON.stringify({ client_email: bodyWords })],
  );
  await socket.waitFor('event:failed');
  socket.close();
  await waitUntil(
    async () => (await gateway.readLog()).some((line) => line['event'] === 'socket.disconnected'),
    { what: 'the end of the socket to be logged' },
  );
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([mail.stop(), hook.stop()]);
});

it('writes JSON lines with time, level, event and message into combined.log, errors into error.log', async () => {
  const files = await readdir(join(gateway.dataDir, 'logs'));
  expect(files).toEqual(expect.arrayContaining(['combined.log', 'error.log']));
  for (const line of await gateway.readLog()) {
    expect(line).toMatchObject({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      level: expect.stringMatching(/^(error|warn|info|debug)$/) as string,
      event: expect.stringMatching(/^[a-z_]+\.[a-z_]+$/) as string,
      message: expect.any(String) as string,
    });
  }
});

it('writes one wide line an attempt', async () => {
  const attempts = (await gateway.readLog()).filter((line) => line['event'] === 'delivery.attempted');
  const base = {
    customer_id: tenant.customerId,
    delivery_id: expect.any(Number) as number,
    event_id: expect.any(Number) as number,
    event_type: 'invoice:sent',
    duration_ms: expect.any(Number) as number,
  };
  expect(attempts).toHaveLength(3);
  expect(attempts).toContainEqual(
    expect.objectContaining({ ...base, channel: 'email', attempt: 1, outcome: 'sent', status: 'sent' }),
  );
  expect(attempts).toContainEqual(
    expect.objectContaining({
      ...base,
      channel: 'webhook',
      attempt: 1,
      outcome: 'retry',
      error_code: 'http_500',
    }),
  );
  expect(attempts).toContainEqual(
    expect.objectContaining({ ...base, channel: 'webhook', attempt: 2, outcome: 'sent' }),
  );
});

it('tells of sockets: who, from where, for how long', async () => {
  const lines = await gateway.readLog();
  const who = { customer_id: tenant.customerId, user_id: '7', address: '127.0.0.1' };
  expect(lines).toContainEqual(expect.objectContaining({ event: 'socket.connected', ...who, sockets: 1 }));
  expect(lines).toContainEqual(
    expect.objectContaining({
      event: 'socket.disconnected',
      ...who,
      sockets: 0,
      connected_ms: expect.any(Number) as number,
    }),
  );
});

it('names slow queries', async () => {
  const logger = createMemoryLogger();
  const database = createDatabase({
    url: inject('postgresAdminUrl'),
    logger,
    applicationName: 'slow query test',
    maxConnections: 1,
  });
  try {
    await database.query({ name: 'reports.slow', text: 'select pg_sleep(0.6)' });
    await database.query({ name: 'reports.quick', text: 'select 1' });
  } finally {
    await database.stop();
  }
  const slow = logger.lines.filter((line) => line.event === 'database.query_slow');
  expect(slow.map((line) => line.fields['query'])).toEqual(['reports.slow']);
  expect(slow[0]?.fields['duration_ms']).toBeGreaterThanOrEqual(500);
});

it('holds no secrets and no message bodies, at any level', async () => {
  gateway.gateway.logger.flush();
  const texts = await Promise.all(
    ['combined.log', 'error.log'].map((name) => readFile(join(gateway.dataDir, 'logs', name), 'utf8')),
  );
  const logs = texts.join('\n');
  expect(logs.length).toBeGreaterThan(1_000);
  for (const secret of [
    smtpPassword,
    webhookSecret,
    webhookSecret.slice(6),
    'url-secret-2231',
    bodyWords,
    metricsToken,
    tenant.apiKey,
    token,
    'wrong-key-8841',
    'test-9f2c7b1e5d8a4063',
    decodeURIComponent(new URL(tenant.databaseUrl).password),
  ]) {
    expect(logs.includes(secret), `the log holds ${secret}`).toBe(false);
  }
});

it('counts for Prometheus, for this machine and for the bearer of the metrics token', async () => {
  const response = await fetch(`${gateway.origin}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
  const text = await response.text();
  const value = (name: string) =>
    Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1]);
  expect(value('gateway_deliveries_total{channel="email",outcome="sent"}')).toBeGreaterThanOrEqual(1);
  expect(value('gateway_deliveries_total{channel="webhook",outcome="retry"}')).toBe(1);
  expect(value('gateway_sockets_connected')).toBe(0);
  expect(value('gateway_events_accepted_total{source="http"}')).toBe(1);
  expect(text).toContain('process_resident_memory_bytes');
  const withToken = await fetch(`${gateway.origin}/metrics`, {
    headers: { authorization: `Bearer ${metricsToken}` },
  });
  expect(withToken.status).toBe(200);
  const wrong = await gateway.call('/metrics', { headers: { authorization: 'Bearer wrong' } });
  expect(wrong.status).toBe(401);
  // What comes through a proxy on this machine comes from this machine, but not for it.
  for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']) {
    const proxied = await gateway.call('/metrics', { headers: { [name]: '127.0.0.1' } });
    expect(proxied.status, name).toBe(401);
  }
});

it('stops within 10 s even when the database does not answer', async () => {
  const stuck = await startGateway();
  const customer = await stuck.addTenant();
  await customer.sql('begin');
  await customer.sql('lock table websocket_events in access exclusive mode');
  const posting = customer.post('/api/events', invoiceEvent()).catch(() => undefined);
  await waitUntil(async () => (await customer.sql(`select 1 from pg_locks where not granted`)).length > 0, {
    what: 'the statement to wait',
  });
  const startedAt = performance.now();
  await stuck.gateway.stop();
  // Within 10 s where nothing stands still; by itself the lock would never be given up.
  expect(performance.now() - startedAt).toBeLessThan(30_000);
  await customer.sql('rollback');
  await posting;
  await stuck.stop();
});

it('obeys LOG_LEVEL', async () => {
  const quiet = await startGateway({ env: { LOG_LEVEL: 'error' } });
  try {
    await quiet.addTenant();
    expect(await quiet.readLog().catch(() => [])).toEqual([]);
  } finally {
    await quiet.stop();
  }
});
