import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import {
  createWhatsAppSimulator,
  type WhatsAppSimulator,
} from '../simulators/whatsapp-web/create-whatsapp-simulator';
import { callGateway } from '../support/call-gateway';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { createInstallation, type Installation, type ServeProcess } from './serve-process';

let simulator: WhatsAppSimulator;
let sharedDir: string;
let staying: TestGateway;
let tenant: TestTenant;
let installation: Installation;
let killed: ServeProcess;

beforeAll(async () => {
  simulator = await createWhatsAppSimulator();
  sharedDir = await mkdtemp(join(tmpdir(), 'gateways-shared-'));
  const env = {
    GATEWAY_MASTER_KEY: 'shared-5b1f9ac2e7d34860',
    GATEWAY_SHARED_DIR: sharedDir,
    WHATSAPP_BROWSER_ARGS: simulator.browserArgs.map((arg) => `"${arg}"`).join(' '),
  };
  staying = await startGateway({ env });
  tenant = await staying.addTenant({
    settings: {
      email_enabled: false,
      whatsapp_min_gap_ms: 0,
      whatsapp_max_gap_ms: 0,
      whatsapp_new_contacts_per_day: 1_000,
    },
  });
  const server = new URL(inject('postgresAdminUrl'));
  installation = await createInstallation({
    ...env,
    DB_HOST: server.hostname,
    DB_PORT: server.port,
    DB_USER: decodeURIComponent(server.username),
    DB_PASSWORD: decodeURIComponent(server.password),
    DB_NAME: staying.systemName,
    JWT_SECRET: 'test-9f2c7b1e5d8a4063',
  });
  killed = await installation.serve();
});
afterAll(async () => {
  await installation.remove();
  await staying.stop();
  await simulator.stop();
  await rm(sharedDir, { recursive: true, maxRetries: 5 });
});

it('a gateway is killed while it sends by WhatsApp: another goes on, and nothing arrives twice', async () => {
  const headers = { authorization: `Bearer ${tenant.apiKey}` };
  const phone = simulator.createPhone('27821110006');
  const code = await waitUntil(
    async () =>
      (
        await callGateway<{ qr_code?: string }>(killed.origin, `/whatsapp/qr/${tenant.customerId}`, {
          headers,
        })
      ).body.qr_code,
    { what: 'a code to scan' },
  );
  await simulator.scanPicture(phone, code);
  await waitUntil(
    async () => (await tenant.get(`/whatsapp/status/${tenant.customerId}`)).body['status'] === 'ready',
    { what: 'the session to be ready' },
  );

  const numbers = Array.from({ length: 60 }, (_, n) => `INV-${1000 + n}`);
  const events = numbers.map((invoice_number, n) =>
    invoiceEvent({ client_phone: `2783000${1000 + n}`, invoice_number }),
  );
  const posted = await tenant.post('/api/events/batch', { events });
  expect(posted.body).toMatchObject({ success: true });
  await waitUntil(() => phone.received.length >= 10, { what: 'some to arrive' });
  const killedAt = performance.now();
  await killed.end('SIGKILL');
  const atKill = phone.received.length;

  const open = async () =>
    (
      await tenant.sql<{ n: number }>(
        `select count(*)::integer as n from message_deliveries
          where channel = 'whatsapp' and status in ('pending', 'sending', 'held')`,
      )
    )[0]?.n;
  await waitUntil(() => phone.received.length > atKill, { what: 'the other to go on', timeoutMs: 90_000 });
  const goneOnMs = performance.now() - killedAt;
  await waitUntil(async () => (await open()) === 0, { what: 'all to be sent', timeoutMs: 120_000 });

  const arrivals = numbers.map((number) => phone.received.filter(({ body }) => body.includes(number)).length);
  expect(arrivals.filter((count) => count > 1)).toEqual([]);
  const unknown = await tenant.sql<{ n: number }>(
    `select count(*)::integer as n from message_deliveries where status = 'unknown'`,
  );
  const sent = arrivals.filter((count) => count === 1).length;
  expect(sent).toBeGreaterThanOrEqual(numbers.length - (unknown[0]?.n ?? 0));
  expect(unknown[0]?.n).toBeLessThanOrEqual(6);
  process.stdout.write(
    `taken over after ${Math.round(goneOnMs / 1000)} s: 60 in, ${sent} out, ${unknown[0]?.n} unknown\n`,
  );
});
