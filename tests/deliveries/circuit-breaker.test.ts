import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';

let gateway: TestGateway;
let hook: WebhookReceiver;
let tenant: TestTenant;
let neighbour: TestTenant;
let working: MailCatcher;
const catchers: MailCatcher[] = [];
const warnings: string[] = [];
const keepWarning = (warning: Error) => warnings.push(warning.message);

beforeAll(async () => {
  process.on('warning', keepWarning);
  [working, hook] = await Promise.all([startMailCatcher(), startWebhookReceiver()]);
  gateway = await startGateway({
    env: { SYSTEM_SMTP_HOST: working.host, SYSTEM_SMTP_PORT: String(working.port) },
  });
  tenant = await gateway.addTenant();
  neighbour = await gateway.addTenant();
  // Enough of them that a listener forgotten by each would be noticed by Node at the stop.
  for (let n = 0; n < 4; n += 1) await gateway.addTenant();
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([hook, working, ...catchers].map((each) => each.stop()));
  process.off('warning', keepWarning);
  // Node warns of listeners that pile up, and of much else that is wrong.
  expect(warnings).toEqual([]);
});

/** A port on which nobody listens any more. */
async function findDeadPort(): Promise<number> {
  const catcher = await startMailCatcher();
  await catcher.stop();
  return catcher.port;
}

const count = async (where: string): Promise<number> => {
  const [row] = await tenant.sql<{ n: number }>(
    `select count(*)::integer as n from message_deliveries where ${where}`,
  );
  return row?.n ?? 0;
};

/** What the operator's monitoring sees: 1 while messages wait for a dead mail server. */
async function readUnavailable(): Promise<number | undefined> {
  const metrics = await (await fetch(`${gateway.origin}/metrics`)).text();
  const name = `gateway_channel_unavailable{customer_id="${tenant.customerId}",channel="email"} `;
  const line = metrics.split('\n').find((text) => text.startsWith(name));
  return line === undefined ? undefined : Number(line.slice(name.length));
}

it('a dead mail server does not burn the retries of 200 messages, nor delay anybody else; all leave once it is back', async () => {
  const deadPort = await findDeadPort();
  await tenant.set({
    use_customer_smtp: true,
    smtp_host: '127.0.0.1',
    smtp_port: deadPort,
    smtp_from_email: 'office@example.com',
    webhook_enabled: true,
    webhook_url: `${hook.origin}/hook`,
    // Two retries are burnt in no time where nothing holds them back; the window is over three minutes long.
    max_retries: 3,
    first_retry_seconds: 8,
  });
  const recipients = Array.from({ length: 200 }, (_, n) => `client${n}@example.com`);
  const accepted = await tenant.post('/api/events/batch', {
    events: recipients.map((recipient) => invoiceEvent({ client_email: recipient })),
  });
  expect(accepted.status).toBe(207);

  // The same tenant's webhooks and the neighbour's mails go out while the server is dead.
  await hook.waitForCount(200);
  await neighbour.post('/api/events', invoiceEvent({ client_email: 'neighbour@example.com' }));
  await working.waitForMail((mail) => mail.to.includes('neighbour@example.com'));

  await expect.poll(readUnavailable).toBe(1);
  // Probes are attempts that spend no retry.
  await waitUntil(
    async () => {
      const [row] = await tenant.sql<{ probes: number }>(
        `select (select count(*) from delivery_attempts where outcome = 'retry')::integer
          - (select sum(retry_count) from message_deliveries)::integer as probes`,
      );
      return (row?.probes ?? 0) >= 2;
    },
    { what: 'two probes' },
  );
  expect(await count(`channel = 'email' and status = 'failed'`)).toBe(0);
  // Only what was under way when the first five failed has spent a retry.
  expect(await count(`channel = 'email' and retry_count > 0`)).toBeLessThanOrEqual(20);
  expect(await count(`channel = 'email' and retry_count > 1`)).toBe(0);

  const revived = await startMailCatcher({ port: deadPort });
  catchers.push(revived);
  await waitUntil(async () => (await count(`channel = 'email' and status = 'sent'`)) === 200, {
    what: 'all mails to leave',
  });
  await expect.poll(readUnavailable).toBe(0);
  expect(new Set(revived.mails.flatMap((mail) => mail.to))).toEqual(new Set(recipients));
  expect(revived.mails).toHaveLength(200);
});

it('repairing the settings lets them leave at once', async () => {
  const deadPort = await findDeadPort();
  await tenant.set({ smtp_port: deadPort, webhook_enabled: false });
  await tenant.post('/api/events/batch', {
    events: Array.from({ length: 30 }, (_, n) => invoiceEvent({ client_email: `again${n}@example.com` })),
  });
  await expect.poll(readUnavailable).toBe(1);
  await tenant.set({ use_customer_smtp: false });
  await waitUntil(() => working.mails.filter((mail) => mail.to[0]?.startsWith('again')).length === 30, {
    what: 'all mails to leave by the other account',
  });
  await expect.poll(readUnavailable).toBe(0);
});
