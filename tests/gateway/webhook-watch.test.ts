import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestConsole, type TestConsole } from '../console/call-console';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';

const gone = 'Its receiver answered 3 times in a row that the address is gone for good (410).';

let mail: MailCatcher;
let receiver: WebhookReceiver;
let gateway: TestGateway;
/** the one that runs: after the restart another */
let running: TestGateway;
let window: TestConsole;
const env = () => ({ SYSTEM_SMTP_HOST: mail.host, SYSTEM_SMTP_PORT: String(mail.port) });

beforeAll(async () => {
  [mail, receiver] = await Promise.all([startMailCatcher(), startWebhookReceiver()]);
  gateway = await startGateway({ env: env() });
  running = gateway;
  window = openTestConsole(gateway.gateway);
});
afterAll(async () => {
  window.close();
  if (running !== gateway) await running.stop();
  await gateway.stop();
  await Promise.all([mail.stop(), receiver.stop()]);
});

const addTenant = (customerId: string) =>
  gateway.addTenant({
    customerId,
    settings: {
      whatsapp_enabled: false,
      webhook_enabled: true,
      webhook_url: `${receiver.origin}/${customerId}`,
      max_retries: 0,
    },
  });

interface Accepted {
  event_id: number;
  deliveries: { id: number; channel: string }[];
}

async function postEvent(tenant: TestTenant, email = 'client@example.com'): Promise<Accepted> {
  const { status, body } = await running.call<Accepted>('/api/events', {
    headers: { authorization: `Bearer ${tenant.apiKey}` },
    body: invoiceEvent({ client_email: email }),
  });
  expect(status).toBe(202);
  return body;
}

/** One event; its receiver answers so, and the gateway has written that down. */
async function deliver(tenant: TestTenant, status: number): Promise<void> {
  receiver.behave({ path: `/${tenant.customerId}`, status, times: 1 });
  const { event_id: eventId } = await postEvent(tenant);
  await expect
    .poll(async () => {
      const rows = await tenant.sql<{ status: string }>(
        `select status from message_deliveries where event_id = $1 and channel = 'webhook'`,
        [eventId],
      );
      return rows.map((row) => row.status);
    })
    .toEqual([status === 200 ? 'sent' : 'failed']);
}

async function isOn(tenant: TestTenant): Promise<boolean> {
  const [row] = await tenant.sql<{ webhook_enabled: boolean }>(
    `select webhook_enabled from ${tenant.settingsTable} where customer_id = $1`,
    [tenant.customerId],
  );
  return row?.webhook_enabled ?? false;
}

/** What the gateway has noted of the receiver. */
async function healthOf(tenant: TestTenant) {
  const [row] = await tenant.sql<{ value: Record<string, unknown> }>(
    `select value from modular_gateway_state where name = 'webhook_health'`,
  );
  return row?.value;
}

const matterOf = async ({ customerId }: TestTenant) =>
  (await window.call('overview.get', { customerId })).attention.find(({ kind }) => kind === 'webhook_off');

const deedsOf = ({ customerId }: TestTenant) =>
  gateway.system.query<{ actor: string; detail: { reason: string } }>({
    name: 'test.audit',
    text: `select actor, detail from audit_log where customer_id = $1 and action = 'webhook.switched_off' order by id`,
    values: [customerId],
  });

async function expectSwitchedOff(tenant: TestTenant, reason: unknown): Promise<void> {
  await expect.poll(() => isOn(tenant)).toBe(false);
  await expect
    .poll(() => matterOf(tenant))
    .toMatchObject({
      id: `webhook_off:${tenant.customerId}:webhook`,
      severity: 'error',
      customerId: tenant.customerId,
      channel: 'webhook',
      detail: reason,
    });
}

let burst: TestTenant;
let again: TestTenant;

