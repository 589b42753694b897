import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { createApiKeys } from '../../main/gateway/auth/api-keys';
import { createBackup } from '../../main/gateway/backup/create-backup';
import { restoreBackup, type RestoreSummary } from '../../main/gateway/backup/restore-backup';
import { createFileSecretStore, secretKeyFile } from '../../main/gateway/secrets/secret-store';
import { listAudit, recordAudit } from '../../main/gateway/storage/audit-store';
import { systemBackupTables, tenantBackupTables } from '../../main/gateway/storage/backup-tables';
import { withDatabaseName } from '../../main/gateway/storage/connection-trouble';
import type { Database } from '../../main/gateway/storage/database';
import { keepGatewaySetting, readGatewaySetting } from '../../main/gateway/storage/gateway-settings-store';
import { openSystemDatabase } from '../../main/gateway/storage/system-database';
import { openTenantDatabase } from '../../main/gateway/storage/tenant-database';
import { createTenantRegistry, type TenantRegistry } from '../../main/gateway/tenants/tenant-registry';
import { readSettings, writeSettings } from '../../main/gateway/tenants/tenant-settings';
import { createMemoryLogger } from '../support/memory-logger';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

const logger = createMemoryLogger();
const databases = { kind: 'server' as const, adminUrl: () => inject('postgresAdminUrl') };

/** A data folder and a system database: what one gateway has. */
interface Place {
  readonly dataDir: string;
  readonly system: Database;
  readonly registry: TenantRegistry;
  stop(): Promise<void>;
}

async function sql<Row extends object>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

async function createPlace(): Promise<Place> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-backup-'));
  const testDatabase = await createTestDatabase();
  const system = await openSystemDatabase({ url: testDatabase.url, logger });
  const openRegistry = () =>
    createTenantRegistry({ system, databases, secrets: createFileSecretStore({ dataDir }), logger });
  return {
    dataDir,
    system,
    // Opened again each time, as processes do: a restore may have brought another key.
    get registry() {
      return openRegistry();
    },
    async stop() {
      for (const { customerId, databaseUrl } of await openRegistry().list()) {
        const isOwn = databaseUrl.includes('/tenant_');
        await openRegistry().remove(customerId, { dropDatabase: isOwn });
      }
      await system.stop();
      await testDatabase.stop();
      rmSync(dataDir, { recursive: true });
    },
  };
}

function backup({ dataDir, system }: Place, file: string, withSecrets = false) {
  const secrets = createFileSecretStore({ dataDir });
  return createBackup({ system, databases, secrets, dataDir, logger, file, withSecrets });
}

function restore({ dataDir, system, registry }: Place, file: string, force = false): Promise<RestoreSummary> {
  const openSecrets = () => createFileSecretStore({ dataDir });
  return restoreBackup({ system, databases, registry, openSecrets, dataDir, logger, file, force });
}

/** Every row of every table that a backup takes, as texts. */
async function contentsOf(databaseUrl: string): Promise<Record<string, unknown[]>> {
  const tenant = await openTenantDatabase({ url: databaseUrl, logger, customerId: 'any' });
  try {
    const tables = tenantBackupTables(tenant.layout);
    const contents: Record<string, unknown[]> = {};
    for (const { name, sql: table } of tables) {
      contents[name] = await tenant.db.query({
        name: 'test',
        prepare: false,
        text: `select t::text as row from ${table} as t order by 1`,
      });
    }
    return contents;
  } finally {
    await tenant.stop();
  }
}

