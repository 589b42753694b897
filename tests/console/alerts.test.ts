import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Attention } from '../../main/contracts/console/overview-calls';
import { sendSystemMail } from '../../main/gateway/channels/email/send-test-mail';
import { postAlert } from '../../main/gateway/channels/webhook/post-alert';
import { signWebhook } from '../../main/gateway/channels/webhook/webhook-signature';
import { alertWords, withoutSecrets } from '../../main/gateway/console/alert-message';
import { isQuiet } from '../../main/gateway/console/alert-settings';
import { createAlertWatch } from '../../main/gateway/console/alert-watch';
import { readGatewaySetting } from '../../main/gateway/storage/gateway-settings-store';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import { createMemoryLogger } from '../support/memory-logger';
import { startGateway, type TestGateway } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { openTestConsole, type TestConsole } from './call-console';

const minuteMs = 60_000;
const secret = 'a-secret-of-alerts';
const nothing = {
  isOn: true,
  email: '',
  webhookUrl: '',
  whatsappNumber: '',
  whatsappFrom: '',
  quietFrom: '',
  quietTo: '',
};

let mail: MailCatcher;
let receiver: WebhookReceiver;
beforeAll(async () => {
  mail = await startMailCatcher();
  receiver = await startWebhookReceiver();
});
beforeEach(() => {
  mail.reset();
  receiver.reset();
});
afterAll(async () => {
  await mail.stop();
  await receiver.stop();
});

const down = (about: Partial<Attention> = {}): Attention => ({
  id: 'channel_down:ACC001:email',
  kind: 'channel_down',
  severity: 'error',
  customerId: 'ACC001',
  tenantName: 'Bright Plumbing',
  channel: 'email',
  count: 3,
  since: null,
  subject: null,
  detail: 'The mail server refuses connections.',
  ...about,
});
const scan = down({
  id: 'whatsapp_scan:ACC002:whatsapp',
  kind: 'whatsapp_scan',
  tenantName: 'Coastal Freight',
  detail: null,
});

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A watch with a clock of its own that really mails and posts, on what needs a person in a test. */
function watch(store = new Map<string, unknown>(), given: Partial<typeof nothing> = {}) {
  const bySettings = { email: 'office@example.com', webhookUrl: `${receiver.origin}/alerts`, ...given };
  store.set('alerts', { ...nothing, ...bySettings, webhookSecret: secret });
  const state = {
    attention: [] as Attention[],
    looks: 0,
    leads: true,
    nowMs: new Date(2026, 10, 30, 12, 0).getTime(),
  };
  const logger = createMemoryLogger();
  const alerts = createAlertWatch({
    config: {
      systemSmtp: {
        host: mail.host,
        port: mail.port,
        username: '',
        password: '',
        secure: false,
        fromEmail: 'gateway@example.com',
        fromName: 'Gateway',
      },
    } as never,
    tenants: {} as never,
    signals: {} as never,
    secrets: { encrypt: (plain) => plain, decrypt: (stored) => stored },
    gatewaySettings: {
      read: (name) => Promise.resolve(store.get(name)),
      write(name, value) {
        store.set(name, value);
        return Promise.resolve();
      },
    },
    overview: {
      attention() {
        state.looks += 1;
        return Promise.resolve(state.attention);
      },
    } as never,
    sendSystemMail,
    postAlert,
    leads: () => state.leads,
    logger,
    pace: { lookEveryMs: 5 },
    now: () => new Date(state.nowMs),
  });
  stops.push(() => alerts.stop());
  /** So many whole looks, none of which began before this. */
  const looks = async (count = 3) => {
    const from = state.looks;
    await waitUntil(() => state.looks > from + count, { what: `${count} looks` });
  };
  /** Goes minute by minute, with a look or more at each. */
  const pass = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute += 1) {
      state.nowMs += minuteMs;
      await looks(1);
    }
  };
  return { state, store, logger, looks, pass, stop: () => alerts.stop() };
}

const posts = () => receiver.requests.map(({ body }) => JSON.parse(body.toString()) as { subject: string });
const subjects = () => mail.mails.map(({ parsed }) => parsed.subject);

