import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { watchSocket } from '../support/watch-socket';

let mail: MailCatcher;
let hook: WebhookReceiver;
let first: TestGateway;
let second: TestGateway;
let tenant: TestTenant;

beforeAll(async () => {
  [mail, hook] = await Promise.all([startMailCatcher(), startWebhookReceiver()]);
  const env = {
    SYSTEM_SMTP_HOST: mail.host,
    SYSTEM_SMTP_PORT: String(mail.port),
    GATEWAY_MASTER_KEY: 'shared-5b1f9ac2e7d34860',
  };
  first = await startGateway({ env });
  tenant = await first.addTenant({ settings: { webhook_enabled: true, webhook_url: `${hook.origin}/hook` } });
  second = await startGateway({ env, beside: first });
});
afterAll(async () => {
  await second.stop();
  await first.stop();
  await Promise.all([mail.stop(), hook.stop()]);
});

const headers = () => ({ authorization: `Bearer ${tenant.apiKey}` });

it('both take events of a tenant, and nothing is sent twice', async () => {
  const recipients = Array.from({ length: 400 }, (_, n) => `two${n}@example.com`);
  const events = recipients.map((recipient) => invoiceEvent({ client_email: recipient }));
  const posts = [first, second, first, second].map((gateway, n) =>
    gateway.call<{ success: boolean }>('/api/events/batch', {
      body: { events: events.slice(n * 100, n * 100 + 100) },
      headers: headers(),
    }),
  );
  // And rows that either may find.
  await tenant.sql(
    `insert into websocket_events (customer_id, event_type, event_data, status)
      select $1, 'invoice:sent', $2::jsonb || jsonb_build_object('client_email', 'row' || n || '@example.com'), 'pending'
      from generate_series(1, 200) n`,
    [tenant.customerId, JSON.stringify(invoiceEvent().event_data)],
  );
  for (const { body } of await Promise.all(posts)) expect(body.success).toBe(true);
  await waitUntil(
    async () =>
      (
        await tenant.sql<{ n: number }>(
          `select count(*)::integer as n from websocket_events where status = 'completed'`,
        )
      )[0]?.n === 600,
    { what: 'all events to complete' },
  );
  expect(new Set(mail.mails.flatMap((caught) => caught.to)).size).toBe(600);
  expect(mail.mails).toHaveLength(600);
  expect(hook.requests).toHaveLength(600);
  expect(new Set(hook.requests.map((request) => request.headers['webhook-id'])).size).toBe(600);
  for (const gateway of [first, second]) {
    const attempts = (await gateway.readLog()).filter((line) => line['event'] === 'delivery.attempted');
    expect(attempts.length).toBeGreaterThan(0);
  }
});

it('one idempotency key is one event, whichever gateway it comes to', async () => {
  const body = invoiceEvent({ client_email: 'once@example.com' }, { idempotency_key: 'shared-key' });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      (n % 2 === 0 ? first : second).call<{ event_id: number }>('/api/events', { body, headers: headers() }),
    ),
  );
  expect(answers.map((answer) => answer.status).sort()).toEqual([...Array<number>(19).fill(200), 202]);
  expect(new Set(answers.map((answer) => answer.body.event_id)).size).toBe(1);
});

it('sockets hear everything, whichever gateway they are connected to and whichever does the work', async () => {
  const token = await tenant.token();
  const watches = await Promise.all([first, second].map((gateway) => watchSocket(gateway.origin, { token })));
  try {
    for (const [at, gateway] of [first, second, first, second].entries()) {
      const recipient = `heard${at}@example.com`;
      const { body } = await gateway.call<{ event_id: number }>('/api/events', {
        body: invoiceEvent({ client_email: recipient }),
        headers: headers(),
      });
      const isIt = (payload: Record<string, unknown>) => payload['event_id'] === body.event_id;
      for (const watched of watches) {
        await watched.waitFor(
          'message:sent',
          (payload) => isIt(payload) && payload['recipient'] === recipient,
        );
        const completed = await watched.waitFor('event:completed', isIt);
        expect((completed['result'] as { deliveries: unknown[] }).deliveries).toHaveLength(2);
        // Once each, although two gateways could tell.
        expect(watched.named('event:completed').filter(isIt)).toHaveLength(1);
      }
    }
  } finally {
    for (const watched of watches) watched.close();
  }
});

it('one with another master key, or older than the database, is refused in words', async () => {
  await expect(
    startGateway({ env: { GATEWAY_MASTER_KEY: 'another-5b1f9ac2e7d34860' }, beside: first }),
  ).rejects.toThrow(/another GATEWAY_MASTER_KEY/);
  const insert = `insert into modular_gateway_migrations (name, run_on) values ('9999_from-tomorrow', now())`;
  await first.system.query({ name: 'tomorrow', text: insert });
  try {
    const env = { GATEWAY_MASTER_KEY: 'shared-5b1f9ac2e7d34860' };
    await expect(startGateway({ env, beside: first })).rejects.toThrow(
      /A newer version of the gateway has been here \(9999_from-tomorrow\)/,
    );
  } finally {
    await first.system.query({
      name: 'today',
      text: `delete from modular_gateway_migrations where name = '9999_from-tomorrow'`,
    });
  }
});

it('what one was sending when it stopped, the other sends', async () => {
  mail.reset();
  // The answer to this recipient would come long after the stop's patience ends.
  mail.behave({ stage: 'rcpt', times: 1, delayMs: 60_000 });
  const named = mail.recipientCount;
  const { body } = await second.call<{ event_id: number }>('/api/events', {
    body: invoiceEvent({ client_email: 'submission@example.com' }),
    headers: headers(),
  });
  await mail.waitForRecipients(named + 1);
  const startedAt = performance.now();
  await second.stop();
  expect(performance.now() - startedAt).toBeLessThan(30_000);
  await mail.waitForMail((caught) => caught.to.includes('submission@example.com'));
  await waitUntil(
    async () =>
      (
        await tenant.sql(`select 1 from websocket_events where id = $1 and status = 'completed'`, [
          body.event_id,
        ])
      ).length === 1,
    { what: 'the event to complete' },
  );
});
