import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { newTenantSettingNames, type NewTenantSettings } from '../../main/contracts/new-tenant-settings';
import {
  defaultTenantSettings,
  secretSettingNames,
  type TenantSettings,
} from '../../main/contracts/tenant-settings';
import { createFileSecretStore, type SecretStore } from '../../main/gateway/secrets/secret-store';
import type { Database } from '../../main/gateway/storage/database';
import { writeGatewaySetting } from '../../main/gateway/storage/gateway-settings-store';
import { openSystemDatabase } from '../../main/gateway/storage/system-database';
import { openTenantDatabase } from '../../main/gateway/storage/tenant-database';
import { createTenantRegistry, type TenantRegistry } from '../../main/gateway/tenants/tenant-registry';
import { readSettings, writeSettings } from '../../main/gateway/tenants/tenant-settings';
import { createMemoryLogger } from '../support/memory-logger';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

const logger = createMemoryLogger();
let dataDir: string;
let secrets: SecretStore;
let systemDatabase: TestDatabase;
let system: Database;
let registry: TenantRegistry;

const createRegistry = () =>
  createTenantRegistry({
    system,
    databases: { kind: 'server', adminUrl: () => inject('postgresAdminUrl') },
    secrets,
    logger,
  });

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'gateway-new-tenants-'));
  secrets = createFileSecretStore({ dataDir });
  systemDatabase = await createTestDatabase();
  system = await openSystemDatabase({ url: systemDatabase.url, logger });
  registry = createRegistry();
});
afterEach(() =>
  registry.newTenantSettings.write(Object.fromEntries(newTenantSettingNames.map((name) => [name, null]))),
);
afterAll(async () => {
  for (const { customerId, ownsDatabase } of await registry.list()) {
    await registry.remove(customerId, { dropDatabase: ownsDatabase });
  }
  await system.stop();
  await systemDatabase.stop();
  rmSync(dataDir, { recursive: true });
});

async function withDatabaseOf<T>(
  customerId: string,
  work: (database: Awaited<ReturnType<typeof openTenantDatabase>>) => Promise<T>,
): Promise<T> {
  const tenant = await registry.get(customerId);
  const database = await openTenantDatabase({ url: tenant?.databaseUrl ?? '', logger, customerId });
  try {
    return await work(database);
  } finally {
    await database.stop();
  }
}

const settingsOf = (customerId: string): Promise<TenantSettings> =>
  withDatabaseOf(customerId, async (database) =>
    readSettings(database, customerId, secrets, await registry.operatorSettings.read(customerId, database)),
  );

/** Everything there is to decide, each with another value than the built-in. */
const everything = {
  email_enabled: false,
  use_customer_smtp: true,
  smtp_host: 'mail.provider.example',
  smtp_port: 2525,
  smtp_secure: true,
  smtp_allow_plaintext_login: true,
  smtp_bcc: 'archive@office.example',
  whatsapp_enabled: false,
  use_customer_whatsapp: true,
  whatsapp_min_gap_ms: 20_000,
  whatsapp_max_gap_ms: 30_000,
  whatsapp_new_contacts_per_day: 7,
  whatsapp_quiet_hours: '19:00-06:30',
  whatsapp_email_fallback: true,
  rate_limit_per_minute: 11,
  rate_limit_per_hour: 222,
  rate_limit_user_per_minute: 3,
  max_retries: 2,
  first_retry_seconds: 0.5,
  allow_private_urls: true,
  locale: 'en-NA',
  currency: 'NAD',
  timezone: 'Africa/Windhoek',
  default_country: 'NA',
} satisfies Required<NewTenantSettings>;