test('a trouble that lasts is told once by each way, and once when it is over', async () => {
  const { state, pass } = watch();
  state.attention = [down()];
  await pass(1);
  expect([mail.mails.length, receiver.requests.length]).toEqual([0, 0]);
  await pass(2);
  const [caught, request] = await Promise.all([mail.waitForMail(), receiver.waitForRequest()]);
  expect(caught.to).toEqual(['office@example.com']);
  expect(caught.parsed.subject).toBe('Your gateway: Email of Bright Plumbing is down.');
  expect(caught.parsed.text).toContain('The mail server refuses connections.');
  expect(JSON.parse(request.body.toString())).toMatchObject({
    type: 'gateway.alert',
    subject: 'Your gateway: Email of Bright Plumbing is down.',
    at: expect.any(String) as string,
  });
  const { 'webhook-id': id, 'webhook-timestamp': at } = request.headers;
  expect(request.headers).toMatchObject(signWebhook(secret, String(id), String(at), request.body));
  await pass(20);
  expect([mail.mails.length, receiver.requests.length]).toEqual([1, 1]);
  state.attention = [];
  await pass(8);
  await mail.waitForMail(
    ({ parsed }) => parsed.subject === 'Your gateway: Email of Bright Plumbing is no longer down.',
  );
  await pass(20);
  expect([mail.mails.length, receiver.requests.length]).toEqual([2, 2]);
});

test('what is over within two minutes is told to nobody, nor what comes and goes', async () => {
  const { state, pass } = watch();
  for (let round = 0; round < 5; round += 1) {
    state.attention = [down()];
    await pass(1);
    state.attention = [];
    await pass(3);
  }
  expect([mail.mails.length, receiver.requests.length]).toEqual([0, 0]);
  state.attention = [down()];
  await pass(4);
  // Gone for a moment, again and again: it goes on.
  for (let round = 0; round < 5; round += 1) {
    state.attention = [];
    await pass(2);
    state.attention = [down()];
    await pass(2);
  }
  expect(subjects()).toEqual(['Your gateway: Email of Bright Plumbing is down.']);
});

test('one that comes back is over when it is gone for longer', async () => {
  const { state, pass } = watch(new Map(), { email: '' });
  for (const calmMinutes of [7, 7]) {
    state.attention = [down()];
    await pass(8);
    state.attention = [];
    await pass(calmMinutes);
  }
  expect(posts()).toHaveLength(3);
  await pass(6);
  expect(posts()).toHaveLength(4);
});

test('what is told together is one message; what can wait for the next visit is left out', async () => {
  const { state, pass } = watch(new Map([['gateway_name', 'Front office']]));
  state.attention = [down(), scan, down({ id: 'restart_needed', kind: 'restart_needed', tenantName: null })];
  await pass(3);
  const { parsed } = await mail.waitForMail();
  expect(parsed.subject).toBe('Front office: 2 items need attention');
  expect(parsed.text).toContain('WhatsApp for Coastal Freight needs a code scanned.');
  // What begins in the minutes after a message waits for the next one.
  const more = Array.from({ length: 30 }, (_, n) =>
    down({ id: `channel_down:M${n}:email`, tenantName: `M${n}` }),
  );
  state.attention = [down(), scan, ...more.slice(0, 15)];
  await pass(1);
  state.attention = [down(), scan, ...more];
  await pass(6);
  expect(subjects()).toEqual([
    'Front office: 2 items need attention',
    'Front office: 30 items need attention',
  ]);
  expect(mail.mails[1]?.parsed.text).toContain('- and 10 more');
});

test('failures that grow tenfold are told again', async () => {
  const { state, pass } = watch(new Map(), { webhookUrl: '' });
  const failed = (count: number) =>
    down({ id: 'failed_messages:ACC001', kind: 'failed_messages', channel: null, count });
  state.attention = [failed(2)];
  await pass(3);
  state.attention = [failed(19)];
  await pass(9);
  expect(subjects()).toEqual(['Your gateway: Bright Plumbing: 2 messages failed within 24 hours.']);
  state.attention = [failed(20)];
  await pass(1);
  expect(subjects()).toHaveLength(2);
});

test('a clock that was wrong and is set back holds nothing up', async () => {
  const { state, pass } = watch(new Map(), { webhookUrl: '' });
  state.attention = [down()];
  await pass(3);
  state.nowMs -= 365 * 24 * 60 * minuteMs;
  state.attention = [down(), scan];
  await pass(4);
  expect(subjects()).toHaveLength(2);
});

test('quiet hours hold back; afterwards what still holds is told', async () => {
  const { state, pass } = watch(new Map(), { quietFrom: '22:00', quietTo: '06:00' });
  state.nowMs = new Date(2026, 10, 30, 23, 0).getTime();
  state.attention = [down(), scan];
  await pass(10);
  state.attention = [scan];
  await pass(10);
  state.nowMs = new Date(2026, 11, 1, 5, 57).getTime();
  await pass(2);
  expect([mail.mails.length, receiver.requests.length]).toEqual([0, 0]);
  await pass(3);
  expect(subjects()).toEqual(['Your gateway: WhatsApp for Coastal Freight needs a code scanned.']);
  expect(posts()).toHaveLength(1);
});

