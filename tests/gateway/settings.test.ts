import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import {
  invoiceEvent,
  quietEvent,
  startGateway,
  type TestGateway,
  type TestTenant,
} from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';

interface Accepted {
  event_id: number;
  deliveries: { id: number; channel: string; status: string }[];
}

let mail: MailCatcher;
let hook: WebhookReceiver;
let gateway: TestGateway;
let tenant: TestTenant;

beforeAll(async () => {
  [mail, hook] = await Promise.all([startMailCatcher(), startWebhookReceiver()]);
  gateway = await startGateway({
    env: {
      SYSTEM_SMTP_HOST: mail.host,
      SYSTEM_SMTP_PORT: String(mail.port),
      SYSTEM_SMTP_FROM_EMAIL: 'system@example.com',
      SYSTEM_SMTP_FROM_NAME: 'The System',
    },
  });
  tenant = await gateway.addTenant();
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([mail.stop(), hook.stop()]);
});

async function change(columns: string): Promise<void> {
  await tenant.sql(`update settings_email_whatsapp set ${columns} where customer_id = $1`, [
    tenant.customerId,
  ]);
}

/** The channels that an event gets, asked until they are as expected. */
async function expectChannels(expected: string[]): Promise<void> {
  const startedAt = performance.now();
  await expect
    .poll(
      async () =>
        (await tenant.post<Accepted>('/api/events', invoiceEvent())).body.deliveries
          .map((delivery) => delivery.channel)
          .sort(),
      { interval: 50 },
    )
    .toEqual(expected);
  tookMs.push(performance.now() - startedAt);
}
/** how long changes took until they held */
const tookMs: number[] = [];
afterAll(() => {
  // By contract within a second. One that stood still says nothing, and all of them wait where only the sweep
  // every 4 s tells of changes.
  expect(Math.min(...tookMs)).toBeLessThan(1_000);
});

it('turns channels on and off by SQL', async () => {
  await expectChannels(['email']);
  await change(`webhook_enabled = true, webhook_url = '${hook.origin}/hook'`);
  await expectChannels(['email', 'webhook']);
  await change('email_enabled = false');
  await expectChannels(['webhook']);
  await change('webhook_enabled = false, email_enabled = true');
  await expectChannels(['email']);
});

it("sends by the tenant's own account or the system's", async () => {
  const own = await startMailCatcher({ login: { username: 'office', password: 'p@ss word' } });
  try {
    await tenant.set({
      use_customer_smtp: true,
      smtp_host: own.host,
      smtp_port: own.port,
      smtp_username: 'office',
      smtp_password: 'p@ss word',
      smtp_from_email: 'office@acc.example',
      smtp_from_name: 'ACC Öffice',
    });
    await tenant.post('/api/events', invoiceEvent({ client_email: 'own@example.com' }));
    const sent = await own.waitForMail((caught) => caught.to.includes('own@example.com'));
    expect(sent.username).toBe('office');
    expect(sent.parsed.from?.value).toEqual([{ address: 'office@acc.example', name: 'ACC Öffice' }]);
    await tenant.set({ use_customer_smtp: false });
    await tenant.post('/api/events', invoiceEvent({ client_email: 'system-again@example.com' }));
    const again = await mail.waitForMail((caught) => caught.to.includes('system-again@example.com'));
    expect(again.from).toBe('system@example.com');
  } finally {
    await own.stop();
  }
});

it('signs webhooks with the secret in force, by both methods, in the shape of the contract', async () => {
  const verify = (secret: string, request: { body: Buffer; headers: Record<string, unknown> }) => {
    const headers = request.headers as Record<string, string>;
    expect(headers['x-webhook-signature']).toBe(
      createHmac('sha256', secret).update(request.body).digest('hex'),
    );
    return new Webhook(secret).verify(request.body.toString(), headers);
  };
  const [oldSecret, newSecret] = [
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  ];
  await tenant.set({
    webhook_enabled: true,
    webhook_url: `${hook.origin}/signed`,
    webhook_secret: oldSecret,
    email_enabled: false,
  });
  const { body: first } = await tenant.post<Accepted>('/api/events', quietEvent);
  const request = await hook.waitForRequest((seen) => seen.path === '/signed');
  expect(verify(oldSecret, request)).toEqual({
    type: quietEvent.event_type,
    event_type: quietEvent.event_type,
    customer_id: tenant.customerId,
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*Z$/) as string,
    data: { ...quietEvent.event_data, event_id: first.event_id, delivery_id: first.deliveries[0]?.id },
  });
  expect(request.headers['content-type']).toContain('application/json');
  await tenant.set({ webhook_secret: newSecret, webhook_url: `${hook.origin}/rotated` });
  await tenant.post('/api/events', quietEvent);
  verify(newSecret, await hook.waitForRequest((seen) => seen.path === '/rotated'));
  await tenant.set({ webhook_enabled: false, email_enabled: true });
});

