import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { startMailCatcher, type MailCatcher, type MailStage } from '../../simulators/mail-catcher';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../../support/start-gateway';
import { waitUntil } from '../../support/wait-until';

let mail: MailCatcher;
let gateway: TestGateway;
let tenant: TestTenant;

beforeAll(async () => {
  mail = await startMailCatcher();
  gateway = await startGateway({
    env: {
      SYSTEM_SMTP_HOST: mail.host,
      SYSTEM_SMTP_PORT: String(mail.port),
      SYSTEM_SMTP_FROM_EMAIL: 'office@acme.example',
    },
  });
  // So few retries that a single one spent would show.
  tenant = await gateway.addTenant({ settings: { max_retries: 0 } });
});
afterAll(async () => {
  await gateway.stop();
  await mail.stop();
});
beforeEach(() => {
  mail.reset();
});

const count = async (where: string): Promise<number> => {
  const [row] = await tenant.sql<{ n: number }>(
    `select count(*)::integer as n from message_deliveries where ${where}`,
  );
  return row?.n ?? 0;
};

it.each<[MailStage, number, string, string]>([
  ['data', 550, '5.4.5 Daily user sending limit exceeded', 'sending_limit'],
  ['data', 554, '5.7.0 The limit on the number of allowed outgoing messages was exceeded', 'sending_limit'],
  ['rcpt', 550, '5.1.8 Access denied, bad outbound sender', 'account_suspended'],
  ['rcpt', 501, '5.1.7 no', 'sender_refused'],
  ['rcpt', 554, '5.7.1 Relay access denied', 'relay_refused'],
])('twenty invoices wait while the account is refused at %s: %i %s', async (stage, code, text, errorCode) => {
  mail.behave({ stage, code, text });
  const prefix = `${errorCode}-${code}`;
  await tenant.post('/api/events/batch', {
    events: Array.from({ length: 20 }, (_, n) =>
      invoiceEvent({ client_email: `${prefix}-${n}@example.com` }),
    ),
  });
  const ours = `recipient like '${prefix}-%'`;
  await waitUntil(async () => (await count(`${ours} and error_code = '${errorCode}'`)) > 0, {
    what: 'the first refusal',
  });
  expect(await count(`${ours} and (status = 'failed' or retry_count > 0)`)).toBe(0);
  mail.reset();
  await waitUntil(async () => (await count(`${ours} and status = 'sent'`)) === 20, {
    what: 'all twenty to leave',
  });
  expect(await count(`${ours} and retry_count > 0`)).toBe(0);
});

it('fails one recipient that is not relayed to, and sends to the others', async () => {
  mail.behave({
    stage: 'rcpt',
    recipient: 'far@elsewhere.example',
    code: 554,
    text: '5.7.1 Relay access denied',
  });
  await tenant.post('/api/events/batch', {
    events: ['far@elsewhere.example', 'a@example.com', 'b@example.com', 'c@example.com'].map((recipient) =>
      invoiceEvent({ client_email: recipient }),
    ),
  });
  await waitUntil(
    async () =>
      (await count(
        `recipient in ('a@example.com', 'b@example.com', 'c@example.com') and status = 'sent'`,
      )) === 3 && (await count(`recipient = 'far@elsewhere.example' and status = 'failed'`)) === 1,
    { what: 'the others to be sent and the one to fail' },
  );
  const [row] = await tenant.sql<{ error_code: string }>(
    `select error_code from message_deliveries where recipient = 'far@elsewhere.example'`,
  );
  expect(row?.error_code).toBe('recipient_relay_refused');
});
