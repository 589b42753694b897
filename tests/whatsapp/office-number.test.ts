import { afterAll, beforeAll, expect, test } from 'vitest';
import { officeId } from '../../main/contracts/office-number';
import { openTestConsole, type TestConsole } from '../console/call-console';
import {
  createWhatsAppSimulator,
  type WhatsAppSimulator,
} from '../simulators/whatsapp-web/create-whatsapp-simulator';
import type { SimulatedPhone } from '../simulators/whatsapp-web/simulated-phone';
import { pairWhatsApp } from '../support/pair-whatsapp';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';

const settings = {
  email_enabled: false,
  whatsapp_min_gap_ms: 0,
  whatsapp_max_gap_ms: 0,
  whatsapp_new_contacts_per_day: 0,
};
let simulator: WhatsAppSimulator;
let gateway: TestGateway;
let window: TestConsole;
let officePhone: SimulatedPhone;
let acme: TestTenant;
let bolt: TestTenant;

beforeAll(async () => {
  simulator = await createWhatsAppSimulator();
  gateway = await startGateway({
    env: { WHATSAPP_BROWSER_ARGS: simulator.browserArgs.map((arg) => `'${arg}'`).join(' ') },
  });
  window = openTestConsole(gateway.gateway);
  // Only the operator says what a tenant is called: a tenant can write its settings.
  acme = await gateway.addTenant({ settings: { ...settings, smtp_from_name: 'Somebody Else' } });
  await window.call('tenants.rename', { customerId: acme.customerId, name: 'Acme Plumbing' });
  bolt = await gateway.addTenant({ settings });
  officePhone = simulator.createPhone('27829990000');
});
afterAll(async () => {
  window.close();
  await gateway.stop();
  await simulator.stop();
});

const post = async (tenant: TestTenant, phone: string, text: string): Promise<number> => {
  const { body, status } = await tenant.post<{ deliveries: { id: number }[] }>(
    '/api/events',
    invoiceEvent({ client_phone: phone, invoice_number: text }),
  );
  expect(status).toBe(202);
  return body.deliveries[0]?.id ?? 0;
};
const statusOf = async (tenant: TestTenant) =>
  (await tenant.get(`/whatsapp/status/${tenant.customerId}`)).body;
const deliveryOf = async (tenant: TestTenant, id: number) => (await tenant.get(`/api/deliveries/${id}`)).body;
const isSent = async (tenant: TestTenant, id: number) =>
  waitUntil(
    async () => ['sent', 'delivered', 'read'].includes(String((await deliveryOf(tenant, id))['status'])),
    { what: `delivery ${id} to be sent` },
  );
const office = async () => {
  const found = (await window.call('whatsapp.list', {})).office;
  if (!found) throw new Error('an operator is shown the office number');
  return found;
};
/** In the order in which they were stored: WhatsApp's own times have whole seconds. */
const inboundOf = (tenant: TestTenant) =>
  tenant.sql<{ body: string }>('select body from whatsapp_inbound order by ctid');

async function pairOffice(): Promise<void> {
  await window.call('whatsapp.connect', { customerId: officeId, way: 'qr' });
  const { card } = await waitUntil(
    async () => {
      const found = await office();
      return found.card.qrCode !== null && found;
    },
    { what: 'a code for the office number' },
  );
  await simulator.scanPicture(officePhone, card.qrCode ?? '');
  await waitUntil(async () => (await office()).card.status === 'ready', { what: 'the office number' });
}

test('without an office number messages wait for a number of their own, as ever', async () => {
  expect(await office()).toMatchObject({ isSetUp: false, senders: 0, replies: [] });
  expect(await statusOf(acme)).toMatchObject({ status: 'not_initialized', number: 'own' });
  const id = await post(acme, '27830000001', 'WAITING');
  expect(await deliveryOf(acme, id)).toMatchObject({
    status: 'held',
    held_reason: 'WhatsApp is not linked: a code has to be scanned.',
    number: null,
  });
});