async function fillTenant(url: string, customerId: string): Promise<void> {
  await sql(
    url,
    `insert into websocket_events (customer_id, event_type, event_data, idempotency_key, created_at)
     select $1, 'invoice:sent', jsonb_build_object('n', n, 'text', E'Größe\\n"quoted" \\\\ 🧾', 'amount', 1500.10), 'key ' || n,
       timestamp '2024-02-29 23:59:59.123456'
     from generate_series(1, 1000) as n`,
    [customerId],
  );
  // Larger than what is read in one go, and than a part of the archive.
  for (let n = 0; n < 2; n += 1) {
    await sql(
      url,
      `insert into websocket_events (customer_id, event_type, event_data) values ($1, 'big', $2)`,
      [customerId, JSON.stringify({ content: randomBytes(2_500_000).toString('base64') })],
    );
  }
  await sql(
    url,
    `insert into message_deliveries (event_id, customer_id, channel, recipient, message_content, status, next_attempt_at)
     select id, customer_id, 'email', 'a@example.com', null, 'sent', '2024-03-01T10:00:00.5+02' from websocket_events`,
  );
  await sql(
    url,
    `update message_deliveries set direct_content = $1 where id in (select id from message_deliveries limit 3)`,
    [randomBytes(300_000)],
  );
  await sql(url, `insert into whatsapp_contacts (phone, chat_id) values ('27820000000', '27820000000@c.us')`);
  await sql(
    url,
    `insert into tenant_event_types (event_type, definition) values ('own:type', '{"a":[1,2.50]}')`,
  );
  // The highest numbers are gone, and must not be given again.
  await sql(url, 'delete from message_deliveries where id > 990');
}

let source: Place;
let target: Place;
let folder: string;
let file: string;
let theirs: TestDatabase;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-archives-'));
  source = await createPlace();
  theirs = await createTestDatabase({ seed: 'settings-schema' });
  const { tenant } = await source.registry.add({ customerId: 'OWN', name: 'Own database' });
  await fillTenant(tenant.databaseUrl, 'OWN');
  await source.registry.add({ customerId: 'ACC001', databaseUrl: theirs.url });
  const tenantDatabase = await openTenantDatabase({
    url: tenant.databaseUrl,
    logger,
    customerId: 'OWN',
  });
  const secrets = createFileSecretStore({ dataDir: source.dataDir });
  await writeSettings(
    tenantDatabase,
    'OWN',
    { smtp_password: 'Gehëim', locale: 'af-ZA', rate_limit_per_hour: 77 },
    secrets,
    source.registry.operatorSettings,
  );
  await tenantDatabase.stop();
  await source.registry.setPaused('ACC001', true);
  await keepGatewaySetting(source.system, 'jwt_secret', secrets.encrypt('signs tokens'));
  await keepGatewaySetting(source.system, 'name', 'The office');
  await recordAudit(source.system, { actor: 'ann', action: 'tenant.added', customerId: 'OWN' });
  file = join(folder, 'backup.tar.gz');
  await backup(source, file, true);
});
afterAll(async () => {
  await source.stop();
  await theirs.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  target = await createPlace();
});
afterEach(() => target.stop());

async function urlOf(place: Place, customerId: string): Promise<string> {
  return (await place.registry.get(customerId))!.databaseUrl;
}

test('with its key, everything is as it was: rows, keys, secrets, numbers, tenants', async () => {
  const key = (await createApiKeys({ system: source.system, logger }).create('OWN', 'another')).key;
  const second = join(folder, 'second.tar.gz');
  const summary = await backup(source, second, true);
  expect(summary.bytes).toBe(statSync(second).size);

  await recordAudit(target.system, { actor: 'bob', action: 'looked around' });
  const restored = await restore(target, second);
  expect(restored.renewed).toEqual([]);
  expect(await contentsOf(await urlOf(target, 'OWN'))).toEqual(await contentsOf(await urlOf(source, 'OWN')));

  const withoutUrl = async (place: Place) =>
    (await place.registry.list()).map(({ databaseUrl: _, ...tenant }) => tenant);
  expect(await withoutUrl(target)).toEqual(await withoutUrl(source));
  expect(await createApiKeys({ system: target.system, logger }).verify(key)).toBe('OWN');

  const secrets = createFileSecretStore({ dataDir: target.dataDir });
  const tenant = await openTenantDatabase({
    url: await urlOf(target, 'OWN'),
    logger,
    customerId: 'OWN',
  });
  const operator = await target.registry.operatorSettings.read('OWN', tenant);
  expect(operator.rate_limit_per_hour).toBe(77);
  expect(await readSettings(tenant, 'OWN', secrets, operator)).toMatchObject({
    smtp_password: 'Gehëim',
    locale: 'af-ZA',
  });
  await tenant.stop();
  expect(secrets.decrypt((await readGatewaySetting(target.system, 'jwt_secret')) as string)).toBe(
    'signs tokens',
  );
  expect(await readGatewaySetting(target.system, 'name')).toBe('The office');
  const audit = await listAudit(source.system, { limit: 10 });
  expect(audit).toMatchObject([{ actor: 'ann' }]);
  expect(await listAudit(target.system, { limit: 10 })).toEqual(audit);
  expect(statSync(secretKeyFile(target.dataDir)).mode & 0o777).toBe(0o600);
});

