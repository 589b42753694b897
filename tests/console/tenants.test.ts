import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { settingGroups } from '../../main/contracts/setting-groups';
import { defaultTenantSettings, offeredSettingNames } from '../../main/contracts/tenant-settings';
import { settingsOfGroups } from '../../main/gateway/console/copy-settings';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import { invoiceEvent, startGateway, type TestGateway } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { openTestConsole, testActor, type TestConsole } from './call-console';

let gateway: TestGateway;
let window: TestConsole;
let mail: MailCatcher;
let receiver: WebhookReceiver;

beforeAll(async () => {
  mail = await startMailCatcher();
  receiver = await startWebhookReceiver();
  gateway = await startGateway({
    env: {
      SYSTEM_SMTP_HOST: mail.host,
      SYSTEM_SMTP_PORT: String(mail.port),
      SYSTEM_SMTP_FROM_EMAIL: 'gateway@example.com',
    },
  });
  window = openTestConsole(gateway.gateway);
});
afterAll(async () => {
  window.close();
  await gateway.stop();
  await mail.stop();
  await receiver.stop();
});

async function deedsOf(customerId: string) {
  return gateway.system.query<{ actor: string; action: string; detail: Record<string, unknown> }>({
    name: 'test.audit',
    text: 'select actor, action, detail from audit_log where customer_id = $1 order by id',
    values: [customerId],
  });
}

describe('tenants', () => {
  test('a name is changed, and everything is in the audit log under who did it', async () => {
    await window.call('tenants.add', { customerId: 'NAMED', name: 'Before' });
    await window.call('tenants.rename', { customerId: 'NAMED', name: 'After' });
    expect((await window.call('tenants.get', { customerId: 'NAMED' })).name).toBe('After');
    expect(await deedsOf('NAMED')).toMatchObject([
      { actor: testActor, action: 'tenant.added', detail: { name: 'Before' } },
      { actor: testActor, action: 'tenant.renamed', detail: { before: 'Before', after: 'After' } },
    ]);
    await window.waitForPush('tenants.changed');
  });

  test('only who types the id removes a tenant', async () => {
    const { apiKey } = await window.call('tenants.add', { customerId: 'GONE' });
    const wrong = { customerId: 'GONE', confirmation: 'gone', dropDatabase: true };
    expect(await window.refusal('tenants.remove', wrong)).toMatchObject({
      code: 'confirmation_wrong',
      details: [{ path: 'confirmation' }],
    });
    expect((await window.call('tenants.list', {})).tenants.map((one) => one.customerId)).toContain('GONE');
    await window.call('tenants.remove', { ...wrong, confirmation: 'GONE' });
    expect((await window.refusal('tenants.get', { customerId: 'GONE' })).code).toBe('tenant_not_found');
    const answer = await gateway.call('/api/events', { headers: { authorization: `Bearer ${apiKey}` } });
    expect(answer.status).toBe(401);
    expect((await window.refusal('tenants.remove', wrong)).code).toBe('tenant_not_found');
  });

  test('a tenant whose database is away is listed with why', async () => {
    const tenant = await gateway.addTenant();
    await gateway.system.query({
      name: 'test.move',
      text: `update tenants set database_url = 'postgres://nobody:x@127.0.0.1:1/nothing' where customer_id = $1`,
      values: [tenant.customerId],
    });
    await waitUntil(
      async () => {
        const { tenants } = await window.call('tenants.list', {});
        const problem = tenants.find((one) => one.customerId === tenant.customerId)?.problem;
        // For a moment it is the old connection that is being closed.
        return /127\.0\.0\.1:1/.test(problem ?? '');
      },
      { what: 'the address to be shown with the problem' },
    );
    await gateway.system.query({
      name: 'test.move-back',
      text: 'update tenants set database_url = null where customer_id = $1',
      values: [tenant.customerId],
    });
  });
});