test('a restart tells nothing again, and of what is over only once it can know', async () => {
  const first = watch();
  first.state.attention = [down(), scan];
  await first.pass(3);
  await mail.waitForCount(1);
  await first.stop();
  const { state, pass } = watch(first.store);
  // Nothing was tried yet after the start.
  state.attention = [];
  await pass(6);
  state.attention = [down()];
  await pass(3);
  expect(subjects()).toHaveLength(1);
  await pass(2);
  expect(subjects().slice(1)).toEqual(['Your gateway: WhatsApp for Coastal Freight no longer needs a scan.']);
});

test('of several gateways on one database the one that leads tells', async () => {
  const store = new Map<string, unknown>();
  const [first, second] = [watch(store), watch(store)];
  second.state.leads = false;
  first.state.attention = second.state.attention = [down()];
  await first.pass(4);
  expect(second.state.looks).toBe(0);
  first.state.leads = false;
  second.state.leads = true;
  await second.pass(20);
  expect(subjects()).toHaveLength(1);
  second.state.attention = [];
  await second.pass(8);
  expect(subjects()).toHaveLength(2);
});

test('a mail server that hangs or refuses holds up no other way, and hears of it when it is back', async () => {
  const { state, pass, logger } = watch();
  mail.behave({ stage: 'rcpt', code: 451, text: 'later' });
  state.attention = [down()];
  await pass(3);
  await receiver.waitForRequest();
  await pass(12);
  const failures = logger.lines.filter(({ event }) => event === 'alert.failed');
  // At growing distance: after 1, 2, 4 and 8 minutes.
  expect(failures.length).toBeGreaterThanOrEqual(3);
  expect(failures.length).toBeLessThanOrEqual(5);
  expect(failures[0]?.fields).toMatchObject({ way: 'email', failures: 1 });
  expect(JSON.stringify(failures)).not.toContain(secret);
  mail.reset();
  await pass(20);
  expect([subjects().length, receiver.requests.length]).toEqual([1, 1]);
});

test('the same message is posted again under the same id', async () => {
  const { state, pass } = watch(new Map(), { email: '' });
  receiver.behave({ status: 503, times: 2 });
  state.attention = [down()];
  await pass(8);
  const ids = receiver.requests.map(({ headers }) => headers['webhook-id']);
  expect([ids.length, new Set(ids).size]).toEqual([3, 1]);
});

