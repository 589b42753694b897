import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createWhatsAppSimulator,
  type WhatsAppSimulator,
} from '../simulators/whatsapp-web/create-whatsapp-simulator';
import type { SimulatedPhone } from '../simulators/whatsapp-web/simulated-phone';
import { pairWhatsApp } from '../support/pair-whatsapp';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';

const client = '27830000001';
const stranger = '27822000404';
let folder: string;
let simulator: WhatsAppSimulator;
let gateway: TestGateway;
let tenant: TestTenant;
let phone: SimulatedPhone;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-documents-'));
  simulator = await createWhatsAppSimulator();
  gateway = await startGateway({
    env: {
      WHATSAPP_BROWSER_ARGS: simulator.browserArgs.map((arg) => `"${arg}"`).join(' '),
      GATEWAY_DOCUMENT_FOLDERS: folder,
    },
  });
  tenant = await gateway.addTenant({
    settings: { email_enabled: false, whatsapp_min_gap_ms: 0, whatsapp_max_gap_ms: 0 },
  });
  path = `/whatsapp/send-document/${tenant.customerId}`;
  phone = simulator.createPhone('27821110001', (number) => number !== stranger);
});
afterAll(async () => {
  await gateway.stop();
  await simulator.stop();
  await rm(folder, { recursive: true });
});

/** Larger than what a claim carries: such a document is read when its turn comes. */
const newDocument = () => randomBytes(200_000);
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** What arrived at WhatsApp under this name. */
async function arrival(filename: string) {
  const message = await waitUntil(() => phone.received.find(({ fields }) => fields.filename === filename), {
    what: `${filename} to arrive`,
  });
  const upload = simulator.uploads.get(message.fields.directPath ?? '');
  return { type: message.type, caption: message.fields.caption, sha256: upload?.sha256 };
}

const statusOf = async (deliveryId: unknown) =>
  (await tenant.get(`/api/deliveries/${String(deliveryId)}`)).body['status'];

test('a document that came before the code was scanned waits, and leaves then', async () => {
  const content = newDocument();
  const { status, body } = await tenant.post(path, {
    recipient: `+${client}`,
    filename: 'early.pdf',
    document_base64: content.toString('base64'),
    caption: 'Before the scan',
  });
  expect({ status, body }).toMatchObject({ status: 202, body: { success: true, status: 'held' } });
  await pairWhatsApp(tenant, simulator, phone);
  expect(await arrival('early.pdf')).toEqual({
    type: 'document',
    caption: 'Before the scan',
    sha256: sha256(content),
  });
});

test.each([
  ['as it is', (base64: string) => base64],
  ['as a data URL', (base64: string) => `data:application/pdf;base64,${base64}`],
  ['with line breaks', (base64: string) => base64.replace(/(.{76})/g, '$1\r\n')],
  ['in the alphabet for URLs', (base64: string) => Buffer.from(base64, 'base64').toString('base64url')],
])('base64 %s arrives byte for byte, and the answer says that it is sent', async (how, write) => {
  const content = newDocument();
  const filename = `${how}.pdf`;
  const { status, body } = await tenant.post(path, {
    recipient: client,
    filename,
    document_base64: write(content.toString('base64')),
  });
  expect({ status, body }).toMatchObject({ status: 200, body: { success: true, status: 'sent' } });
  expect((await arrival(filename)).sha256).toBe(sha256(content));
  await expect.poll(() => statusOf(body['delivery_id'])).toBe('read');
});

test('an upload arrives with its caption', async () => {
  const content = newDocument();
  const form = new FormData();
  form.set('recipient', client);
  form.set('caption', 'March');
  form.set('document', new Blob([content], { type: 'application/pdf' }), 'upload.pdf');
  const response = await fetch(`${gateway.origin}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.apiKey}` },
    body: form,
  });
  expect({ status: response.status, body: (await response.json()) as unknown }).toMatchObject({
    status: 200,
    body: { success: true, status: 'sent' },
  });
  expect(await arrival('upload.pdf')).toEqual({
    type: 'document',
    caption: 'March',
    sha256: sha256(content),
  });
});

test('a file in a folder that the operator allowed arrives, and none from beside it', async () => {
  const content = newDocument();
  await writeFile(join(folder, 'payslip.pdf'), content);
  const { status } = await tenant.post(path, {
    recipient: client,
    document_path: join(folder, 'payslip.pdf'),
  });
  expect(status).toBe(200);
  expect((await arrival('payslip.pdf')).sha256).toBe(sha256(content));
  const refused = await tenant.post(path, { recipient: client, document_path: '/etc/hostname' });
  expect(refused).toMatchObject({ status: 403, body: { code: 'path_refused' } });
});

test('what is no base64, and a number that is not on WhatsApp, are refused in words', async () => {
  const fields = { recipient: client, filename: 'a.pdf' };
  expect(await tenant.post(path, { ...fields, document_base64: '<html>' })).toMatchObject({
    status: 422,
    body: { code: 'invalid_document', details: [{ path: 'document_base64' }] },
  });
  expect(await tenant.post(path, { ...fields, recipient: stranger, document_base64: 'AAAA' })).toMatchObject({
    status: 422,
    body: { code: 'not_sent', error: expect.stringContaining('is not on WhatsApp') as string },
  });
});

test('an invoice with a PDF arrives as text and document, and is read when both are', async () => {
  const content = newDocument();
  const { body } = await tenant.post<{ event_id: number }>(
    '/api/events',
    invoiceEvent({
      client_phone: client,
      attachments: [{ filename: 'invoice-7.pdf', content_base64: content.toString('base64') }],
    }),
  );
  expect((await arrival('invoice-7.pdf')).sha256).toBe(sha256(content));
  const text = phone.received.at(-2);
  expect(text).toMatchObject({ type: 'chat', remote: `${client}@c.us` });
  await expect
    .poll(async () => (await tenant.get(`/api/events/${body.event_id}`)).body['deliveries'])
    .toMatchObject([{ channel: 'whatsapp', status: 'read' }]);
});