describe('several tenants at once', () => {
  test('are paused and resumed, each in the audit log; those that are not there are named', async () => {
    const ids = [(await gateway.addTenant()).customerId, (await gateway.addTenant()).customerId];
    const paused = await window.call('tenants.setPausedMany', {
      customerIds: [...ids, 'NOBODY', ids[0] ?? ''],
      paused: true,
    });
    expect(paused.failed.map(({ customerId }) => customerId)).toEqual(['NOBODY']);
    for (const customerId of ids) {
      expect(await window.call('tenants.get', { customerId })).toMatchObject({ paused: true });
      expect(await deedsOf(customerId)).toMatchObject([{ actor: testActor, action: 'tenant.paused' }]);
    }
    expect(await window.call('tenants.setPausedMany', { customerIds: ids, paused: false })).toEqual({
      failed: [],
    });
    expect((await window.refusal('tenants.setPausedMany', { customerIds: [], paused: true })).code).toBe(
      'invalid_input',
    );
  });

  test('settings are copied from one to another, with its password and before and after in the audit log', async () => {
    const from = await gateway.addTenant();
    const to = await gateway.addTenant({ settings: { timezone: 'Africa/Windhoek', max_retries: 3 } });
    await window.call('tenants.saveSettings', {
      customerId: from.customerId,
      values: {
        use_customer_smtp: true,
        smtp_host: mail.host,
        smtp_port: mail.port,
        smtp_username: 'shop',
        smtp_password: 'a secret that nobody sees',
        smtp_from_email: 'shop@example.com',
        max_retries: 5,
      },
    });
    const copied = await window.call('tenants.copySettings', {
      customerId: to.customerId,
      from: from.customerId,
      groups: ['email'],
    });
    expect(copied.settings).toMatchObject({
      use_customer_smtp: true,
      smtp_from_email: 'shop@example.com',
      // Other groups stay.
      timezone: 'Africa/Windhoek',
      max_retries: 3,
    });
    expect(copied.secretsSet).toMatchObject({ smtp_password: true });
    const deeds = await deedsOf(to.customerId);
    expect(deeds.at(-1)).toMatchObject({
      action: 'settings.changed',
      detail: { copied_from: from.customerId },
    });
    expect(JSON.stringify([copied, deeds])).not.toContain('a secret that nobody sees');
    const same = { customerId: to.customerId, from: to.customerId, groups: ['email'] };
    expect(await window.refusal('tenants.copySettings', same)).toMatchObject({
      code: 'same_tenant',
      details: [{ path: 'from' }],
    });
    const none = { customerId: to.customerId, from: 'NOBODY', groups: ['region'] };
    expect((await window.refusal('tenants.copySettings', none)).code).toBe('tenant_not_found');
  });

  test('every setting that the console offers belongs to a group, except those of one tenant alone', () => {
    const grouped = Object.keys(settingsOfGroups(defaultTenantSettings, settingGroups));
    expect(new Set(grouped).size).toBe(grouped.length);
    expect([...grouped].sort()).toEqual([...offeredSettingNames].sort());
  });

  test('a list says how each channel does', async () => {
    const tenant = await gateway.addTenant({ settings: { whatsapp_enabled: false } });
    const healthOf = async () => (await window.call('tenants.get', { customerId: tenant.customerId })).health;
    expect(await healthOf()).toEqual({ email: 'ok', whatsapp: 'off', webhook: 'off' });
    await window.call('tenants.saveSettings', {
      customerId: tenant.customerId,
      values: { whatsapp_enabled: true, webhook_enabled: true, webhook_url: `${receiver.origin}/hook` },
    });
    expect(await healthOf()).toEqual({ email: 'ok', whatsapp: 'attention', webhook: 'ok' });
  });
});