describe('what new tenants begin with', () => {
  test('is in force for whoever is added from then on, and for nobody who was there', async () => {
    await registry.add({ customerId: 'BEFORE' });
    await registry.newTenantSettings.write(everything);
    await registry.add({ customerId: 'AFTER' });
    expect(await settingsOf('AFTER')).toEqual({ ...defaultTenantSettings, ...everything });
    expect(await settingsOf('BEFORE')).toEqual(defaultTenantSettings);
    await registry.newTenantSettings.write({ locale: 'af-ZA', whatsapp_enabled: null });
    expect(await settingsOf('AFTER')).toEqual({ ...defaultTenantSettings, ...everything });
  });

  test('holds for every gateway on the same system database at once', async () => {
    const otherGateway = createRegistry();
    await registry.newTenantSettings.write({ currency: 'eur' });
    expect(await otherGateway.newTenantSettings.read()).toEqual({ currency: 'EUR' });
    await otherGateway.add({ customerId: 'ELSEWHERE' });
    expect(await settingsOf('ELSEWHERE')).toMatchObject({ currency: 'EUR' });
  });

  test('a setting of the tenant wins, and resetting that goes back to the built-in default', async () => {
    await registry.newTenantSettings.write({ timezone: 'Europe/Berlin' });
    await registry.add({ customerId: 'RESET' });
    const change = (timezone: string | null) =>
      withDatabaseOf('RESET', (database) =>
        writeSettings(database, 'RESET', { timezone }, secrets, registry.operatorSettings),
      );
    await change('Africa/Maputo');
    expect((await settingsOf('RESET')).timezone).toBe('Africa/Maputo');
    await change(null);
    expect((await settingsOf('RESET')).timezone).toBe(defaultTenantSettings.timezone);
  });

  test("an adopted database keeps the settings that are in it; limits are the operator's", async () => {
    const theirs = await createTestDatabase({ seed: 'seed' });
    try {
      await registry.newTenantSettings.write({ max_retries: 1, smtp_port: 2525, rate_limit_per_hour: 5 });
      await registry.add({ customerId: 'ACC001', databaseUrl: theirs.url });
      const { max_retries, smtp_port, rate_limit_per_hour } = await settingsOf('ACC001');
      expect({ max_retries, rate_limit_per_hour }).toEqual({
        max_retries: defaultTenantSettings.max_retries,
        rate_limit_per_hour: 5,
      });
      expect(smtp_port).not.toBe(2525);
      // Nobody had settings for this one.
      await registry.add({ customerId: 'ACC777', databaseUrl: theirs.url });
      expect(await settingsOf('ACC777')).toMatchObject({ max_retries: 1, smtp_port: 2525 });
    } finally {
      for (const id of ['ACC001', 'ACC777']) await registry.remove(id, { dropDatabase: false });
      await theirs.stop();
    }
  });

  test('that is stored and makes no sense is left out, as of a backup from another version', async () => {
    const stored = {
      locale: 'en-BW',
      currency: 'nothing',
      smtp_password: 'x',
      webhook_url: 'http://a.example',
    };
    await writeGatewaySetting(system, 'new_tenant_settings', { ...stored, of_later: 1 });
    expect(await registry.newTenantSettings.read()).toEqual({ locale: 'en-BW' });
  });
});

describe('changing it', () => {
  test('tells before and after; what is reset and what is the same already counts as no change', async () => {
    const { newTenantSettings } = registry;
    const first = await newTenantSettings.write({ max_retries: '3', email_enabled: 'off', locale: '' });
    expect(first.changed).toEqual([
      { name: 'email_enabled', before: null, after: false },
      { name: 'max_retries', before: null, after: 3 },
    ]);
    const second = await newTenantSettings.write({ max_retries: 3, email_enabled: null });
    expect(second).toEqual({
      settings: { max_retries: 3 },
      changed: [{ name: 'email_enabled', before: false, after: null }],
    });
  });

  test('names every setting that is wrong, and changes nothing', async () => {
    const wrong = {
      max_retries: 1,
      timezone: 'Mars',
      smtp_password: 'geheim',
      webhook_url: 'https://shop.example/hook',
      use_customer_smtp: true,
      whatsapp_min_gap_ms: 60_000,
    };
    await expect(registry.newTenantSettings.write(wrong)).rejects.toMatchObject({
      code: 'invalid_setting',
      details: [
        { setting: 'timezone', message: 'must be a time zone such as Africa/Johannesburg' },
        { setting: 'smtp_password', message: expect.stringMatching(/^is a secret of each tenant/) as string },
        { setting: 'webhook_url', message: expect.stringMatching(/^belongs to each tenant/) as string },
        { setting: 'whatsapp_min_gap_ms' },
        { setting: 'use_customer_smtp', message: 'needs an smtp_host' },
      ],
    });
    expect(await registry.newTenantSettings.read()).toEqual({});
    await expect(registry.newTenantSettings.write({ langauge: 'af' })).rejects.toMatchObject({
      code: 'unknown_setting',
    });
  });

  test('takes no secret, and nothing that names one tenant', () => {
    const names: readonly string[] = newTenantSettingNames;
    expect(names.filter((name) => (secretSettingNames as readonly string[]).includes(name))).toEqual([]);
    expect([...names].sort()).toEqual(Object.keys(everything).sort());
  });

  test('by several at once keeps what each has changed', async () => {
    await Promise.all([
      registry.newTenantSettings.write({ locale: 'de-DE' }),
      createRegistry().newTenantSettings.write({ currency: 'EUR' }),
      registry.newTenantSettings.write({ default_country: 'DE' }),
    ]);
    expect(await registry.newTenantSettings.read()).toEqual({
      locale: 'de-DE',
      currency: 'EUR',
      default_country: 'DE',
    });
  });
});