test('numbers of deleted rows are not given again', async () => {
  await restore(target, file);
  const [row] = await sql<{ id: number }>(
    await urlOf(target, 'OWN'),
    `insert into message_deliveries (customer_id, channel, recipient) values ('OWN', 'email', 'x') returning id`,
  );
  expect(row!.id).toBe(1003);
});

test('the database of a tenant has a new password, and the old one is not in the backup', async () => {
  await restore(target, file);
  const before = new URL(await urlOf(source, 'OWN')).password;
  expect(new URL(await urlOf(target, 'OWN')).password).not.toBe(before);
  const archive = gunzipSync(readFileSync(file)).toString('latin1');
  expect(archive).not.toContain(before);
  expect(archive).not.toContain('Gehëim');
});

test('an adopted database that has rows is used and left as it is', async () => {
  const before = await contentsOf(theirs.url);
  const { tenants } = await restore(target, file);
  expect(tenants.find(({ customerId }) => customerId === 'ACC001')).toEqual({
    customerId: 'ACC001',
    rows: 0,
    isMissing: false,
    notes: ['Its database was adopted and has rows: it was left as it is.'],
  });
  expect(await urlOf(target, 'ACC001')).toBe(theirs.url);
  expect(await contentsOf(theirs.url)).toEqual(before);
});

test('an adopted database that was emptied is filled; one that is away is said so', async () => {
  const adopted = await createTestDatabase({ seed: 'seed' });
  await target.registry.add({ customerId: 'ACC001', databaseUrl: adopted.url });
  const own = join(folder, 'adopted.tar.gz');
  await backup(target, own, true);
  const before = await contentsOf(adopted.url);

  const later = await createPlace();
  try {
    for (const table of ['message_deliveries', 'websocket_events', 'settings_email_whatsapp']) {
      await sql(adopted.url, `delete from ${table}`);
    }
    await sql(adopted.url, 'delete from settings.whatsapp_sessions');
    const restored = await restore(later, own);
    expect(restored.tenants).toMatchObject([{ customerId: 'ACC001', notes: [] }]);
    expect(await contentsOf(adopted.url)).toEqual(before);

    await adopted.stop();
    const again = await restore(later, own, true);
    expect(again.tenants[0]!.isMissing).toBe(true);
    expect(again.tenants[0]!.notes[0]).toMatch(/Its database was not touched: .* has no database/);
    expect(await urlOf(later, 'ACC001')).toBe(adopted.url);
  } finally {
    await later.stop();
  }
});

