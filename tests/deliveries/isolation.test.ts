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

let slow: MailCatcher;
let mail: MailCatcher;
let hook: WebhookReceiver;
let gateway: TestGateway;
let troubled: TestTenant;
let calm: TestTenant;

beforeAll(async () => {
  [slow, mail, hook] = await Promise.all([startMailCatcher(), startMailCatcher(), startWebhookReceiver()]);
  gateway = await startGateway({ env: { SYSTEM_SMTP_HOST: mail.host, SYSTEM_SMTP_PORT: String(mail.port) } });
  troubled = await gateway.addTenant({
    settings: {
      use_customer_smtp: true,
      smtp_host: slow.host,
      smtp_port: slow.port,
      smtp_from_email: 'office@example.com',
      webhook_enabled: true,
      webhook_url: `${hook.origin}/hook`,
    },
  });
  calm = await gateway.addTenant();
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([slow.stop(), mail.stop(), hook.stop()]);
});

it("a tenant's mail server that hangs delays neither its webhooks nor another tenant's mail", async () => {
  slow.behave({ stage: 'mail', hang: true });
  const events = Array.from({ length: 100 }, (_, n) =>
    invoiceEvent({ client_email: `stuck${n}@example.com` }),
  );
  expect((await troubled.post('/api/events/batch', { events })).status).toBe(207);
  await slow.waitForConnections(1);
  await hook.waitForCount(100);
  await calm.post('/api/events/batch', {
    events: Array.from({ length: 100 }, (_, n) => invoiceEvent({ client_email: `calm${n}@example.com` })),
  });
  await mail.waitForCount(100);
  const next = await troubled.post<{ event_id: number }>('/api/events', quietEvent);
  await hook.waitForRequest((request) => request.body.includes(`"event_id":${next.body.event_id}`));
  // Still hanging: all of this happened meanwhile.
  expect(slow.count).toBe(0);
  const waiting = await troubled.sql<{ n: number }>(
    `select count(*)::integer as n from message_deliveries where channel = 'email' and status in ('pending', 'sending')`,
  );
  expect(waiting).toEqual([{ n: 100 }]);
});

it('webhooks that hang on one address delay no mails, and what asks for patience gets it', async () => {
  hook.behave({ hang: true });
  for (let n = 0; n < 15; n += 1) await troubled.post('/api/events', quietEvent);
  const count = mail.count;
  await calm.post('/api/events', invoiceEvent());
  await mail.waitForCount(count + 1);

  const patient = await gateway.addTenant({
    settings: { webhook_enabled: true, webhook_url: `${hook.origin}/patient`, first_retry_seconds: 0.02 },
  });
  hook.behave({ path: '/patient' });
  hook.behave({ path: '/patient', status: 503, headers: { 'retry-after': '2' }, times: 1 });
  await patient.post('/api/events', quietEvent);
  const first = await hook.waitForRequest((request) => request.path === '/patient');
  const second = await hook.waitForRequest((request) => request.path === '/patient' && request !== first);
  expect(second.receivedAt.getTime() - first.receivedAt.getTime()).toBeGreaterThanOrEqual(1_950);
});
