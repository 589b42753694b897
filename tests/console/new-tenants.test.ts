import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newTenantSettingNames } from '../../main/contracts/new-tenant-settings';
import { defaultTenantSettings } from '../../main/contracts/tenant-settings';
import { createConsoleLogin } from '../../main/gateway/auth/console-login';
import { startGateway, type TestGateway } from '../support/start-gateway';
import { openTestConsole, testActor, type TestConsole } from './call-console';

let gateway: TestGateway;
let window: TestConsole;

beforeAll(async () => {
  gateway = await startGateway();
});
beforeEach(() => {
  window = openTestConsole(gateway.gateway);
});
afterEach(() => window.close());
afterAll(() => gateway.stop());

const save = (values: Record<string, string | number | boolean | null>) =>
  window.call('newTenants.save', { values });

describe('what new tenants begin with, in the console', () => {
  test('nothing is set at first; the built-in defaults are told with it', async () => {
    const { settings, defaults } = await window.call('newTenants.get', {});
    expect(settings).toEqual({});
    expect(Object.keys(defaults).sort()).toEqual([...newTenantSettingNames].sort());
    expect(defaults).toMatchObject({ locale: 'en-ZA', max_retries: 8 });
  });

  test('a tenant that is added runs with it from its first moment', async () => {
    const before = await gateway.addTenant();
    await save({ locale: 'af-ZA', whatsapp_enabled: false, max_retries: 1, rate_limit_per_hour: 321 });
    await window.call('tenants.add', { customerId: 'BEGINS' });
    expect((await window.call('tenants.get', { customerId: 'BEGINS' })).settings).toMatchObject({
      locale: 'af-ZA',
      whatsapp_enabled: false,
      max_retries: 1,
      rate_limit_per_hour: 321,
    });
    const there = await window.call('tenants.get', { customerId: before.customerId });
    expect(there.settings['locale']).toBe(defaultTenantSettings.locale);
    // Its own reset knows the built-in default only.
    const reset = await window.call('tenants.saveSettings', {
      customerId: 'BEGINS',
      values: { locale: null },
    });
    expect(reset.settings['locale']).toBe(defaultTenantSettings.locale);
    expect(reset.defaults['locale']).toBe(defaultTenantSettings.locale);
  });

  test('who changed what is in the audit log, with before and after', async () => {
    await save({ currency: 'EUR', timezone: null });
    await save({ currency: null });
    await save({ currency: null });
    const deeds = await gateway.system.query<object>({
      name: 'test.audit',
      text: `
        select actor, detail from audit_log
        where action = 'new_tenant_settings.changed' and customer_id is null order by id desc limit 2`,
    });
    expect(deeds).toEqual([
      {
        actor: testActor,
        detail: { settings: ['currency'], changes: [{ name: 'currency', before: 'EUR', after: null }] },
      },
      {
        actor: testActor,
        detail: { settings: ['currency'], changes: [{ name: 'currency', before: null, after: 'EUR' }] },
      },
    ]);
  });

  test('what is wrong is told at each field', async () => {
    const values = { timezone: 'Mars', webhook_secret: 'x', langauge: 'af' };
    const { langauge, ...known } = values;
    expect(await window.refusal('newTenants.save', { values: known })).toMatchObject({
      code: 'invalid_settings',
      details: [{ path: 'timezone' }, { path: 'webhook_secret' }],
    });
    expect(await window.refusal('newTenants.save', { values: { langauge } })).toMatchObject({
      code: 'invalid_settings',
      details: [{ path: 'langauge', message: 'is not known' }],
    });
  });

  test('what protects others asks for the password again, and is saved once it is given', async () => {
    const password = 'seven wet pelicans';
    await createConsoleLogin(gateway.system).setPassword(password);
    const guarded = { values: { allow_private_urls: true } };
    expect(await window.refusal('newTenants.save', guarded)).toMatchObject({ code: 'password_needed' });
    expect((await save({ locale: 'en-GB' })).settings).not.toHaveProperty('allow_private_urls');
    await window.call('login.confirm', { password });
    expect((await save(guarded.values)).settings).toMatchObject({ allow_private_urls: true });
  });
});
