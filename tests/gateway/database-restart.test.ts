import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../main/gateway/storage/embedded/embedded-postgres';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { createMemoryLogger } from '../support/memory-logger';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';

/** Somebody's own PostgreSQL server, at DB_HOST: the gateway cannot start or stop it. */
let server: EmbeddedPostgres;
let folder: string;
let mail: MailCatcher;
let gateway: TestGateway;
let tenant: TestTenant;

const startServer = async () => {
  server = createEmbeddedPostgres({ dataDir: folder, logger: createMemoryLogger(), preferredPort: 0 });
  return server.start();
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modular-gateway-own-server-'));
  const { adminUrl } = await startServer();
  mail = await startMailCatcher();
  gateway = await startGateway({
    adminUrl,
    env: { SYSTEM_SMTP_HOST: mail.host, SYSTEM_SMTP_PORT: String(mail.port) },
  });
  tenant = await gateway.addTenant();
});
afterAll(async () => {
  await gateway.stop();
  await server.stop();
  await mail.stop();
  await rm(folder, { recursive: true, force: true });
});

it('/health says ok, with time and version', async () => {
  const { status, body } = await gateway.call('/health');
  expect(status).toBe(200);
  expect(body).toEqual({
    status: 'ok',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
    version: expect.any(String) as string,
  });
});

it('says degraded while the server is away, refuses events in words, and comes back without losing one', async () => {
  const socket = await tenant.watch();
  // Under way when the server goes: handed over, but not recorded.
  mail.behave({ stage: 'data', delayMs: 1_500, times: 3 });
  const accepted = await tenant.post('/api/events/batch', {
    events: Array.from({ length: 20 }, (_, n) => invoiceEvent({ client_email: `restart${n}@example.com` })),
  });
  expect(accepted.status).toBe(207);
  await mail.waitForRecipients(3);
  await server.stop();

  await expect.poll(async () => (await gateway.call('/health')).status).toBe(503);
  const degraded = await gateway.call('/health');
  expect(degraded.body).toMatchObject({ status: 'degraded', version: expect.any(String) as string });
  const refused = await tenant.post('/api/events', invoiceEvent());
  expect(refused.status).toBe(503);
  expect(refused.body['code']).toBe('database_unavailable');
  const bySocket = await socket.ask('internal:event', invoiceEvent());
  expect(bySocket).toMatchObject({ success: false, code: 'database_unavailable' });
  expect((await gateway.call('/nothing')).status).toBe(404);

  await startServer();
  await expect.poll(async () => (await gateway.call('/health')).status).toBe(200);
  await waitUntil(() => new Set(mail.mails.map((caught) => caught.to[0])).size === 20, {
    what: 'all mails of before',
  });
  const after = await tenant.post<{ event_id: number }>(
    '/api/events',
    invoiceEvent({ client_email: 'after@example.com' }),
  );
  expect(after.status).toBe(202);
  await mail.waitForMail((caught) => caught.to.includes('after@example.com'));
  // The listener is back as well: rows are picked up by their notification.
  await waitUntil(
    async () => {
      const { body } = await tenant.get<{ events: { status: string }[] }>('/api/events?limit=100');
      return body.events.length === 21 && body.events.every((event) => event.status === 'completed');
    },
    { what: 'all events to complete' },
  );
  const ids = new Map<string, Set<string>>();
  for (const caught of mail.mails) {
    const to = caught.to[0] ?? '';
    ids.set(to, (ids.get(to) ?? new Set()).add(caught.parsed.messageId ?? ''));
  }
  expect([...ids.values()].every((set) => set.size === 1)).toBe(true);
  expect(
    await socket.ask('internal:event', invoiceEvent({ client_email: 'socket@example.com' })),
  ).toMatchObject({
    success: true,
  });
});

it('starts when it can: a gateway whose tenant database is away serves the others', async () => {
  const other = await gateway.addTenant();
  await gateway.system.query({
    name: 'test.break',
    text: `update tenants set database_name = 'gone', database_role = null, database_password = null,
      database_url = null where customer_id = $1`,
    values: [other.customerId],
  });
  await waitUntil(
    async () => {
      const answer = await other.post('/api/events', invoiceEvent());
      return answer.status === 503 && answer.body['code'] === 'database_unavailable';
    },
    { what: 'the tenant whose database is away to be refused' },
  );
  expect((await tenant.post('/api/events', invoiceEvent())).status).toBe(202);
});