describe('a receiver that says three times in a row that it is gone for good', () => {
  test('gets its webhook switched off, once and with the reason, however many were under way', async () => {
    burst = await addTenant('BURST');
    receiver.behave({ path: '/BURST', status: 410 });
    const emails = Array.from({ length: 12 }, (_, n) => `burst-${n}@example.com`);
    await Promise.all(emails.map((email) => postEvent(burst, email)));
    await expectSwitchedOff(burst, gone);
    // Meanwhile the others are told as ever.
    for (const email of emails) await mail.waitForMail(({ to }) => to.includes(email));
    await expect
      .poll(() =>
        burst.sql(
          `select count(*)::int as count from message_deliveries where channel = 'webhook' and status = 'failed'`,
        ),
      )
      .toEqual([{ count: 12 }]);
    expect(await matterOf(burst)).toMatchObject({ detail: gone });
    await expect.poll(() => deedsOf(burst)).toEqual([{ actor: 'gateway', detail: { reason: gone } }]);
  });

  test('events are taken in afterwards, and go out by the other channels', async () => {
    const before = receiver.requests.filter(({ path }) => path === '/BURST').length;
    const { deliveries } = await postEvent(burst, 'after@example.com');
    expect(deliveries.map(({ channel }) => channel)).toEqual(['email']);
    await mail.waitForMail(({ to }) => to.includes('after@example.com'));
    expect(receiver.requests.filter(({ path }) => path === '/BURST')).toHaveLength(before);
    expect(await matterOf(burst)).toMatchObject({ detail: gone });
  });

  test.each<[string, readonly number[], number]>([
    ['twice is not enough', [410, 410, 200, 410, 410], 2],
    ['other failures in between count as answers', [410, 410, 500, 410], 1],
    ['other failures are no such word', [500, 404, 500, 500, 404, 500, 500], 0],
  ])('%s: %j', async (_what, answers, inARow) => {
    const tenant = await addTenant(`KEPT-${answers.join('-')}`);
    for (const status of answers) await deliver(tenant, status);
    await expect.poll(() => healthOf(tenant)).toMatchObject({ gone: inARow, offReason: null });
    expect(await isOn(tenant)).toBe(true);
    expect(await matterOf(tenant)).toBeUndefined();
    expect(await deedsOf(tenant)).toEqual([]);
    for (let n = inARow; n < 3; n += 1) await deliver(tenant, 410);
    await expectSwitchedOff(tenant, gone);
  });

  test('switched on again, it starts anew', async () => {
    again = await addTenant('AGAIN');
    for (let n = 0; n < 3; n += 1) await deliver(again, 410);
    await expectSwitchedOff(again, gone);
    await again.set({ webhook_enabled: true });
    await expect.poll(() => matterOf(again)).toBeUndefined();
    await deliver(again, 410);
    await deliver(again, 410);
    await expect.poll(() => healthOf(again)).toMatchObject({ gone: 2, offReason: null });
    expect(await isOn(again)).toBe(true);
    await deliver(again, 410);
    await expectSwitchedOff(again, gone);
    expect(await deedsOf(again)).toHaveLength(2);
  });

  test('a new address settles it', async () => {
    const address = `${receiver.origin}/AGAIN?new`;
    await again.set({ webhook_url: address });
    await expect.poll(() => matterOf(again)).toBeUndefined();
    await expect
      .poll(() => healthOf(again))
      .toEqual({ address, gone: 0, failures: 0, failingSinceMs: null, offReason: null });
    await again.set({ webhook_url: `${receiver.origin}/AGAIN`, webhook_enabled: true });
    await deliver(again, 410);
    await deliver(again, 200);
    await expect.poll(() => healthOf(again)).toMatchObject({ gone: 0, failures: 0 });
    expect(await isOn(again)).toBe(true);
  });
});

describe('a receiver that has failed for days', () => {
  const day = 86_400_000;
  const names = ['OLD', 'YOUNG', 'FEW', 'MOVED', 'BACK'] as const;
  const tenants = new Map<string, TestTenant>();
  const tenantOf = (name: (typeof names)[number]) => tenants.get(name)!;
  let since: number;

  beforeAll(async () => {
    for (const name of names) tenants.set(name, await addTenant(name));
    window.close();
    await gateway.gateway.stop();
    since = Date.now() - 5 * day - 60_000;
    const note = (tenant: TestTenant, health: object) =>
      tenant.sql(
        `insert into modular_gateway_state (name, value) values ('webhook_health', $1)
         on conflict (name) do update set value = excluded.value`,
        [
          JSON.stringify({
            address: `${receiver.origin}/${tenant.customerId}`,
            gone: 0,
            failures: 6,
            failingSinceMs: since,
            offReason: null,
            ...health,
          }),
        ],
      );
    await note(tenantOf('OLD'), {});
    await note(tenantOf('YOUNG'), { failingSinceMs: Date.now() - 4.9 * day });
    await note(tenantOf('FEW'), { failures: 3 });
    await note(tenantOf('MOVED'), { address: `${receiver.origin}/elsewhere` });
    await note(tenantOf('BACK'), {});
    running = await startGateway({
      beside: gateway,
      env: { ...env(), GATEWAY_DATA_DIR: gateway.dataDir },
    });
    window = openTestConsole(running.gateway);
  });

  test('is switched off when it has for five, and says since when', async () => {
    await deliver(tenantOf('OLD'), 500);
    const reason = `Its receiver has taken nothing since ${new Date(since).toISOString()}, for five days.`;
    await expectSwitchedOff(tenantOf('OLD'), reason);
    expect(await deedsOf(tenantOf('OLD'))).toEqual([{ actor: 'gateway', detail: { reason } }]);
  });

  test.each([
    ['YOUNG', [500, 500], { failures: 6 }],
    ['FEW', [500], { failures: 4 }],
    ['MOVED', [500, 500], { failures: 2 }],
    ['BACK', [200, 500, 500], { failures: 2 }],
  ] as const)('is not: %s', async (name, answers, noted) => {
    for (const status of answers) await deliver(tenantOf(name), status);
    await expect.poll(() => healthOf(tenantOf(name))).toMatchObject({ ...noted, offReason: null });
    expect(await isOn(tenantOf(name))).toBe(true);
    expect(await matterOf(tenantOf(name))).toBeUndefined();
    expect(await deedsOf(tenantOf(name))).toEqual([]);
  });

  test('what was switched off before the restart is still named, with its reason', async () => {
    await expect.poll(() => matterOf(burst)).toMatchObject({ detail: gone });
  });
});