test('linked once, it sends for tenants that have none, in their name', async () => {
  await pairOffice();
  const [{ id } = { id: 0 }] = await acme.sql<{ id: number }>('select id from message_deliveries');
  await isSent(acme, id);
  const [first] = officePhone.received;
  expect(first?.remote).toBe('27830000001@c.us');
  expect(first?.body).toMatch(/^Acme Plumbing:\n.*WAITING/s);

  expect(await statusOf(acme)).toMatchObject({
    status: 'not_initialized',
    number: 'office',
    office_connected: true,
  });
  expect(await deliveryOf(acme, id)).toMatchObject({ number: 'office' });
  const detail = await window.call('history.get', { customerId: acme.customerId, id });
  expect(detail.number).toBe('office');
  const { cards } = await window.call('whatsapp.list', {});
  expect(cards.map(({ number }) => number)).toEqual(['office', 'office']);
  expect(await office()).toMatchObject({ isSetUp: true, senders: 2, card: { status: 'ready' } });
  // Receipts find the tenant whose message it was.
  await waitUntil(async () => (await deliveryOf(acme, id))['status'] === 'read', { what: 'its receipt' });
});

test('replies go to whom wrote last, and to the operator alone where nobody did', async () => {
  officePhone.write('27830000001', 'to Acme');
  await waitUntil(async () => (await inboundOf(acme)).length === 1, { what: 'the reply at Acme' });
  await isSent(bolt, await post(bolt, '27830000001', 'BOLT-1'));
  officePhone.write('27830000001', 'to Bolt');
  await waitUntil(async () => (await inboundOf(bolt)).length === 1, { what: 'the reply at Bolt' });
  officePhone.write('27830000009', 'to nobody');
  await waitUntil(async () => (await office()).replies.length === 1, { what: 'the reply at the operator' });
  expect((await office()).replies).toMatchObject([{ sender: '+27830000009', body: 'to nobody' }]);
  expect(await inboundOf(acme)).toEqual([{ body: 'to Acme' }]);
  expect(await inboundOf(bolt)).toEqual([{ body: 'to Bolt' }]);
});

test('a reply that its database cannot take just now comes later, in its place, and to nobody else', async () => {
  await isSent(acme, await post(acme, '27830000001', 'ACME-2'));
  await acme.sql('alter table whatsapp_inbound rename to whatsapp_inbound_away');
  officePhone.write('27830000001', 'while away');
  const waiting = () =>
    gateway.system.query<{ body: string }>({
      name: 'test.office-open',
      text: 'select body from whatsapp_office_inbound where not handed_over',
    });
  await waitUntil(async () => (await waiting()).length === 1, { what: 'the reply to wait' });
  await acme.sql('alter table whatsapp_inbound_away rename to whatsapp_inbound');
  officePhone.write('27830000001', 'and after');
  await waitUntil(async () => (await inboundOf(acme)).length === 3, { what: 'both replies' });
  expect(await inboundOf(acme)).toEqual([{ body: 'to Acme' }, { body: 'while away' }, { body: 'and after' }]);
  await waitUntil(async () => (await waiting()).length === 0, { what: 'nothing to be left' });
  expect((await office()).replies).toHaveLength(1);
});

test('a document carries the name in its caption', async () => {
  const sent = await acme.post(`/whatsapp/send-document/${acme.customerId}`, {
    recipient: '27830000001',
    caption: 'Your statement',
    document_base64: Buffer.from('%PDF-1.4 statement').toString('base64'),
    filename: 'statement.pdf',
  });
  expect([200, 202]).toContain(sent.status);
  await waitUntil(
    () => officePhone.received.some(({ fields }) => fields.caption === 'Acme Plumbing:\nYour statement'),
    {
      what: 'the document',
    },
  );
});

test('no tenant reaches it', async () => {
  const asAcme = { authorization: `Bearer ${acme.apiKey}` };
  for (const path of ['qr', 'status']) {
    const { status } = await gateway.call(`/whatsapp/${path}/${encodeURIComponent(officeId)}`, {
      headers: asAcme,
    });
    expect([403, 404]).toContain(status);
  }
  const answer = await acme.post(`/whatsapp/logout/${acme.customerId}`, {});
  expect(answer.status).toBe(200);
  expect(answer.body['message']).toContain('office number');
  expect((await office()).card.status).toBe('ready');
  expect(await statusOf(acme)).toMatchObject({ status: 'logged_out', number: 'office' });
  await expect(gateway.addTenant({ customerId: officeId })).rejects.toThrow();
});