describe('a paused tenant', () => {
  test('takes events and sends none of them until it is resumed; each leaves once', async () => {
    const tenant = await gateway.addTenant();
    const { customerId } = tenant;
    await window.call('tenants.setPaused', { customerId, paused: true });
    const before = mail.count;
    for (const number of [1, 2, 3]) {
      const event = invoiceEvent({ client_email: `paused${number}@example.com` });
      expect((await tenant.post('/api/events', event)).status).toBe(202);
    }
    const summary = await window.call('tenants.get', { customerId });
    expect(summary).toMatchObject({ paused: true, waiting: 3 });
    // Another tenant's mail, accepted later, passes them.
    const other = await gateway.addTenant();
    await other.post('/api/events', invoiceEvent({ client_email: 'runs@example.com' }));
    await mail.waitForMail((caught) => caught.to.includes('runs@example.com'));
    expect(mail.count).toBe(before + 1);
    const waiting = await tenant.sql<{ status: string }>('select status from message_deliveries');
    expect(waiting.map(({ status }) => status)).toEqual(['pending', 'pending', 'pending']);

    await window.call('tenants.setPaused', { customerId, paused: false });
    await mail.waitForMail((caught) => caught.to.includes('paused3@example.com'));
    await mail.waitForCount(before + 4);
    expect(mail.mails.filter((caught) => caught.to[0]?.startsWith('paused'))).toHaveLength(3);
    expect((await deedsOf(customerId)).map(({ action }) => action)).toEqual([
      'tenant.paused',
      'tenant.resumed',
    ]);
  });

  test('gives back what was claimed and had not begun', async () => {
    const tenant = await gateway.addTenant({ settings: { max_retries: 3, first_retry_seconds: 60 } });
    const { customerId } = tenant;
    // Slow enough that the pause comes in the middle.
    mail.behave({ stage: 'rcpt', delayMs: 3_000 });
    const events = Array.from({ length: 40 }, (_, at) =>
      invoiceEvent({ client_email: `slow${at}@example.com` }),
    );
    await tenant.post('/api/events/batch', { events });
    const underWay = async () =>
      (await tenant.sql(`select id from message_deliveries where status = 'sending'`)).length;
    await waitUntil(async () => (await underWay()) > 0, { what: 'the first to be claimed' });
    await window.call('tenants.setPaused', { customerId, paused: true });
    await waitUntil(async () => (await underWay()) === 0, { what: 'what was under way to end' });
    const [{ waiting } = { waiting: 0 }] = await tenant.sql<{ waiting: number }>(
      `select count(*)::integer as waiting from message_deliveries where status = 'pending'`,
    );
    expect(waiting).toBeGreaterThan(0);
    await waitUntil(
      async () => {
        const { channels } = await window.call('overview.get', { customerId });
        const email = channels.find(({ channel }) => channel === 'email');
        return email?.paused === waiting && email.waiting === waiting;
      },
      { what: 'what waits to be counted as paused' },
    );
    mail.reset();
    const sentBefore = 40 - waiting;
    await window.call('tenants.setPaused', { customerId, paused: false });
    await waitUntil(
      async () => (await tenant.sql(`select id from message_deliveries where status = 'sent'`)).length === 40,
      { what: 'the rest to leave' },
    );
    expect(sentBefore).toBeLessThan(40);
    await waitUntil(() => mail.count >= waiting, { what: 'the mails' });
  });
});

describe('settings of a tenant', () => {
  test('are saved, take effect, and come back in the answer; secrets never do', async () => {
    const { customerId } = await gateway.addTenant();
    const saved = await window.call('tenants.saveSettings', {
      customerId,
      values: {
        currency: 'eur',
        max_retries: 3,
        webhook_secret: 'whsec_abcdefgh',
        smtp_from_name: 'The shop',
      },
    });
    expect(saved.settings).toMatchObject({ currency: 'EUR', max_retries: 3, smtp_from_name: 'The shop' });
    expect(saved.secretsSet['webhook_secret']).toBe(true);
    expect(JSON.stringify(saved)).not.toContain('whsec_abcdefgh');
    const cleared = await window.call('tenants.saveSettings', {
      customerId,
      values: { webhook_secret: null, currency: null, smtp_from_name: '' },
    });
    expect(cleared.secretsSet['webhook_secret']).toBe(false);
    expect(cleared.settings).toMatchObject({ currency: 'ZAR', max_retries: 3, smtp_from_name: null });
    const deeds = await deedsOf(customerId);
    expect(deeds[0]).toMatchObject({ action: 'settings.changed' });
    expect(deeds[0]?.detail['settings']).toEqual(
      expect.arrayContaining(['currency', 'max_retries', 'webhook_secret', 'smtp_from_name']),
    );
    expect(JSON.stringify(deeds)).not.toContain('whsec_abcdefgh');
  });

  test('are saved all or none, each problem at its field', async () => {
    const { customerId } = await gateway.addTenant();
    const refused = await window.refusal('tenants.saveSettings', {
      customerId,
      values: { smtp_port: 0, currency: 'EUR', webhook_enabled: true },
    });
    expect(refused.code).toBe('invalid_settings');
    expect(refused.details).toEqual([
      { path: 'smtp_port', message: 'must be at least 1' },
      { path: 'webhook_enabled', message: 'needs a webhook_url' },
    ]);
    const unknown = await window.refusal('tenants.saveSettings', { customerId, values: { nonsense: 1 } });
    expect(unknown).toMatchObject({ code: 'invalid_settings', details: [{ path: 'nonsense' }] });
    expect((await window.call('tenants.get', { customerId })).settings['currency']).toBe('ZAR');
  });
});