test('a stop does not wait for a mail server that hangs', async () => {
  const { state, pass, stop } = watch(new Map(), { webhookUrl: '' });
  mail.behave({ stage: 'data', hang: true });
  state.attention = [down()];
  await pass(2);
  state.nowMs += minuteMs;
  const named = mail.recipientCount;
  await mail.waitForRecipients(Math.max(named, 1));
  const startedAt = performance.now();
  await stop();
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test('switched off nobody is told; on again, of what holds then', async () => {
  const { state, pass, store, looks } = watch();
  state.attention = [down()];
  await pass(3);
  await mail.waitForCount(1);
  const settings = store.get('alerts') as typeof nothing;
  store.set('alerts', { ...settings, isOn: false });
  await waitUntil(() => JSON.stringify(store.get('alerts_told')) === '{}', { what: 'it to be forgotten' });
  const { looks: seen } = state;
  store.set('alerts', settings);
  await looks();
  expect(state.looks).toBeGreaterThan(seen);
  await pass(3);
  expect(subjects()).toHaveLength(2);
});

describe('what leaves the house', () => {
  test.each([
    [
      'connect to postgres://gw:hunter2@db.example.com:5432/acc?sslmode=require failed',
      'connect to postgres://db.example.com:5432 failed',
    ],
    ['https://hooks.example.com/services/T0/B1/key answered 404', 'https://hooks.example.com answered 404'],
    ['550 5.1.1 <thandi@example.com>: no such user', '550 5.1.1 <…@example.com>: no such user'],
    ['password=abc token: xyz', 'password=… token: …'],
    ['+27 82 123 4567 is not on WhatsApp', '… is not on WhatsApp'],
    ['eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9 is no key', '… is no key'],
    ['taken since 2026-11-30 19:20:\nnothing', 'taken since 2026-11-30 19:20: nothing'],
  ])('%s', (text, expected) => {
    expect(withoutSecrets(text)).toBe(expected);
    expect(alertWords(down({ detail: text }))?.detail).toBe(expected);
  });

  test('long names and texts are cut, on one line', () => {
    const words = alertWords(down({ tenantName: `A\n${'b'.repeat(300)}`, detail: 'c d '.repeat(200) }));
    expect(words?.sentence).not.toContain('\n');
    expect(words?.sentence.length).toBeLessThan(120);
    expect(words?.detail?.length).toBe(300);
  });
});

describe('quiet hours', () => {
  const at = (hour: number, minute = 0) => new Date(2026, 10, 30, hour, minute);
  test.each([
    ['22:00', '06:00', at(23), true],
    ['22:00', '06:00', at(5, 59), true],
    ['22:00', '06:00', at(6), false],
    ['12:00', '13:00', at(12, 30), true],
    ['12:00', '13:00', at(13), false],
    ['', '', at(3), false],
    ['08:00', '08:00', at(8), false],
  ])('from %s to %s at %s: %s', (quietFrom, quietTo, now, expected) => {
    expect(isQuiet({ ...nothing, quietFrom, quietTo }, now)).toBe(expected);
  });
});

describe('in the console', () => {
  let gateway: TestGateway;
  let window: TestConsole;
  beforeAll(async () => {
    gateway = await startGateway({
      env: { SYSTEM_SMTP_HOST: mail.host, SYSTEM_SMTP_PORT: String(mail.port) },
    });
    window = openTestConsole(gateway.gateway);
    await gateway.addTenant({ customerId: 'OFFICE' });
  });
  afterAll(async () => {
    window.close();
    await gateway.stop();
  });

  test('what is wrong is said of its field, and nothing is saved', async () => {
    const wrong = {
      ...nothing,
      email: 'nobody',
      webhookUrl: 'ftp://example.com',
      whatsappNumber: '082 123 4567',
      whatsappFrom: 'NOBODY',
      quietFrom: '22:00',
    };
    const { code, details } = await window.refusal('alerts.save', wrong);
    expect(code).toBe('invalid_settings');
    const paths = (details as { path: string }[]).map(({ path }) => path);
    expect(paths.sort()).toEqual(['email', 'quietTo', 'webhookUrl', 'whatsappFrom', 'whatsappNumber']);
    expect((await window.refusal('alerts.save', nothing)).details).toMatchObject([{ path: 'email' }]);
    const withPassword = { ...nothing, webhookUrl: 'https://a:b@example.com/' };
    expect((await window.refusal('alerts.test', withPassword)).details).toMatchObject([
      { path: 'webhookUrl' },
    ]);
    expect((await window.call('alerts.get', {})).settings).toEqual({ ...nothing, isOn: false });
  });

  test('saves, keeps the secret to itself, and says what changed without saying to what', async () => {
    const settings = {
      ...nothing,
      email: ' office@example.com ',
      webhookUrl: `${receiver.origin}/private-path`,
    };
    await window.call('alerts.save', { ...settings, webhookSecret: secret });
    const view = await window.call('alerts.get', {});
    expect(view).toMatchObject({
      settings: { ...settings, email: 'office@example.com' },
      hasWebhookSecret: true,
    });
    expect(JSON.stringify(view)).not.toContain(secret);
    expect(JSON.stringify(await readGatewaySetting(gateway.system, 'alerts'))).not.toContain(secret);
    const audit = await gateway.system.query<{ detail: object }>({
      name: 'test.audit',
      text: `select detail from audit_log where action = 'alerts.changed'`,
    });
    expect(audit.at(-1)?.detail).toEqual({
      changed: ['isOn', 'email', 'webhookUrl', 'webhookSecret'],
      is_on: true,
    });
    await window.call('alerts.save', { ...view.settings, webhookUrl: '' });
    expect(await window.call('alerts.get', {})).toMatchObject({ hasWebhookSecret: false });
  });

  test('a test says of each way what came of it', async () => {
    receiver.behave({ status: 403, times: 1, body: 'what another machine says' });
    const draft = {
      ...nothing,
      isOn: false,
      email: 'office@example.com',
      webhookUrl: `${receiver.origin}/hook`,
    };
    const first = await window.call('alerts.test', draft);
    expect(first.results).toMatchObject([
      { way: 'email', ok: true, message: 'The mail server accepted the mail for office@example.com.' },
      { way: 'webhook', ok: false, message: 'The webhook answered with 403.', detail: null },
    ]);
    expect((await mail.waitForMail()).parsed.subject).toBe('Your gateway: test alert');
    const { results } = await window.call('alerts.test', {
      ...draft,
      webhookUrl: `${receiver.origin}/hook`,
      email: '',
      whatsappNumber: '+27821234567',
      whatsappFrom: 'OFFICE',
    });
    expect(results).toMatchObject([
      { way: 'webhook', ok: true },
      { way: 'whatsapp', ok: false, message: expect.stringContaining('cannot send right now') as string },
    ]);
  });

  test('a mail server that refuses is named', async () => {
    mail.behave({ stage: 'rcpt', code: 550, text: 'no such mailbox', times: 1 });
    const { results } = await window.call('alerts.test', { ...nothing, email: 'gone@example.com' });
    expect(results).toMatchObject([{ way: 'email', ok: false }]);
    expect(results[0]?.message).not.toBe('');
  });
});
