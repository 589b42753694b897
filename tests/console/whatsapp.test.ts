import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createWhatsAppSimulator,
  type WhatsAppSimulator,
} from '../simulators/whatsapp-web/create-whatsapp-simulator';
import { startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { openTestConsole, type TestConsole } from './call-console';

const refIntervalMs = 6_000;
let simulator: WhatsAppSimulator;
let gateway: TestGateway;
let window: TestConsole;
let tenant: TestTenant;

beforeAll(async () => {
  simulator = await createWhatsAppSimulator({ refIntervalMs });
  gateway = await startGateway({
    env: { WHATSAPP_BROWSER_ARGS: simulator.browserArgs.map((arg) => `'${arg}'`).join(' ') },
  });
  window = openTestConsole(gateway.gateway);
  tenant = await gateway.addTenant({
    settings: { whatsapp_min_gap_ms: 0, whatsapp_max_gap_ms: 0 },
  });
});
afterAll(async () => {
  window.close();
  await gateway.stop();
  await simulator.stop();
});

const deeds = () =>
  gateway.system.query<{ actor: string; action: string }>({
    name: 'test.audit',
    text: 'select actor, action from audit_log where customer_id = $1 order by id',
    values: [tenant.customerId],
  });

test('looking at WhatsApp starts no browser', async () => {
  const { cards } = await window.call('whatsapp.list', {});
  expect(cards).toMatchObject([{ customerId: tenant.customerId, status: 'disconnected', qrCode: null }]);
  expect(simulator.counts.loads).toBe(0);
});

test('a code is pushed, refreshed with true times, scanned; a message leaves; logged out', async () => {
  const { customerId } = tenant;
  const asked = await window.call('whatsapp.connect', { customerId, way: 'qr' });
  expect(asked.status).not.toBe('ready');
  const first = await window.waitForPush('whatsapp.changed', ({ qrCode }) => qrCode !== null);
  expect(first).toMatchObject({ customerId, status: 'qr_ready', needsPerson: true });
  // How long the first code lives nobody can know yet.
  expect(first.qrRefreshesAt).toBeNull();
  const offerLeftMs = Date.parse(first.qrOfferEndsAt ?? '') - Date.now();
  expect(offerLeftMs).toBeGreaterThan(290_000);
  expect(offerLeftMs).toBeLessThanOrEqual(300_000);

  const timed = await window.waitForPush('whatsapp.changed', ({ qrRefreshesAt }) => qrRefreshesAt !== null);
  expect(timed.since).toBe(first.since);
  const answer = await tenant.get(`/whatsapp/qr/${customerId}`);
  expect(answer.status).toBe(200);
  expect(answer.body['expires_in']).toBeTypeOf('number');
  expect(answer.body['offer_ends_in']).toBeGreaterThan(280);
  const next = await window.waitForPush(
    'whatsapp.changed',
    ({ qrCode, qrRefreshesAt }) => qrCode !== timed.qrCode && qrRefreshesAt !== null,
  );
  // The next code is told of at most the gathering and the drawing after it was promised.
  const lateMs = Date.now() - Date.parse(timed.qrRefreshesAt ?? '');
  expect(lateMs).toBeGreaterThan(-refIntervalMs / 2);
  expect(lateMs).toBeLessThan(refIntervalMs);

  const phone = simulator.createPhone('27820000001');
  await simulator.scanPicture(phone, next.qrCode ?? '');
  const ready = await window.waitForPush('whatsapp.changed', ({ status }) => status === 'ready');
  expect(ready).toMatchObject({ needsPerson: false, qrCode: null, qrRefreshesAt: null, qrOfferEndsAt: null });
  expect(ready.phone).toContain('27820000001');

  simulator.createPhone('27820000002');
  const sent = await window.call('tenants.sendTest', {
    customerId,
    channel: 'whatsapp',
    recipient: '+27820000002',
  });
  expect(sent).toMatchObject({ status: 'sent', error: null });
  const counted = await window.waitForPush('whatsapp.changed', ({ lastSentAt }) => lastSentAt !== null);
  expect(counted).toMatchObject({ waiting: 0, newContactsToday: 1 });

  const tested = await window.call('alerts.test', {
    isOn: true,
    email: '',
    webhookUrl: '',
    whatsappNumber: '+27 82 000 0002',
    whatsappFrom: customerId,
    quietFrom: '',
    quietTo: '',
  });
  expect(tested.results).toMatchObject([{ way: 'whatsapp', ok: true, message: 'WhatsApp accepted it.' }]);

  const out = await window.call('whatsapp.logout', { customerId });
  expect(out).toMatchObject({ status: 'logged_out', needsPerson: true, phone: null });
  await expect
    .poll(async () => (await deeds()).map(({ action }) => action))
    .toEqual(['whatsapp.connect_asked', 'test_message.sent', 'whatsapp.logged_out']);
});

test('a page that asks for a code starts the session, once; one that only asks what there is does not', async () => {
  const { customerId } = tenant;
  const path = `/whatsapp/qr/${customerId}`;
  const before = (await deeds()).length;
  const head = await fetch(`${gateway.origin}${path}`, {
    method: 'HEAD',
    headers: { authorization: `Bearer ${tenant.apiKey}` },
  });
  expect(head.status).toBe(405);
  expect(head.headers.get('allow')).toBe('GET');
  expect((await tenant.get(`/whatsapp/status/${customerId}`)).body['status']).toBe('logged_out');
  expect(await deeds()).toHaveLength(before);

  expect((await tenant.get(path)).body).toMatchObject({ status: 'qr_ready' });
  expect((await tenant.get(path)).body).toMatchObject({ status: 'qr_ready' });
  await expect
    .poll(async () => (await deeds()).slice(before))
    .toEqual([{ actor: `key ${tenant.apiKey.slice(0, 12)}`, action: 'whatsapp.connect_asked' }]);
});

test('a pairing code comes as well', async () => {
  const { customerId } = tenant;
  const { code } = await window.call('whatsapp.pairingCode', { customerId, phone: '082 000 0003' });
  expect(code).toMatch(/^[A-Z0-9]{8}$/);
  await window.waitForPush('whatsapp.changed', ({ pairingCode }) => pairingCode === code);
  expect(await window.refusal('whatsapp.pairingCode', { customerId, phone: 'no number' })).toMatchObject({
    code: 'phone_invalid',
  });
});
