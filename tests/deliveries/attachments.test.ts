import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';

interface Event {
  event_id: number;
  status: string;
  deliveries: { status: string; error_code: string | null; attempts: unknown[] }[];
}

let mail: MailCatcher;
let files: WebhookReceiver;
let gateway: TestGateway;
let tenant: TestTenant;

beforeAll(async () => {
  [mail, files] = await Promise.all([startMailCatcher(), startWebhookReceiver()]);
  gateway = await startGateway({ env: { SYSTEM_SMTP_HOST: mail.host, SYSTEM_SMTP_PORT: String(mail.port) } });
  tenant = await gateway.addTenant();
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([mail.stop(), files.stop()]);
});

const send = async (email: string, attachments: unknown[], path = '/api/events') =>
  tenant.post<{ event_id: number }>(path, invoiceEvent({ client_email: email, attachments }));

async function settle(eventId: number): Promise<Event> {
  await expect
    .poll(async () => (await tenant.get(`/api/events/${eventId}`)).body['status'])
    .not.toBe('processing');
  return (await tenant.get<Event>(`/api/events/${eventId}`)).body;
}

it('mails files given as base64 and by URL, names and types kept', async () => {
  const pdf = randomBytes(3_000);
  const image = randomBytes(2_000);
  files.behave({ path: '/logo.png', body: image, headers: { 'content-type': 'image/png' } });
  const { status } = await send('files@example.com', [
    { filename: 'Räkning nr 1.pdf', content_type: 'application/pdf', content_base64: pdf.toString('base64') },
    { filename: 'logo.png', url: `${files.origin}/logo.png` },
  ]);
  expect(status).toBe(202);
  const { parsed } = await mail.waitForMail((caught) => caught.to.includes('files@example.com'));
  expect(parsed.attachments.map(({ filename, contentType }) => [filename, contentType])).toEqual([
    ['Räkning nr 1.pdf', 'application/pdf'],
    ['logo.png', 'image/png'],
  ]);
  expect(parsed.attachments[0]?.content.equals(pdf)).toBe(true);
  expect(parsed.attachments[1]?.content.equals(image)).toBe(true);
});

it('takes and mails 20 MB, also on the route of the PHP client', async () => {
  const big = randomBytes(20 * 1024 * 1024);
  const { status, body } = await send(
    'big@example.com',
    [{ filename: 'big.bin', content_base64: big.toString('base64') }],
    '/emit-event',
  );
  expect(status).toBe(200);
  const { parsed } = await mail.waitForMail((caught) => caught.to.includes('big@example.com'));
  expect(parsed.attachments[0]?.content.equals(big)).toBe(true);
  expect((await settle(body.event_id)).status).toBe('completed');
});

it('refuses what is more than 20 MB, or no base64, at once and in words', async () => {
  const { status, body } = await send('toobig@example.com', [
    { filename: 'a.bin', content_base64: randomBytes(20 * 1024 * 1024).toString('base64') },
    { filename: 'b.bin', content_base64: 'AA==' },
  ]);
  expect({ status, body }).toMatchObject({
    status: 422,
    body: { details: [{ path: 'event_data.attachments', message: 'must not come to more than 20 MB' }] },
  });
  const garbled = await send('garbled@example.com', [{ filename: 'a.pdf', content_base64: '<html>' }]);
  expect(garbled).toMatchObject({
    status: 422,
    body: { details: [{ path: 'event_data.attachments.0.content_base64' }] },
  });
});

it('fails what comes to more than 20 MB with a file by URL, for good and in words', async () => {
  files.behave({ path: '/half.bin', body: randomBytes(10 * 1024 * 1024) });
  const { body } = await send('toobig@example.com', [
    { filename: 'a.bin', content_base64: randomBytes(11 * 1024 * 1024).toString('base64') },
    { filename: 'b.bin', url: `${files.origin}/half.bin` },
  ]);
  const event = await settle(body.event_id);
  expect(event).toMatchObject({
    status: 'failed',
    deliveries: [{ status: 'failed', error_code: 'attachment_too_large' }],
  });
  expect(event.deliveries[0]?.attempts).toHaveLength(1);
  expect(mail.mails.some((caught) => caught.to.includes('toobig@example.com'))).toBe(false);
});

it('fails a message whose stored attachment is garbled, instead of sending it without', async () => {
  const [row] = await tenant.sql<{ id: number }>(
    `insert into message_deliveries (customer_id, channel, recipient, status, next_attempt_at, direct_message)
     values ($1, 'email', 'stored@example.com', 'pending', now(), $2) returning id`,
    [
      tenant.customerId,
      JSON.stringify({
        text: 'See the file',
        attachments: [{ filename: 'a.pdf', content_base64: '<html>' }],
      }),
    ],
  );
  await expect
    .poll(async () => (await tenant.get(`/api/deliveries/${row?.id ?? 0}`)).body)
    .toMatchObject({ status: 'failed', error_code: 'attachment_invalid' });
  expect(mail.mails.some((caught) => caught.to.includes('stored@example.com'))).toBe(false);
});

it('keeps the file out of lists, and the webhook gets the event as it came', async () => {
  await tenant.set({ webhook_enabled: true, webhook_url: `${files.origin}/hook` });
  const attachments = [{ filename: 'x.txt', content_base64: Buffer.from('hello').toString('base64') }];
  const { body } = await send('hook@example.com', attachments);
  const request = await files.waitForRequest((seen) => seen.path === '/hook');
  expect(JSON.parse(request.body.toString())).toMatchObject({
    data: { attachments, event_id: body.event_id },
  });
  const list = await tenant.get('/api/events');
  expect(JSON.stringify(list.body)).not.toContain(attachments[0]?.content_base64);
});