describe('a test message', () => {
  test('by email really arrives, and the answer of the server comes with it', async () => {
    const { customerId } = await gateway.addTenant();
    const sent = await window.call('tenants.sendTest', {
      customerId,
      channel: 'email',
      recipient: 'me@example.com',
    });
    expect(sent).toMatchObject({ status: 'sent', error: null });
    expect(sent.response).toMatch(/^250/);
    const caught = await mail.waitForMail(({ to }) => to.includes('me@example.com'));
    expect(caught.parsed.text).toContain(customerId);
  });

  test('that is refused says why in words, with what the server said', async () => {
    const { customerId } = await gateway.addTenant();
    mail.behave({ stage: 'rcpt', recipient: 'nobody@example.com', code: 550, text: '5.1.1 no such user' });
    const sent = await window.call('tenants.sendTest', {
      customerId,
      channel: 'email',
      recipient: 'nobody@example.com',
    });
    expect(sent).toMatchObject({ status: 'failed', error: 'There is no mailbox nobody@example.com.' });
    expect(sent.response).toContain('no such user');
  });

  test('by webhook reaches the receiver', async () => {
    const { customerId } = await gateway.addTenant({
      settings: { webhook_enabled: true, webhook_url: `${receiver.origin}/hook` },
    });
    const sent = await window.call('tenants.sendTest', { customerId, channel: 'webhook' });
    expect(sent).toMatchObject({ status: 'sent', error: null });
    const request = await receiver.waitForRequest(({ path }) => path === '/hook');
    expect(JSON.parse(request.body.toString())).toMatchObject({ customer_id: customerId });
  });

  test('says plainly when it cannot leave', async () => {
    const { customerId } = await gateway.addTenant({ settings: { email_enabled: false } });
    const test = (channel: 'email' | 'whatsapp' | 'webhook') =>
      window.call('tenants.sendTest', { customerId, channel, recipient: '+27821234567' });
    expect(await test('email')).toMatchObject({ status: 'failed', deliveryId: null });
    expect((await test('email')).error).toMatch(/turned off/);
    expect((await test('webhook')).error).toMatch(/turned off/);
    // Nobody has scanned: it waits, and says what for.
    const held = await test('whatsapp');
    expect(held.status).toBe('held');
    expect(held.error).toMatch(/WhatsApp/);
    await window.call('tenants.setPaused', { customerId, paused: true });
    await gateway.registry.setPaused(customerId, true);
    expect((await test('whatsapp')).error).toMatch(/paused/);
    expect(
      await window.refusal('tenants.sendTest', {
        customerId: 'NOBODY',
        channel: 'email',
        recipient: 'x@y.z',
      }),
    ).toMatchObject({ code: 'tenant_not_found' });
  });

  test('to nobody is refused', async () => {
    const { customerId } = await gateway.addTenant();
    expect(await window.refusal('tenants.sendTest', { customerId, channel: 'email' })).toMatchObject({
      code: 'recipient_missing',
      details: [{ path: 'recipient' }],
    });
  });
});

