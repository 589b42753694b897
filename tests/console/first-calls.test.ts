import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../support/start-gateway';
import { openTestConsole, type TestConsole } from './call-console';

let gateway: TestGateway;
let window: TestConsole;

beforeAll(async () => {
  gateway = await startGateway();
  window = openTestConsole(gateway.gateway);
});
afterAll(async () => {
  window.close();
  await gateway.stop();
});

test('a gateway says what it is', async () => {
  const info = await window.call('gateway.info', {});
  expect(info).toMatchObject({
    name: '',
    entryPoint: 'headless',
    port: gateway.port,
    database: 'server',
    dataDir: gateway.dataDir,
    setupDone: false,
    restartNeeded: false,
    tls: null,
  });
  expect(info.addresses).toEqual([{ address: '127.0.0.1', interface: 'lo', recommended: true }]);
  expect(info.url).toBe(gateway.origin);
});

test('a tenant that was added is listed, with its settings, its card and a key that works', async () => {
  const added = await window.call('tenants.add', { customerId: 'FIRST', name: 'The first' });
  expect(added.databaseUrl).toContain(':***@');
  const answer = await gateway.call('/api/events', { headers: { authorization: `Bearer ${added.apiKey}` } });
  expect(answer.status).toBe(200);

  const { tenants } = await window.call('tenants.list', {});
  expect(tenants).toMatchObject([
    { customerId: 'FIRST', name: 'The first', paused: false, problem: null, waiting: 0, failed: 0 },
  ]);
  const tenant = await window.call('tenants.get', { customerId: 'FIRST' });
  expect(tenant).toMatchObject({ ownsDatabase: true, canSendEmail: false });
  expect(tenant.settings).toMatchObject({ smtp_port: 587, locale: 'en-ZA' });
  expect(tenant.settings).not.toHaveProperty('smtp_password');
  expect(tenant.settings).not.toHaveProperty('whatsapp_api_key');
  expect(tenant.secretsSet).toEqual({
    bounce_imap_password: false,
    smtp_password: false,
    webhook_secret: false,
  });

  const { cards } = await window.call('whatsapp.list', {});
  expect(cards).toMatchObject([{ customerId: 'FIRST', enabled: true, status: 'disconnected', qrCode: null }]);
});

test('settings tell where they come from and keep secrets to themselves', async () => {
  const { variables, restartNeeded } = await window.call('settings.get', {});
  expect(restartNeeded).toBe(false);
  const named = new Map(variables.map((variable) => [variable.name, variable]));
  expect(named.get('PORT')).toMatchObject({ value: '0', source: 'environment', group: 'network' });
  expect(named.get('LOG_LEVEL')).toMatchObject({ value: null, isSet: false, source: 'default' });
  expect(named.get('JWT_SECRET')).toMatchObject({ value: null, isSet: true, secret: true });
});
