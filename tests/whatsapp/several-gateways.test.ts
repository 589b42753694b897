import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { officeId } from '../../main/contracts/office-number';
import { openTestConsole } from '../console/call-console';
import {
  createWhatsAppSimulator,
  type WhatsAppSimulator,
} from '../simulators/whatsapp-web/create-whatsapp-simulator';
import type { SimulatedPhone } from '../simulators/whatsapp-web/simulated-phone';
import { pairWhatsApp } from '../support/pair-whatsapp';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { watchSocket } from '../support/watch-socket';

let simulator: WhatsAppSimulator;
let sharedDir: string;
const started: TestGateway[] = [];

beforeAll(async () => {
  simulator = await createWhatsAppSimulator();
  sharedDir = await mkdtemp(join(tmpdir(), 'gateways-shared-'));
});
afterEach(async () => {
  for (const gateway of started.splice(0).reverse()) await gateway.stop();
});
afterAll(async () => {
  await simulator.stop();
  await rm(sharedDir, { recursive: true, maxRetries: 5 });
});

async function start(beside?: TestGateway, env: Readonly<Record<string, string>> = {}): Promise<TestGateway> {
  const gateway = await startGateway({
    env: {
      GATEWAY_MASTER_KEY: 'shared-5b1f9ac2e7d34860',
      WHATSAPP_BROWSER_ARGS: simulator.browserArgs.map((arg) => `"${arg}"`).join(' '),
      ...env,
    },
    beside,
  });
  started.push(gateway);
  return gateway;
}

const settings = { email_enabled: false, whatsapp_min_gap_ms: 0, whatsapp_max_gap_ms: 0 };
const headers = (tenant: TestTenant) => ({ authorization: `Bearer ${tenant.apiKey}` });

/** Of the tenant's session, as a gateway tells it. */
async function statusAt(gateway: TestGateway, tenant: TestTenant): Promise<Record<string, unknown>> {
  const path = `/whatsapp/status/${tenant.customerId}`;
  return (await gateway.call(path, { headers: headers(tenant) })).body;
}

async function isReadyAt(gateway: TestGateway, tenant: TestTenant): Promise<void> {
  await waitUntil(async () => (await statusAt(gateway, tenant))['status'] === 'ready', {
    what: 'WhatsApp to be ready there',
  });
}

async function codeAt(gateway: TestGateway, tenant: TestTenant): Promise<string> {
  const path = `/whatsapp/qr/${tenant.customerId}`;
  return waitUntil(
    async () => (await gateway.call<{ qr_code?: string }>(path, { headers: headers(tenant) })).body.qr_code,
    { what: 'a code to scan' },
  );
}

async function postAt(gateway: TestGateway, tenant: TestTenant, text: string): Promise<void> {
  const body = invoiceEvent({ client_phone: '27830000001', invoice_number: text });
  const { status } = await gateway.call('/api/events', { body, headers: headers(tenant) });
  expect(status).toBe(202);
}

const arrived = (phone: SimulatedPhone, text: string) =>
  phone.received.filter(({ body }) => body.includes(text)).length;

async function arrives(phone: SimulatedPhone, text: string): Promise<void> {
  await waitUntil(() => arrived(phone, text) > 0, { what: `${text} to arrive` });
}

test('a session runs in one gateway; the other shows it, and hands over what people and events want', async () => {
  const first = await start();
  const tenant = await first.addTenant({ settings });
  const second = await start(first);
  const phone = simulator.createPhone('27821110001');
  const heard = await watchSocket(second.origin, { token: await tenant.token() });

  await pairWhatsApp(tenant, simulator, phone);
  await isReadyAt(second, tenant);
  await heard.waitFor('whatsapp:client_ready');
  const card = async (gateway: TestGateway) => {
    const page = openTestConsole(gateway.gateway);
    const { cards } = await page.call('whatsapp.list', {});
    page.close();
    return cards.find(({ customerId }) => customerId === tenant.customerId);
  };
  expect(await card(first)).toMatchObject({ status: 'ready', runsOn: null });
  expect(await card(second)).toMatchObject({ status: 'ready', runsOn: hostname() });
  await postAt(second, tenant, 'INV-ONE');
  await arrives(phone, 'INV-ONE');
  await postAt(first, tenant, 'INV-TWO');
  await arrives(phone, 'INV-TWO');

  const document = await second.call<{ status: string }>(`/whatsapp/send-document/${tenant.customerId}`, {
    body: {
      recipient: '27830000001',
      filename: 'terms.txt',
      document_base64: Buffer.from('Our terms').toString('base64'),
    },
    headers: headers(tenant),
  });
  expect(document.body).toMatchObject({ success: true, status: 'sent' });

  const ended = await second.call(`/whatsapp/logout/${tenant.customerId}`, {
    method: 'POST',
    headers: headers(tenant),
  });
  expect(ended.status).toBe(200);
  await waitUntil(async () => (await statusAt(first, tenant))['status'] === 'logged_out', {
    what: 'the first to know of the logout',
  });

  // Now nobody's: whoever is asked for a code runs it.
  const code = await codeAt(second, tenant);
  await simulator.scanPicture(simulator.createPhone('27821110002'), code);
  await isReadyAt(first, tenant);
  await isReadyAt(second, tenant);
  heard.close();
  expect([arrived(phone, 'INV-ONE'), arrived(phone, 'INV-TWO')]).toEqual([1, 1]);
});

