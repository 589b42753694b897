import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultTenantSettings, offeredSettingNames } from '../../main/contracts/tenant-settings';
import { GatewayError } from '../../main/gateway/errors';
import { createFileSecretStore, type SecretStore } from '../../main/gateway/secrets/secret-store';
import { openTenantDatabase, type TenantDatabase } from '../../main/gateway/storage/tenant-database';
import type { SettingProblem } from '../../main/gateway/tenants/check-settings';
import {
  operatorSettingsInForce,
  type OperatorSettingsStore,
} from '../../main/gateway/tenants/operator-settings';
import { maskSettings, readSettings, writeSettings } from '../../main/gateway/tenants/tenant-settings';
import { createMemoryLogger } from '../support/memory-logger';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

let dataDir: string;
let secrets: SecretStore;
beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'gateway-settings-'));
  secrets = createFileSecretStore({ dataDir });
});
afterAll(() => rmSync(dataDir, { recursive: true }));

describe.each(['none', 'seed', 'settings-schema'] as const)('in a database with the layout %s', (seed) => {
  let testDatabase: TestDatabase;
  let tenant: TenantDatabase;
  let customers = 0;
  const decided = new Map<string, Record<string, unknown>>();
  const operator: OperatorSettingsStore = {
    read: (customerId) => Promise.resolve(operatorSettingsInForce(decided.get(customerId) ?? {})),
    write(customerId, changes) {
      decided.set(customerId, { ...decided.get(customerId), ...changes });
      return Promise.resolve();
    },
  };
  const newCustomer = () => `NEW-${(customers += 1)}`;

  beforeAll(async () => {
    testDatabase = await createTestDatabase({ seed });
    tenant = await openTenantDatabase({
      url: testDatabase.url,
      logger: createMemoryLogger(),
      customerId: 'ACC001',
    });
  });
  afterAll(async () => {
    await tenant.stop();
    await testDatabase.stop();
  });

  const sql = <Row extends object>(text: string, values: unknown[] = []) =>
    tenant.db.query<Row>({ name: 'test', text, values, prepare: false });
  const table = () => tenant.layout.settingsTable;
  const write = (customerId: string, changes: Record<string, unknown>) =>
    writeSettings(tenant, customerId, changes, secrets, operator);
  const read = async (customerId: string) =>
    readSettings(tenant, customerId, secrets, await operator.read(customerId, tenant));

  async function refusal(customerId: string, changes: Record<string, unknown>): Promise<GatewayError> {
    try {
      await write(customerId, changes);
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(GatewayError);
      return thrown as GatewayError;
    }
    throw new Error('was accepted');
  }

  test('a customer without a row has the defaults', async () => {
    expect(await read(newCustomer())).toEqual(defaultTenantSettings);
  });

  test('what is written as text is read as what it is, and the rest stays', async () => {
    const customer = newCustomer();
    const { changed, settings } = await write(customer, {
      webhook_enabled: 'yes',
      webhook_url: 'https://shop.example.com/hook',
      smtp_port: '2525',
      first_retry_seconds: '0.5',
      currency: 'eur',
      smtp_secure: 'false',
    });
    const expected = {
      ...defaultTenantSettings,
      webhook_enabled: true,
      webhook_url: 'https://shop.example.com/hook',
      smtp_port: 2525,
      first_retry_seconds: 0.5,
      currency: 'EUR',
      smtp_secure: false,
    };
    expect(settings).toEqual(expected);
    expect(await read(customer)).toEqual(expected);
    expect(changed.map(({ name, before, after }) => [name, before, after])).toEqual([
      ['webhook_enabled', false, true],
      ['webhook_url', null, 'https://shop.example.com/hook'],
      ['smtp_port', 587, 2525],
      ['first_retry_seconds', 15, 0.5],
      ['currency', 'ZAR', 'EUR'],
      ['smtp_secure', null, false],
    ]);
  });

  test('every setting goes back to its default by an empty text or null', async () => {
    const customer = newCustomer();
    await write(customer, { locale: 'af-ZA', max_retries: 3, email_enabled: false, webhook_secret: 'abc' });
    await write(customer, Object.fromEntries(offeredSettingNames.map((name) => [name, ''])));
    expect(await read(customer)).toEqual(defaultTenantSettings);
    await write(customer, { max_retries: 0 });
    expect((await read(customer)).max_retries).toBe(0);
    await write(customer, { max_retries: null });
    expect((await read(customer)).max_retries).toBe(8);
  });

  test('secrets are encrypted in the row, readable for the gateway and never printed', async () => {
    const customer = newCustomer();
    const { changed } = await write(customer, { smtp_password: 'Gehëim', webhook_secret: 'whsec_abc' });
    const [row] = await sql<{ smtp_password: string; webhook_secret: string }>(
      `select smtp_password, webhook_secret from ${table()} where customer_id = $1`,
      [customer],
    );
    expect(row?.smtp_password).toMatch(/^mgs1:/);
    expect(row?.webhook_secret).toMatch(/^mgs1:/);
    const settings = await read(customer);
    expect(settings).toMatchObject({ smtp_password: 'Gehëim', webhook_secret: 'whsec_abc' });
    expect(maskSettings(settings)).toMatchObject({
      smtp_password: 'set',
      webhook_secret: 'set',
      bounce_imap_password: 'not set',
    });
    expect(JSON.stringify([changed, maskSettings(settings)])).not.toMatch(/Gehëim|whsec_abc/);
  });

  test('the longest password that fits is kept, a longer one is refused in words', async () => {
    const customer = newCustomer();
    const longest = 'x'.repeat(159);
    await write(customer, { smtp_password: longest });
    expect((await read(customer)).smtp_password).toBe(longest);
    const error = await refusal(customer, { smtp_password: 'x'.repeat(160) });
    expect(error.code).toBe('invalid_setting');
    expect(error.message).toMatch(/smtp_password is too long to be kept encrypted/);
  });

  test('what does nothing is not offered; a script may still set it, and it stays', async () => {
    const customer = newCustomer();
    await write(customer, { locale: 'af-ZA' });
    const columns = `use_customer_whatsapp, whatsapp_api_key, email_enabled`;
    await sql(
      `update ${table()} set use_customer_whatsapp = true, whatsapp_api_key = 'theirs', email_enabled = true
       where customer_id = $1`,
      [customer],
    );
    await write(customer, { use_customer_whatsapp: 'false' });
    await write(customer, { locale: null, max_retries: 3, webhook_secret: 'abc' });
    const rows = await sql(`select ${columns} from ${table()} where customer_id = $1`, [customer]);
    expect(rows).toEqual([{ use_customer_whatsapp: false, whatsapp_api_key: 'theirs', email_enabled: true }]);
    const shown = Object.keys(maskSettings(await read(customer)));
    expect(shown).toContain('smtp_password');
    expect(shown).not.toContain('whatsapp_api_key');
  });

  test('unknown settings are named, with the known ones', async () => {
    const error = await refusal(newCustomer(), { smtp_prot: '25', email_enabled: 'true' });
    expect(error.code).toBe('unknown_setting');
    expect(error.message).toContain('smtp_prot');
    expect(error.details).toEqual({ unknown: ['smtp_prot'], known: offeredSettingNames });
  });

  test('all problems are told at once, and nothing is written', async () => {
    const customer = newCustomer();
    const error = await refusal(customer, {
      email_enabled: 'false',
      smtp_port: '70000',
      timezone: 'Mars/Olympus',
      webhook_url: 'ftp://example.com',
      whatsapp_quiet_hours: 'at night',
      smtp_from_name: 'x\r\nBcc: y@example.com',
    });
    expect(error.code).toBe('invalid_setting');
    expect(error.details).toEqual([
      { setting: 'smtp_port', message: 'must be at most 65535' },
      { setting: 'timezone', message: 'must be a time zone such as Africa/Johannesburg' },
      { setting: 'webhook_url', message: 'must be an http or https address' },
      { setting: 'whatsapp_quiet_hours', message: 'must be two times such as 20:00-07:00, or empty' },
      { setting: 'smtp_from_name', message: 'must not contain control characters or line breaks' },
    ]);
    expect(await read(customer)).toEqual(defaultTenantSettings);
  });

  test('what makes no sense together is refused, whichever of the two is changed', async () => {
    const customer = newCustomer();
    expect((await refusal(customer, { whatsapp_min_gap_ms: 10_000 })).message).toMatch(
      /whatsapp_min_gap_ms \(10000\) must not be more than whatsapp_max_gap_ms \(9000\)/,
    );
    expect((await refusal(customer, { webhook_enabled: true })).message).toContain('needs a webhook_url');
    expect((await refusal(customer, { use_customer_smtp: true })).message).toContain('needs an smtp_host');
    await write(customer, { use_customer_smtp: true, smtp_host: 'smtp.example.com' });
    expect((await refusal(customer, { smtp_host: '' })).message).toContain('needs an smtp_host');
    await write(customer, { whatsapp_min_gap_ms: 10_000, whatsapp_max_gap_ms: 20_000 });
  });

  test('of several rows the newest counts, and is the one that is changed', async () => {
    const customer = newCustomer();
    await sql(`insert into ${table()} (customer_id, smtp_host) values ($1, 'old'), ($1, 'new')`, [customer]);
    expect((await read(customer)).smtp_host).toBe('new');
    await write(customer, { smtp_host: 'newest' });
    const rows = await sql<{ smtp_host: string }>(
      `select smtp_host from ${table()} where customer_id = $1 order by id`,
      [customer],
    );
    expect(rows.map((row) => row.smtp_host)).toEqual(['old', 'newest']);
  });

  test('changes made at once all count, also where there was no row', async () => {
    const customer = newCustomer();
    await Promise.all([
      write(customer, { smtp_host: 'smtp.example.com' }),
      write(customer, { max_retries: 3 }),
      write(customer, { locale: 'af-ZA' }),
    ]);
    expect(await read(customer)).toMatchObject({
      smtp_host: 'smtp.example.com',
      max_retries: 3,
      locale: 'af-ZA',
    });
  });

  test('values that others wrote and that make no sense fall back, and are told', async () => {
    const customer = newCustomer();
    await sql(
      `insert into ${table()} (customer_id, timezone, max_retries, webhook_enabled, webhook_url, smtp_password)
       values ($1, 'Mars', -5, true, 'hook', $2)`,
      [customer, createFileSecretStore({ dataDir, masterKey: 'another-key-000000' }).encrypt('x')],
    );
    const problems: SettingProblem[] = [];
    const settings = await readSettings(tenant, customer, secrets, defaultTenantSettings, (problem) =>
      problems.push(problem),
    );
    expect(settings).toMatchObject({
      timezone: 'Africa/Johannesburg',
      max_retries: 8,
      webhook_url: 'hook',
      smtp_password: null,
    });
    expect(problems.map(({ setting }) => setting).sort()).toEqual([
      'max_retries',
      'smtp_password',
      'timezone',
      'webhook_url',
    ]);
  });

  if (seed !== 'none') {
    test('rows of before the gateway are read, plain password included, and stay as they are', async () => {
      const before = await sql(`select * from ${table()} where customer_id = 'ACC001'`);
      expect(await read('ACC001')).toEqual({
        ...defaultTenantSettings,
        use_customer_smtp: true,
        smtp_host: 'smtp.acc001.example',
        smtp_username: 'mailer',
        smtp_password: 'plain-password',
        webhook_enabled: true,
        webhook_url: 'https://acc001.example/hook',
      });
      await write('ACC001', { locale: 'af-ZA' });
      const after = await sql(`select * from ${table()} where customer_id = 'ACC001'`);
      expect(after).toEqual(before.map((row) => ({ ...row, locale: 'af-ZA' })));
    });
  }
});
