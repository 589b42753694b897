import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callRoles } from '../../main/contracts/console/call-roles';
import type { CallAnswer } from '../../main/contracts/console/console-calls';
import { attentionKinds, type Attention } from '../../main/contracts/console/overview-calls';
import { namesPlace } from '../../main/gateway/console/hide-addresses';
import { narrowAnswer, narrowPush } from '../../main/gateway/console/narrow-answers';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import { quietEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { createTestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';
import { openTestConsole, type TestConsole } from './call-console';

const path = '/hooks/T0k3n-of-the-path';
let receiver: WebhookReceiver;
let gateway: TestGateway;
let tenant: TestTenant;
let operator: TestConsole;
let others: [role: string, window: TestConsole][];
/** what nobody below operator may read anywhere */
let hidden: string[];
let deliveryId: number;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  receiver.behave({ redirectTo: `${receiver.origin}${path}/next`, body: `Cannot POST ${path}` });
  gateway = await startGateway();
  operator = openTestConsole(gateway.gateway);
  others = (['reader', 'staff'] as const).map((role, id) => [
    role,
    openTestConsole(gateway.gateway, { role, person: { id, name: role, role } }),
  ]);
  tenant = await gateway.addTenant({
    customerId: 'WEB',
    settings: {
      whatsapp_enabled: false,
      email_enabled: false,
      webhook_enabled: true,
      webhook_url: `${receiver.origin}${path}?key=Qu3ry`,
    },
  });
  const database = await createTestDatabase();
  await gateway.addTenant({
    customerId: 'LOST',
    databaseUrl: database.url,
    settings: { whatsapp_enabled: false, email_enabled: false },
  });
  await database.stop();
  hidden = [path, 'Qu3ry', database.name];
  await tenant.post('/api/events', quietEvent);
  deliveryId = await waitUntil(
    async () => {
      const [row] = await tenant.sql<{ id: number }>(
        'select delivery_id as id from delivery_attempts where exchange is not null',
      );
      return row?.id;
    },
    { what: 'the webhook to be answered' },
  );
  await waitUntil(
    async () =>
      (await operator.call('overview.get', {})).attention.some(({ kind }) => kind === 'tenant_database_away'),
    { what: 'the missing database to be noticed' },
  );
});
afterAll(async () => {
  for (const window of [operator, ...others.map(([, one]) => one)]) window.close();
  await gateway.stop();
  await receiver.stop();
});