it('changes rate limits', async () => {
  await tenant.set({ rate_limit_per_minute: 1 });
  const statuses = [];
  for (let n = 0; n < 3; n += 1) statuses.push((await tenant.post('/api/events', quietEvent)).status);
  expect(statuses.at(-1)).toBe(429);
  await tenant.set({ rate_limit_per_minute: 1_000_000 });
  expect((await tenant.post('/api/events', quietEvent)).status).toBe(202);
});

it('changes money and times in messages', async () => {
  const send = async (email: string) => {
    await tenant.post('/api/events', {
      event_type: 'timesheet:rejected',
      event_data: {
        timesheet_id: 9,
        employee_email: email,
        period: 'June',
        reason: 'x',
        rejected_at: '2026-07-06T09:40:00Z',
      },
    });
    await tenant.post('/api/events', invoiceEvent({ client_email: `money-${email}` }));
    const [time, money] = [
      await mail.waitForMail((caught) => caught.to.includes(email)),
      await mail.waitForMail((caught) => caught.to.includes(`money-${email}`)),
    ];
    return {
      time: time.parsed.text ?? '',
      subject: (money.parsed.subject ?? '').replace(/[\u00a0\u202f]/g, ' '),
    };
  };
  const before = await send('za@example.com');
  expect(before.subject).toContain('R 1 500,00');
  expect(before.time).toContain('11:40');
  await tenant.set({ locale: 'en-GB', currency: 'GBP', timezone: 'Europe/London' });
  const after = await send('gb@example.com');
  expect(after.subject).toContain('£1,500.00');
  expect(after.time).toContain('10:40');
});

it('does not call private addresses unless told to', async () => {
  await tenant.set({
    allow_private_urls: false,
    webhook_enabled: true,
    webhook_url: `${hook.origin}/private`,
    email_enabled: false,
  });
  const { body } = await tenant.post<Accepted>('/api/events', quietEvent);
  await waitUntil(
    async () => (await tenant.get(`/api/events/${body.event_id}`)).body['status'] === 'failed',
    {
      what: 'the event to fail',
    },
  );
  expect(hook.requests.some((request) => request.path === '/private')).toBe(false);
  await tenant.set({ allow_private_urls: true, webhook_enabled: false, email_enabled: true });
});

it('pauses a tenant: events are taken, nothing leaves until it goes on; others are not held', async () => {
  const other = await gateway.addTenant();
  await gateway.registry.setPaused(tenant.customerId, true);
  // The pause is known once an event stays.
  let probe = 0;
  await waitUntil(
    async () => {
      probe += 1;
      const email = `probe${probe}@example.com`;
      const { body } = await tenant.post<Accepted>('/api/events', invoiceEvent({ client_email: email }));
      await other.post('/api/events', invoiceEvent({ client_email: `other-${email}` }));
      await mail.waitForMail((caught) => caught.to.includes(`other-${email}`));
      const [row] = await tenant.sql('select status from message_deliveries where event_id = $1', [
        body.event_id,
      ]);
      return row?.['status'] === 'pending';
    },
    { what: 'the pause' },
  );
  const held = await tenant.post<Accepted>(
    '/api/events',
    invoiceEvent({ client_email: 'paused@example.com' }),
  );
  expect(held.status).toBe(202);
  await tenant.sql(
    `insert into websocket_events (customer_id, event_type, event_data, status) values ($1, 'invoice:sent', $2, 'pending')`,
    [tenant.customerId, JSON.stringify(invoiceEvent({ client_email: 'paused-row@example.com' }).event_data)],
  );
  await other.post('/api/events', invoiceEvent({ client_email: 'running@example.com' }));
  await mail.waitForMail((caught) => caught.to.includes('running@example.com'));
  expect(mail.mails.some((caught) => caught.to[0]?.startsWith('paused'))).toBe(false);
  await gateway.registry.setPaused(tenant.customerId, false);
  await mail.waitForMail((caught) => caught.to.includes('paused@example.com'));
  await mail.waitForMail((caught) => caught.to.includes('paused-row@example.com'));
});