test('without its key, the data is there and what cannot be read is named', async () => {
  const bare = join(folder, 'bare.tar.gz');
  await backup(source, bare, false);
  const restored = await restore(target, bare);
  expect(restored.renewed).toEqual(['jwt_secret']);
  expect(await readGatewaySetting(target.system, 'jwt_secret')).toBeUndefined();
  const own = restored.tenants.find(({ customerId }) => customerId === 'OWN')!;
  expect(own.notes).toEqual(['smtp_password cannot be read with the key of this installation: enter again.']);
  expect(own.rows).toBeGreaterThan(1990);
  const adopted = restored.tenants.find(({ customerId }) => customerId === 'ACC001')!;
  expect(adopted.notes[0]).toMatch(/cannot be read with this installation's key/);
  expect(await sql(await urlOf(target, 'OWN'), 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('tenants that are there are kept, unless --force', async () => {
  await target.registry.add({ customerId: 'HERE' });
  const url = await urlOf(target, 'HERE');
  await expect(restore(target, file)).rejects.toMatchObject({ code: 'restore_not_empty' });
  expect(await sql(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await restore(target, file, true);
  expect((await target.registry.list()).map(({ customerId }) => customerId)).toEqual(['ACC001', 'OWN']);
  await expect(sql(url, 'select 1')).rejects.toThrow();
});

test('a database of a tenant that was removed is not written over', async () => {
  await target.registry.add({ customerId: 'OWN' });
  const url = await urlOf(target, 'OWN');
  await sql(
    url,
    `insert into websocket_events (customer_id, event_type, event_data) values ('OWN', 'kept', '{}')`,
  );
  await target.registry.remove('OWN', { dropDatabase: false });
  await expect(restore(target, file)).rejects.toThrow(/There is a database with rows for OWN here/);
  expect(await target.registry.list()).toEqual([]);
  expect(existsSync(secretKeyFile(target.dataDir))).toBe(true);
  await restore(target, file, true);
  expect(await contentsOf(await urlOf(target, 'OWN'))).toEqual(await contentsOf(await urlOf(source, 'OWN')));
});

test('a backup that is cut, changed or something else is refused before anything happens', async () => {
  const whole = readFileSync(file);
  const cases: [string, Buffer][] = [
    ['cut', whole.subarray(0, whole.length - 1000)],
    [
      'flipped',
      Buffer.concat([whole.subarray(0, 5000), Buffer.from([whole[5000]! ^ 1]), whole.subarray(5001)]),
    ],
    ['text', Buffer.from('no backup')],
    ['other tar', gzipSync(Buffer.alloc(1024))],
    ['empty', Buffer.alloc(0)],
  ];
  for (const [name, content] of cases) {
    const broken = join(folder, name);
    writeFileSync(broken, content);
    await expect(restore(target, broken), name).rejects.toMatchObject({ code: 'backup_unreadable' });
  }
  await expect(restore(target, join(folder, 'missing'))).rejects.toThrow(/cannot be read: it is not there/);
  expect(await target.registry.list()).toEqual([]);
  expect(readdirSync(target.dataDir)).toEqual([]);
});

test('a backup that fails leaves no file', async () => {
  const failing = join(folder, 'failing.tar.gz');
  const secrets = createFileSecretStore({ dataDir: source.dataDir });
  const system = { ...source.system, connect: () => Promise.reject(new Error('the database went away')) };
  const before = readdirSync(folder);
  await expect(
    createBackup({
      ...source,
      system,
      databases,
      secrets,
      logger,
      file: failing,
      withSecrets: false,
    }),
  ).rejects.toThrow('the database went away');
  expect(readdirSync(folder)).toEqual(before);
});

test('a tenant whose database is away does not keep the others from being saved', async () => {
  const away = await createTestDatabase();
  await target.registry.add({ customerId: 'AWAY', databaseUrl: away.url });
  await target.registry.add({ customerId: 'HERE' });
  await away.stop();
  const summary = await backup(target, join(folder, 'partly.tar.gz'));
  expect(summary.tenants).toMatchObject([
    { customerId: 'AWAY', omitted: expect.stringContaining('has no database') as string },
    { customerId: 'HERE' },
  ]);
  expect(summary.tenants[1]!.omitted).toBeUndefined();
});

test('every table of the migrations is part of a backup', async () => {
  const url = await urlOf(source, 'OWN');
  const tablesOf = async (databaseUrl: string) =>
    (
      await sql<{ name: string }>(
        databaseUrl,
        `select case table_schema when 'public' then table_name else table_schema || '.' || table_name end as name
         from information_schema.tables
         where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
      )
    )
      .map(({ name }) => name)
      .filter((name) => name !== 'modular_gateway_migrations')
      .sort();
  const layout = { baseSchema: 'public', searchPath: ['public'], settingsTable: 'settings_email_whatsapp' };
  // The words of the search are written down again from what came back.
  const madeAgain = ['message_search'];
  expect(await tablesOf(url)).toEqual(
    [...tenantBackupTables(layout).map(({ name }) => name), ...madeAgain].sort(),
  );
  // Who may sign in and is signed in here, who runs which session and how limits stand is no business of a gateway that
  // the backup is restored to; its office number is linked anew.
  const leftOut = [
    'console_invitations',
    'console_links',
    'console_people',
    'console_sessions',
    'gateways',
    'rate_limit_windows',
    'whatsapp_office_contacts',
    'whatsapp_office_inbound',
    'whatsapp_office_owner',
    'whatsapp_office_session',
    'whatsapp_session_owners',
  ];
  const [system] = await source.system.query<{ name: string }>({
    name: 'test.name',
    text: 'select current_database() as name',
  });
  expect(await tablesOf(withDatabaseName(databases.adminUrl(), system!.name))).toEqual(
    ['tenants', ...systemBackupTables.map(({ name }) => name), ...leftOut].sort(),
  );
});