test('a key is made, shown once, listed and revoked', async () => {
  const { customerId } = await gateway.addTenant();
  const made = await window.call('keys.create', { customerId, name: 'shop' });
  const use = () => gateway.call('/api/events', { headers: { 'x-api-key': made.key } });
  expect((await use()).status).toBe(200);
  const { keys } = await window.call('keys.list', { customerId });
  expect(keys).toMatchObject([
    { name: 'first key' },
    { id: made.id, name: 'shop', prefix: made.prefix, revokedAt: null },
  ]);
  expect(JSON.stringify(keys)).not.toContain(made.key);
  await window.call('keys.revoke', { customerId, id: made.id });
  expect((await use()).status).toBe(401);
  expect((await window.call('keys.list', { customerId })).keys[1]?.revokedAt).not.toBeNull();
  expect((await window.refusal('keys.revoke', { customerId, id: 2_000_000 })).code).toBe('key_not_found');
  expect((await deedsOf(customerId)).map(({ action }) => action)).toEqual(['key.created', 'key.revoked']);
});

describe('event types and templates', () => {
  const template = { eventType: 'invoice:sent', audience: 'client', channel: 'email' as const };

  test('a template is tried, saved, used and reset', async () => {
    const tenant = await gateway.addTenant();
    const { customerId } = tenant;
    const inForce = await window.call('templates.preview', { customerId, template });
    expect(inForce.email?.subject).not.toBe('');
    const texts = { subject: 'Pay {{ invoice_number }}', text: 'Owed: {{ total_amount }} {{ typo_field }}' };
    const preview = await window.call('templates.preview', {
      customerId,
      template,
      texts,
      data: { invoice_number: 'X-9', total_amount: 12 },
    });
    expect(preview.email?.subject).toBe('Pay X-9');
    expect(preview.unknownFields).toEqual(['typo_field']);
    await window.call('templates.save', { customerId, template, texts });
    await tenant.post('/api/events', invoiceEvent({ client_email: 'template@example.com' }));
    const caught = await mail.waitForMail(({ to }) => to.includes('template@example.com'));
    expect(caught.parsed.subject).toBe('Pay INV-1042');

    const { eventTypes } = await window.call('eventTypes.list', { customerId });
    expect(eventTypes).toHaveLength(11);
    const listed = eventTypes.find(({ type }) => type === 'invoice:sent');
    expect(listed).toMatchObject({ builtIn: true, changedTemplates: ['client/email'] });

    const { events } = await window.call('eventTypes.recent', { customerId, eventType: 'invoice:sent' });
    expect(events).toMatchObject([{ data: { invoice_number: 'INV-1042' } }]);

    await window.call('templates.reset', { customerId, template });
    const again = await window.call('templates.preview', { customerId, template });
    expect(again.email?.subject).toBe(inForce.email?.subject);
  });

  test('a template that does not parse is not saved, and says where', async () => {
    const { customerId } = await gateway.addTenant();
    const refused = await window.refusal('templates.save', {
      customerId,
      template,
      texts: { subject: 'x', text: 'one\n{% if %}' },
    });
    expect(refused.code).toBe('template_invalid');
    expect(refused.details).toMatchObject([{ path: 'text', line: 2 }]);
  });

  test('an event type of its own can be sent, and goes', async () => {
    const tenant = await gateway.addTenant();
    const { customerId } = tenant;
    const definition = {
      type: 'parcel:arrived',
      title: 'Parcel arrived',
      required: { parcel_id: 'id', client_email: 'email' },
      audiences: [
        {
          name: 'client',
          email_field: 'client_email',
          templates: { email: { subject: 'Parcel {{ parcel_id }}', text: 'It is here.' } },
        },
      ],
      sample: { parcel_id: 7, client_email: 'a@example.com' },
    };
    await window.call('eventTypes.save', { customerId, definition });
    const event = {
      event_type: 'parcel:arrived',
      event_data: { parcel_id: 3, client_email: 'parcel@example.com' },
    };
    expect((await tenant.post('/api/events', event)).status).toBe(202);
    await mail.waitForMail(({ parsed }) => parsed.subject === 'Parcel 3');
    expect(
      await window.refusal('eventTypes.save', { customerId, definition: { ...definition, type: 'no type' } }),
    ).toMatchObject({ code: 'invalid_event_type', details: [{ path: 'type' }] });
    await window.call('eventTypes.remove', { customerId, eventType: 'parcel:arrived' });
    expect((await tenant.post('/api/events', event)).status).toBe(422);
  });
});