describe('below operator nobody is told of databases and of paths of webhooks', () => {
  /** All that a reader may ask; a call that is new has to be looked at here. */
  const asked = {
    'gateway.info': {},
    'overview.get': {},
    'tenants.list': {},
    'tenants.get': { customerId: 'LOST' },
    'whatsapp.list': {},
    'history.list': { filter: {}, limit: 10 },
    'history.count': { filter: {} },
    'history.get': undefined,
    'history.eventTypes': {},
    'history.export': { filter: {} },
    'operations.list': {},
    'operations.cancel': { operationId: 'none' },
    'people.me': {},
    'login.confirm': { password: 'x' },
    'login.setPassword': { current: 'x', password: 'y' },
  } as const;

  test('in no answer', async () => {
    const names = Object.keys(callRoles) as (keyof typeof callRoles)[];
    expect(Object.keys(asked).sort()).toEqual(names.filter((name) => callRoles[name] === 'reader').sort());
    const ask = async (window: TestConsole, name: keyof typeof asked): Promise<string> => {
      const input = asked[name] ?? { customerId: 'WEB', id: deliveryId };
      return JSON.stringify(await window.call(name, input as never).catch(String));
    };
    for (const name of Object.keys(asked) as (keyof typeof asked)[]) {
      for (const [role, window] of others) {
        const told = await ask(window, name);
        expect([role, name, hidden.filter((words) => told.includes(words))]).toEqual([role, name, []]);
      }
    }
    // The operator is: they are there to be told.
    for (const [name, words] of [
      ['overview.get', hidden[2]],
      ['tenants.list', hidden[2]],
      ['tenants.get', hidden[2]],
      ['history.list', path],
      ['history.get', path],
    ] as const) {
      expect([name, await ask(operator, name)]).toEqual([name, expect.stringContaining(words ?? '')]);
    }
  });

  test('but of the host that was called, and that something is wrong', async () => {
    for (const [, window] of others) {
      const { rows } = await window.call('history.list', { filter: { customerId: 'WEB' }, limit: 10 });
      expect(rows).toMatchObject([{ channel: 'webhook', recipient: receiver.origin }]);
      const { attempts, wire } = await window.call('history.get', { customerId: 'WEB', id: deliveryId });
      expect(attempts[0]).toMatchObject({ response: null, exchange: { url: receiver.origin, status: 302 } });
      expect(wire?.url).toBe(receiver.origin);
      expect((await window.call('tenants.get', { customerId: 'LOST' })).problem).toBe(
        'Its database isn’t available right now. An operator can see why.',
      );
      const { attention } = await window.call('overview.get', {});
      expect(attention).toContainEqual(
        expect.objectContaining({ id: 'tenant_database_away:LOST', detail: null }),
      );
    }
  });

  test('nor is the path found by searching for it', async () => {
    const filters = [
      { text: 'T0k3n' },
      { text: 'T0k3n', channel: 'webhook' },
      { text: 'T0k3n', status: ['sent', 'failed'], channel: 'webhook' },
      { recipient: `${receiver.origin}${path.slice(0, 8)}` },
      { recipient: receiver.origin, eventType: quietEvent.event_type },
      { recipient: receiver.origin, customerId: 'WEB', status: ['failed', 'pending'] },
    ] as const;
    for (const filter of filters) {
      const asked = {
        filter: { customerId: 'WEB', ...filter, status: [...('status' in filter ? filter.status : [])] },
      };
      for (const [, window] of others) {
        expect(await window.call('history.count', asked)).toEqual({ count: 0, more: false });
        expect((await window.call('history.list', { ...asked, limit: 10 })).rows).toEqual([]);
      }
    }
    expect(await operator.call('history.count', { filter: { text: 'T0k3n' } })).toMatchObject({ count: 1 });
    const [, reader] = others[0]!;
    expect(await reader.call('history.count', { filter: { channel: 'webhook' } })).toMatchObject({
      count: 1,
    });
  });

  test('in no push', async () => {
    await tenant.post('/api/events', quietEvent);
    // The operator is told of all: what others were told by then came with it.
    await operator.waitForPush('overview.changed', ({ attention }) =>
      attention.some(({ detail }) => detail?.includes(hidden[2] ?? '')),
    );
    await operator.waitForPush('deliveries.changed', ({ changes }) =>
      changes.some(({ recipient }) => recipient.includes(path)),
    );
    for (const [role, window] of others) {
      await window.waitForPush('overview.changed', ({ attention }) => attention.length > 0);
      await window.waitForPush('deliveries.changed', ({ changes }) => changes.length > 0);
      const told = JSON.stringify(window.pushes);
      expect([role, hidden.filter((words) => told.includes(words))]).toEqual([role, []]);
    }
  });

  test('in no file', async () => {
    const fileOf = async (window: TestConsole) => {
      const { operationId } = await window.call('history.export', { filter: { customerId: 'WEB' } });
      const { file } = await window.waitForPush(
        'operation.changed',
        ({ id, state }) => id === operationId && state === 'done',
      );
      const found = gateway.gateway.console?.openDownload(file?.downloadToken ?? '', { role: 'operator' });
      return readFile(found?.path ?? '', 'utf8');
    };
    for (const [, window] of others) {
      const text = await fileOf(window);
      expect(text).toContain(receiver.origin);
      expect(hidden.filter((words) => text.includes(words))).toEqual([]);
    }
    expect(await fileOf(operator)).toContain(path);
  });
});