test('who links a number of its own uses that from then on, also when it is logged out', async () => {
  const own = simulator.createPhone('27829990001');
  await pairWhatsApp(bolt, simulator, own);
  expect(await statusOf(bolt)).toMatchObject({ status: 'ready', number: 'own' });
  const id = await post(bolt, '27830000002', 'OWN-1');
  await isSent(bolt, id);
  expect(own.received.map(({ body }) => body.startsWith(bolt.customerId))).toEqual([false]);
  expect(await deliveryOf(bolt, id)).toMatchObject({ number: 'own' });

  await bolt.post(`/whatsapp/logout/${bolt.customerId}`, {});
  const before = officePhone.received.length;
  const held = await post(bolt, '27830000002', 'OWN-2');
  await isSent(acme, await post(acme, '27830000003', 'AFTER'));
  expect(await deliveryOf(bolt, held)).toMatchObject({ status: 'held', number: null });
  expect(await statusOf(bolt)).toMatchObject({ status: 'logged_out', number: 'own' });
  expect(officePhone.received.length).toBe(before + 1);
});

test('use_customer_whatsapp keeps a tenant off it', async () => {
  await acme.set({ use_customer_whatsapp: true });
  await waitUntil(async () => (await statusOf(acme))['number'] === 'own', { what: 'the setting' });
  await acme.set({ use_customer_whatsapp: false });
  await waitUntil(async () => (await statusOf(acme))['number'] === 'office', { what: 'the setting' });
});

test('logged out it holds their messages; removed, all is as if it had never been', async () => {
  await window.call('whatsapp.logout', { customerId: officeId });
  const id = await post(acme, '27830000001', 'HELD');
  await waitUntil(async () => (await deliveryOf(acme, id))['status'] === 'held', { what: 'it to wait' });
  expect(await deliveryOf(acme, id)).toMatchObject({
    held_reason: 'The office number of WhatsApp is not connected.',
  });
  expect(await statusOf(acme)).toMatchObject({ number: 'office', office_connected: false });
  const { attention } = await waitUntil(
    async () => {
      const found = await window.call('overview.get', {});
      return found.attention.some(({ kind }) => kind === 'whatsapp_scan') && found;
    },
    { what: 'somebody to be told' },
  );
  // Once, whoever sends by it; the tenant that lost its own number has its own trouble.
  expect(
    attention.filter(({ kind }) => kind === 'whatsapp_scan').map(({ customerId }) => customerId),
  ).toEqual([null, bolt.customerId]);
  const removed = await window.call('whatsapp.removeOffice', {});
  expect(removed).toMatchObject({ isSetUp: false, senders: 0 });
  expect(await statusOf(acme)).toMatchObject({ number: 'own' });
  // Another number that is linked later meets everybody anew, and no restart brings this one back.
  const left = () =>
    gateway.system.query<{ contacts: number; was: boolean }>({
      name: 'test.office-left',
      text: `select (select count(*) from whatsapp_office_contacts)::integer as contacts,
        first_paired_at is not null or last_used_at is not null as was from whatsapp_office_session`,
    });
  await waitUntil(async () => (await left())[0]?.was === false, { what: 'the session to be forgotten' });
  expect(await left()).toEqual([{ contacts: 0, was: false }]);
  const deeds = await gateway.system.query<{ action: string; customer_id: string | null }>({
    name: 'test.office-audit',
    text: `select action, customer_id from audit_log where detail ->> 'number' = 'office' order by id`,
  });
  expect(deeds.map(({ action }) => action)).toEqual([
    'whatsapp.connect_asked',
    'whatsapp.logged_out',
    'whatsapp.office_removed',
  ]);
  expect(deeds.every(({ customer_id: customerId }) => customerId === null)).toBe(true);
});
