import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';

interface Accepted {
  event_id: number;
  deliveries: { channel: string; recipient: string }[];
}

let mail: MailCatcher;
let gateway: TestGateway;
let tenant: TestTenant;
let other: TestTenant;

beforeAll(async () => {
  mail = await startMailCatcher();
  gateway = await startGateway({ env: { SYSTEM_SMTP_HOST: mail.host, SYSTEM_SMTP_PORT: String(mail.port) } });
  [tenant, other] = [await gateway.addTenant(), await gateway.addTenant()];
});
afterAll(async () => {
  await gateway.stop();
  await mail.stop();
});

const leaveType = {
  type: 'leave:approved',
  title: 'Leave approved',
  description: '',
  required: { leave_id: 'id', employee_email: 'email', from_date: 'date' },
  optional: { bonus: 'amount' },
  audiences: [
    {
      name: 'employee',
      email_field: 'employee_email',
      templates: {
        email: {
          subject: 'Leave {{ leave_id }} from {{ from_date | date }}',
          text: 'Bonus: {{ bonus | money }}',
          html: '<p>Bonus: <b>{{ bonus | money }}</b></p>',
        },
      },
    },
  ],
  sample: { leave_id: 1, employee_email: 'a@example.com', from_date: '2026-07-01' },
};
const leaveEvent = (email: string) => ({
  event_type: 'leave:approved',
  event_data: { leave_id: 77, employee_email: email, from_date: '2026-07-01', bonus: '1500.00' },
});

/** how long rows took until they were in force */
const tookMs: number[] = [];
afterAll(() => {
  // As settings do, within a second. One that stood still says nothing, and all of them wait where only the sweep
  // every 4 s tells of changes.
  expect(Math.min(...tookMs)).toBeLessThan(1_000);
});

/** Posts until the row is in force. */
async function postUntil(status: number, body: object, who = tenant) {
  const startedAt = performance.now();
  await expect.poll(async () => (await who.post('/api/events', body)).status).toBe(status);
  tookMs.push(performance.now() - startedAt);
}

it("takes a tenant's own event type, and only that tenant's", async () => {
  expect((await tenant.post('/api/events', leaveEvent('x@example.com'))).status).toBe(422);
  await tenant.sql('insert into tenant_event_types (event_type, definition) values ($1, $2)', [
    leaveType.type,
    leaveType,
  ]);
  await postUntil(202, leaveEvent('employee@example.com'));
  const sent = await mail.waitForMail((caught) => caught.to.includes('employee@example.com'));
  expect(sent.parsed.subject).toMatch(/^Leave 77 from .*2026/);
  expect((sent.parsed.text ?? '').replace(/[\u00a0\u202f]/g, ' ')).toContain('Bonus: R 1 500,00');
  expect(String(sent.parsed.html)).toContain('<b>');

  const wrong = await tenant.post('/api/events', {
    ...leaveEvent('nobody'),
    event_data: { ...leaveEvent('nobody').event_data, bonus: 'much' },
  });
  expect(wrong.status).toBe(422);
  expect((wrong.body['details'] as { path: string }[]).map((problem) => problem.path)).toEqual([
    'event_data.employee_email',
    'event_data.bonus',
  ]);
  const unknown = await tenant.post('/api/events', { event_type: 'made:up', event_data: {} });
  expect(unknown.body['error']).toContain('leave:approved');
  const foreign = await other.post('/api/events', leaveEvent('x@example.com'));
  expect(foreign.status).toBe(422);
  expect(foreign.body['error']).not.toContain('leave:approved');
});

it('takes a removed type no more', async () => {
  await tenant.sql(`delete from tenant_event_types where event_type = 'leave:approved'`);
  await postUntil(422, leaveEvent('x@example.com'));
});

it('leaves out a definition that makes no sense, and keeps serving the others', async () => {
  await tenant.sql('insert into tenant_event_types (event_type, definition) values ($1, $2), ($3, $4)', [
    'broken:type',
    { type: 'broken:type', required: 'nothing' },
    leaveType.type,
    leaveType,
  ]);
  await postUntil(202, leaveEvent('again@example.com'));
  expect((await tenant.post('/api/events', { event_type: 'broken:type', event_data: {} })).status).toBe(422);
  expect((await tenant.post('/api/events', invoiceEvent())).status).toBe(202);
});

it('replaces the templates of a built-in type for one tenant, until they are removed', async () => {
  await tenant.sql(
    `insert into tenant_templates (event_type, audience, channel, subject, body_text, body_html)
      values ('invoice:sent', 'client', 'email', 'OWN {{ invoice_number }}', 'Own text {{ total_amount | money }}', null)`,
  );
  let n = 0;
  await expect
    .poll(async () => {
      n += 1;
      const address = `own${n}@example.com`;
      await tenant.post('/api/events', invoiceEvent({ client_email: address }));
      return (await mail.waitForMail((caught) => caught.to.includes(address))).parsed.subject;
    })
    .toBe('OWN INV-1042');
  await other.post('/api/events', invoiceEvent({ client_email: 'others@example.com' }));
  const others = await mail.waitForMail((caught) => caught.to.includes('others@example.com'));
  expect(others.parsed.subject).not.toContain('OWN');
  await tenant.sql('delete from tenant_templates');
  await expect
    .poll(async () => {
      n += 1;
      const address = `own${n}@example.com`;
      await tenant.post('/api/events', invoiceEvent({ client_email: address }));
      return (await mail.waitForMail((caught) => caught.to.includes(address))).parsed.subject;
    })
    .not.toContain('OWN');
});

it('escapes what the event says in HTML, and keeps line breaks out of headers', async () => {
  await tenant.post(
    '/api/events',
    invoiceEvent({
      client_email: 'escape@example.com',
      client_name: '<script>alert(1)</script>',
      invoice_number: 'A\r\nBcc: thief@example.com',
    }),
  );
  const sent = await mail.waitForMail((caught) => caught.to.includes('escape@example.com'));
  expect(String(sent.parsed.html)).not.toContain('<script>alert');
  expect(String(sent.parsed.html)).toContain('&lt;script&gt;');
  expect(sent.parsed.bcc).toBeUndefined();
  expect(sent.to).toEqual(['escape@example.com']);
});

it('fails a delivery in words whose template fails at the last moment, and sends the next', async () => {
  await tenant.sql(
    `insert into tenant_templates (event_type, audience, channel, subject, body_text)
      values ('invoice:sent', 'client', 'email', 'x', '{% if broken')`,
  );
  let failedId = 0;
  await expect
    .poll(async () => {
      const { body } = await tenant.post<Accepted>(
        '/api/events',
        invoiceEvent({ client_email: 'template@example.com' }),
      );
      failedId = body.event_id;
      await expect
        .poll(async () => (await tenant.get(`/api/events/${failedId}`)).body['status'])
        .not.toBe('processing');
      return (await tenant.get(`/api/events/${failedId}`)).body['status'];
    })
    .toBe('failed');
  const { body } = await tenant.get<{ deliveries: { error: string }[] }>(`/api/events/${failedId}`);
  expect(body.deliveries[0]?.error).toMatch(/template/i);
  await tenant.post('/api/events', leaveEvent('after@example.com'));
  await mail.waitForMail((caught) => caught.to.includes('after@example.com'));
});