describe('a sentence', () => {
  test.each([
    'connect ECONNREFUSED 10.0.0.5:5432',
    'connect ECONNREFUSED ::1:5432',
    'getaddrinfo ENOTFOUND db.internal',
    'password authentication failed for user "gw_acc001"',
    'database "gw_acc001" does not exist',
    'The server “db” is away.',
    'Failed to launch the browser process! /usr/lib/chromium/chrome: not found',
    'C:\\Users\\ann\\AppData is not there',
    'postgres://gw@db/acc',
    'localhost:5432 does not answer',
    'The host db.acme.internal:5432 is not known.',
    'No PostgreSQL answers at postgres:5432.',
    "Hostname/IP does not match certificate's altnames: Host: db.acme.internal. is not in the cert's altnames: DNS:pg.example.com",
    'permission denied for database tenant_acme',
    'must be owner of database tenant_acme',
    'Passwort-Authentifizierung für Benutzer »acme_app« fehlgeschlagen',
    "authentification par mot de passe échouée pour l'utilisateur « acme_app »",
    'queryA ESERVFAIL db.acme.internal',
    'getaddrinfo EAI_FAIL db.acme.internal',
    'connect ETIMEDOUT db.acme.internal',
    'could not translate host name "db.internal" to address',
    "EPERM: operation not permitted, open '\\\\fileserver\\backups\\acme.zip'",
    "ENOENT: no such file, open 'C:/Users/gw/AppData/x.json'",
    'chrome ended: --user-data-dir=/home/gw/.local/x',
    'connect to fe80::1%eth0 or 2001:db8::5 failed',
    '[2001:db8::5]:5432 refuses',
  ])('says where something is: %s', (text) => expect(namesPlace(text)).toBe(true));

  test.each([
    '12 MB are free.',
    'Port 3001 was taken; this is 3002.',
    'It has been like that since 12:30:05.',
    'WhatsApp was not ready within 60 seconds.',
    "2 rows of websocket_events (from id 7) have the status “new”, which nobody takes in: insert them as 'pending'.",
    'An operator/owner has to look.',
    'net::ERR_INTERNET_DISCONNECTED',
    'TypeError at app.js:12:3',
    'Invoice INV:2024 was not found',
    'There is no event type Invoice::Created.',
    'The user “Thandi” has no phone.',
    'Post it to /api/events or /console/login.',
  ])('says nothing of the kind: %s', (text) => expect(namesPlace(text)).toBe(false));
});

describe('by their kind', () => {
  const entry = (kind: Attention['kind'], detail: string): Attention => ({
    id: kind,
    kind,
    severity: 'error',
    customerId: null,
    tenantName: null,
    channel: null,
    count: null,
    since: null,
    subject: null,
    detail,
  });

  test.each(attentionKinds)('the detail of %s goes where it says where something is', (kind) => {
    for (const detail of ['connect ECONNREFUSED 10.0.0.5:5432', 'It says so.']) {
      const push = { name: 'overview.changed', payload: { attention: [entry(kind, detail)] } } as const;
      const detailFor = (role: 'reader' | 'operator') => {
        const narrowed = narrowPush(role, push);
        return narrowed.name === 'overview.changed' && narrowed.payload.attention[0]?.detail;
      };
      expect(detailFor('operator')).toBe(detail);
      if (detail.includes('10.0.0.5')) expect(detailFor('reader')).toBeNull();
    }
    const asked = entry('origin_refused', 'Asked by somebody.');
    const answer = { ok: true, value: { attention: [asked] } } as unknown as CallAnswer;
    expect(narrowAnswer('staff', 'overview.get', answer)).toMatchObject({
      value: { attention: [{ detail: null }] },
    });
  });

  test('refusals, operations and cards say it plainly', () => {
    const plain = 'That failed. An operator can find out why in the log.';
    const failed = { ok: false, problem: { code: 'x', message: 'No browser at /usr/bin/chrome.' } } as const;
    expect(narrowAnswer('staff', 'whatsapp.connect', failed)).toEqual({
      ok: false,
      problem: { code: 'x', message: plain },
    });
    expect(narrowAnswer('operator', 'whatsapp.connect', failed)).toBe(failed);
    const operation = {
      id: 'a',
      error: 'connect ECONNREFUSED 10.0.0.5:5432',
      notes: ['db.internal:5432', 'ok'],
    };
    expect(narrowPush('reader', { name: 'operation.changed', payload: operation as never }).payload).toEqual({
      id: 'a',
      error: plain,
      notes: [plain, 'ok'],
    });
    const card = { reason: 'WhatsApp did not start: /usr/bin/chrome is missing', qrCode: 'x' };
    expect(narrowPush('staff', { name: 'whatsapp.changed', payload: card as never }).payload).toEqual({
      reason: plain,
      qrCode: 'x',
    });
  });
});