test('with a shared folder, another goes on with the session of one that stops, without a scan', async () => {
  const env = { GATEWAY_SHARED_DIR: sharedDir };
  const first = await start(undefined, env);
  const tenant = await first.addTenant({ settings });
  const second = await start(first, env);
  const phone = simulator.createPhone('27821110003');
  // The second runs it: the first, whose databases these are, stays to the end.
  const code = await codeAt(second, tenant);
  await simulator.scanPicture(phone, code);
  await isReadyAt(first, tenant);
  await postAt(first, tenant, 'INV-BEFORE');
  await arrives(phone, 'INV-BEFORE');

  started.splice(started.indexOf(second), 1);
  await second.stop();
  await postAt(first, tenant, 'INV-AFTER');
  await arrives(phone, 'INV-AFTER');
  await isReadyAt(first, tenant);
  expect([arrived(phone, 'INV-BEFORE'), arrived(phone, 'INV-AFTER')]).toEqual([1, 1]);
});

test('without one, it says what a person must do, and a new scan goes', async () => {
  const first = await start();
  const tenant = await first.addTenant({ settings });
  const second = await start(first);
  const code = await codeAt(second, tenant);
  await simulator.scanPicture(simulator.createPhone('27821110004'), code);
  await isReadyAt(first, tenant);
  started.splice(started.indexOf(second), 1);
  await second.stop();
  await waitUntil(async () => (await statusAt(first, tenant))['status'] === 'disconnected', {
    what: 'the session to be told as away',
  });
  expect(String((await statusAt(first, tenant))['error'])).toMatch(
    /Start it, or have an operator link the phone again in the console/,
  );
  const asked = await first.call(`/whatsapp/qr/${tenant.customerId}`, { headers: headers(tenant) });
  expect(asked).toMatchObject({ status: 503, body: { code: 'session_elsewhere' } });
  // A new scan gives the login there up, which is an operator's to do.
  const staff = openTestConsole(first.gateway, { role: 'staff' });
  expect(await staff.refusal('whatsapp.connect', { customerId: tenant.customerId, way: 'qr' })).toMatchObject(
    {
      code: 'session_elsewhere',
    },
  );
  staff.close();
  const page = openTestConsole(first.gateway);
  await page.call('whatsapp.connect', { customerId: tenant.customerId, way: 'qr' });
  page.close();
  const phone = simulator.createPhone('27821110005');
  await pairWhatsApp(tenant, simulator, phone);
  await postAt(first, tenant, 'INV-AGAIN');
  await arrives(phone, 'INV-AGAIN');
});

test('the office number runs in one gateway, and sends what others take in for tenants without one', async () => {
  const first = await start();
  const tenant = await first.addTenant({ settings });
  const second = await start(first);
  const phone = simulator.createPhone('27829990000');
  const window = openTestConsole(first.gateway);
  await window.call('whatsapp.connect', { customerId: officeId, way: 'qr' });
  const { qrCode } = await window.waitForPush('whatsapp.changed', (card) => card.qrCode !== null);
  await simulator.scanPicture(phone, qrCode ?? '');
  await waitUntil(async () => (await statusAt(second, tenant))['number'] === 'office', {
    what: 'the other gateway to know',
  });

  await postAt(second, tenant, 'AT-SECOND');
  await arrives(phone, 'AT-SECOND');
  const other = openTestConsole(second.gateway);
  expect((await other.call('whatsapp.list', {})).office).toMatchObject({ isSetUp: true, senders: 1 });

  await other.call('whatsapp.removeOffice', {});
  for (const gateway of [first, second]) {
    await waitUntil(async () => (await statusAt(gateway, tenant))['number'] === 'own', {
      what: 'the office number to be gone',
    });
  }
  other.close();
  window.close();
});
