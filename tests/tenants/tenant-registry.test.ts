import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import { createApiKeys } from '../../main/gateway/auth/api-keys';
import { createFileSecretStore, type SecretStore } from '../../main/gateway/secrets/secret-store';
import { withDatabaseName } from '../../main/gateway/storage/connection-trouble';
import type { Database } from '../../main/gateway/storage/database';
import { openSystemDatabase } from '../../main/gateway/storage/system-database';
import {
  createTenantRegistry,
  type TenantRegistry,
  type TenantRegistryOptions,
} from '../../main/gateway/tenants/tenant-registry';
import { createMemoryLogger } from '../support/memory-logger';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

const logger = createMemoryLogger();
const adminUrl = inject('postgresAdminUrl');
let dataDir: string;
let secrets: SecretStore;
let systemDatabase: TestDatabase;
let system: Database;
let registry: TenantRegistry;
/** what a test has made on the shared server, to be dropped after it */
let made: Set<string>;

async function sql<Row extends object>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

async function listDatabases(): Promise<string[]> {
  const rows = await sql<{ datname: string }>(adminUrl, 'select datname from pg_database');
  return rows.map((row) => row.datname);
}

function createRegistry(changes: Partial<TenantRegistryOptions> = {}): TenantRegistry {
  return createTenantRegistry({
    system,
    databases: { kind: 'server', adminUrl: () => adminUrl },
    secrets,
    logger,
    ...changes,
  });
}

async function add(customerId: string, options: { databaseUrl?: string; name?: string } = {}) {
  const added = await registry.add({ customerId, ...options });
  made.add(new URL(added.tenant.databaseUrl).pathname.slice(1));
  return added;
}

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'gateway-registry-'));
  secrets = createFileSecretStore({ dataDir });
  systemDatabase = await createTestDatabase();
  system = await openSystemDatabase({ url: systemDatabase.url, logger });
  made = new Set();
});
afterAll(async () => {
  await system.stop();
  await systemDatabase.stop();
  for (const name of made) {
    await sql(adminUrl, `drop database if exists "${name}" with (force)`);
    await sql(adminUrl, `drop role if exists "${name}"`);
  }
  rmSync(dataDir, { recursive: true });
});
beforeEach(() => {
  registry = createRegistry();
});

describe('add', () => {
  test('makes a database with its own role, migrated, with a row of settings, and a key', async () => {
    const { tenant, apiKey } = await add('ACC003', { name: ' The  shop ' });
    expect(tenant).toMatchObject({ customerId: 'ACC003', name: 'The  shop', paused: false });
    expect(new URL(tenant.databaseUrl).username).not.toBe(new URL(adminUrl).username);

    const settings = await sql<{ customer_id: string }>(
      tenant.databaseUrl,
      'select customer_id from settings_email_whatsapp',
    );
    expect(settings).toEqual([{ customer_id: 'ACC003' }]);
    await sql(
      tenant.databaseUrl,
      `insert into websocket_events (customer_id, event_type, event_data) values ('ACC003', 'x', '[]')`,
    );

    const keys = createApiKeys({ system, logger });
    expect(await keys.verify(apiKey)).toBe('ACC003');
    expect(await registry.list()).toContainEqual(tenant);
    expect(await registry.get('ACC003')).toEqual(tenant);
  });

  test('a password for the database is not kept in plain', async () => {
    const { tenant } = await add('PLAIN');
    const rows = await system.query({ name: 'test', text: 'select * from tenants', prepare: false });
    expect(JSON.stringify(rows)).not.toContain(new URL(tenant.databaseUrl).password);
  });

  test('the role of one tenant cannot get into the database of another', async () => {
    const one = (await add('ONE')).tenant.databaseUrl;
    const other = new URL((await add('OTHER')).tenant.databaseUrl).pathname.slice(1);
    await expect(sql(withDatabaseName(one, other), 'select 1')).rejects.toThrow(/permission denied/);
  });

  test.each(['', 'a b', 'ä', 'x'.repeat(51), "x';drop", '..', '../x', '-_.'])('%j is no id', async (id) => {
    await expect(registry.add({ customerId: id })).rejects.toMatchObject({ code: 'invalid_customer_id' });
  });

  test.each(['a', 'A.b_c-9', 'x'.repeat(50)])('%j is an id', async (id) => {
    const { tenant } = await add(id);
    expect(await sql(tenant.databaseUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('twice is refused and changes nothing', async () => {
    const { tenant } = await add('TWICE');
    await expect(registry.add({ customerId: 'TWICE' })).rejects.toMatchObject({ code: 'tenant_exists' });
    expect(await sql(tenant.databaseUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('of several at once exactly one succeeds, and its database works', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 4 }, () => createRegistry().add({ customerId: 'RACE' })),
    );
    const added = results.filter((result) => result.status === 'fulfilled');
    expect(added).toHaveLength(1);
    const url = added[0]!.value.tenant.databaseUrl;
    made.add(new URL(url).pathname.slice(1));
    expect(await sql(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'tenant_exists' });
    }
  });

  test('a step that fails leaves neither tenant nor database nor key', async () => {
    // Other files make databases on this server meanwhile: only those of this id count.
    const ofHalf = async () => (await listDatabases()).filter((name) => name.includes('HALF'));
    const before = await ofHalf();
    const failing = createRegistry({
      system: { ...system, transaction: () => Promise.reject(new Error('the disk is full')) },
    });
    await expect(failing.add({ customerId: 'HALF' })).rejects.toThrow('the disk is full');
    expect(await registry.get('HALF')).toBeUndefined();
    expect(await ofHalf()).toEqual(before);
    await add('HALF');
    expect(await ofHalf()).toHaveLength(before.length + 1);
  });

  test('gateways that share a server do not share the databases of tenants', async () => {
    const otherSystem = await createTestDatabase();
    const opened = await openSystemDatabase({ url: otherSystem.url, logger });
    try {
      const one = await add('SHARED');
      const other = await createRegistry({ system: opened }).add({ customerId: 'SHARED' });
      made.add(new URL(other.tenant.databaseUrl).pathname.slice(1));
      expect(new URL(other.tenant.databaseUrl).pathname).not.toBe(new URL(one.tenant.databaseUrl).pathname);
    } finally {
      await opened.stop();
      await otherSystem.stop();
    }
  });
});

describe('add with a database that is there', () => {
  test.each(['seed', 'settings-schema'] as const)(
    'adopts one of the layout %s without changing a row',
    async (seed) => {
      const theirs = await createTestDatabase({ seed });
      try {
        const { tenant } = await registry.add({ customerId: 'ACC001', databaseUrl: theirs.url });
        expect(tenant.databaseUrl).toBe(theirs.url);
        const table = seed === 'seed' ? 'public.settings_email_whatsapp' : 'settings.email_whatsapp';
        const rows = await sql<{ smtp_password: string }>(
          theirs.url,
          `select smtp_password from ${table} where customer_id = 'ACC001'`,
        );
        expect(rows).toEqual([{ smtp_password: 'plain-password' }]);
        await expect(registry.remove('ACC001', { dropDatabase: true })).rejects.toMatchObject({
          code: 'database_not_ours',
        });
        await registry.remove('ACC001', { dropDatabase: false });
        expect(await listDatabases()).toContain(theirs.name);
      } finally {
        await theirs.stop();
      }
    },
  );

  test('a customer without a row gets one', async () => {
    const theirs = await createTestDatabase({ seed: 'seed' });
    try {
      await registry.add({ customerId: 'ACC777', databaseUrl: theirs.url });
      const rows = await sql(
        theirs.url,
        `select email_enabled from settings_email_whatsapp where customer_id = 'ACC777'`,
      );
      expect(rows).toEqual([{ email_enabled: true }]);
      await registry.remove('ACC777', { dropDatabase: false });
    } finally {
      await theirs.stop();
    }
  });

  test("the gateway's own database is not given to a tenant", async () => {
    await expect(
      registry.add({ customerId: 'SYSTEM', databaseUrl: systemDatabase.url }),
    ).rejects.toMatchObject({ code: 'database_taken' });
    expect(await registry.get('SYSTEM')).toBeUndefined();
  });

  test('what cannot be reached is said in one sentence without the password', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const wrongPassword = new URL(adminUrl);
    wrongPassword.password = 'guessed-wrongly';
    const cases: [string, RegExp][] = [
      [`postgres://ann:hidden@127.0.0.1:${port}/shop`, /^No PostgreSQL answers at 127\.0\.0\.1:\d+\.$/],
      [withDatabaseName(adminUrl, 'no_such_database'), /has no database no_such_database\.$/],
      [wrongPassword.href, /does not let postgres in: wrong user or password\.$/],
      ['mysql://ann:hidden@db/shop', /must look like postgres:/],
      ['postgres://ann:hidden@db', /must look like postgres:/],
      ['nonsense', /must look like postgres:/],
      ['postgres://ann:hidden%@db/shop', /^The password in .* contains a % .*: write %25/],
      ['postgres://ann:hidden%C3%28@db/shop', /^The password in .* contains a %/],
      ['postgres://an%zz:hidden@db/shop', /^The user in /],
      ['postgres://ann:hidden@100%/shop', /^The host in /],
      ['postgres://ann:hidden@db1,100%/shop', /cannot be used|The host in |no PostgreSQL|not known/i],
      ['postgres://ann:hidden@db/100%', /^The database name in /],
    ];
    for (const [databaseUrl, message] of cases) {
      const error = await registry
        .add({ customerId: 'AWAY', databaseUrl })
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Error);
      expect((error as Error).message).toMatch(message);
      expect((error as Error).message).not.toMatch(/hidden|guessed/);
    }
    expect(await registry.get('AWAY')).toBeUndefined();
  });
});

describe('TENANT_DATABASE_TEMPLATE', () => {
  const unique = randomBytes(4).toString('hex');

  test('as a name: the database is adopted when it is there', async () => {
    const theirs = await createTestDatabase({ seed: 'seed' });
    try {
      const template = theirs.name.replace(/_.*/, '_{customer_id}');
      registry = createRegistry({ template });
      const customerId = theirs.name.replace('test_', '');
      const { tenant } = await registry.add({ customerId });
      expect(new URL(tenant.databaseUrl).pathname).toBe(`/${theirs.name}`);
      await expect(registry.remove(customerId, { dropDatabase: true })).rejects.toMatchObject({
        code: 'database_not_ours',
      });
      await registry.remove(customerId, { dropDatabase: false });
    } finally {
      await theirs.stop();
    }
  });

  test('as a name: the database is made when it is not there', async () => {
    registry = createRegistry({ template: `app_${unique}_{customer_id}` });
    const { tenant } = await add('T1');
    expect(new URL(tenant.databaseUrl).pathname).toBe(`/app_${unique}_T1`);
    await registry.remove('T1', { dropDatabase: true });
    expect(await listDatabases()).not.toContain(`app_${unique}_T1`);
  });

  test('as an address: made when it is not there, dropped when asked', async () => {
    registry = createRegistry({
      template: withDatabaseName(adminUrl, 'x').replace(/x$/, `url_${unique}_{customer_id}`),
    });
    const { tenant } = await add('T2');
    expect(new URL(tenant.databaseUrl).pathname).toBe(`/url_${unique}_T2`);
    await registry.remove('T2', { dropDatabase: true });
    expect(await listDatabases()).not.toContain(`url_${unique}_T2`);
  });

  test('an account that may not make databases is told what to do', async () => {
    const role = `limited_${unique}`;
    await sql(adminUrl, `create role ${role} login password 'limited'`);
    onTestFinished(async () => {
      await sql(adminUrl, `revoke connect on database postgres from ${role}`);
      await sql(adminUrl, `drop role ${role}`);
    });
    const url = new URL(adminUrl);
    url.username = role;
    url.password = 'limited';
    registry = createRegistry({
      databases: { kind: 'server', adminUrl: () => withDatabaseName(url.href, 'postgres') },
    });
    await sql(adminUrl, `grant connect on database postgres to ${role}`);
    await expect(registry.add({ customerId: 'LIMITED' })).rejects.toMatchObject({
      code: 'database_not_allowed',
      message: expect.stringMatching(/may not make it: grant CREATEDB/) as string,
    });
    // With CREATEDB alone it owns the databases of tenants itself.
    await sql(adminUrl, `alter role ${role} createdb`);
    const { tenant } = await add('LIMITED');
    expect(new URL(tenant.databaseUrl).username).toBe(role);
    await registry.remove('LIMITED', { dropDatabase: true });
    expect(await listDatabases()).not.toContain(new URL(tenant.databaseUrl).pathname.slice(1));
  });
});

describe('remove', () => {
  test('keeps the database, and adding the tenant again finds it', async () => {
    const first = await add('BACK');
    await sql(
      first.tenant.databaseUrl,
      `insert into websocket_events (customer_id, event_type, event_data) values ('BACK', 'kept', '{}')`,
    );
    await registry.remove('BACK', { dropDatabase: false });
    expect(await registry.get('BACK')).toBeUndefined();
    const keys = createApiKeys({ system, logger });
    expect(await keys.verify(first.apiKey)).toBeUndefined();

    const again = await add('BACK');
    const rows = await sql(again.tenant.databaseUrl, 'select event_type from websocket_events');
    expect(rows).toEqual([{ event_type: 'kept' }]);
  });

  test('drops the database and its role when asked, also while somebody is connected', async () => {
    const { tenant } = await add('GONE');
    const client = new pg.Client({ connectionString: tenant.databaseUrl });
    client.on('error', () => undefined);
    await client.connect();
    await registry.remove('GONE', { dropDatabase: true });
    await client.end();
    expect(await listDatabases()).not.toContain(new URL(tenant.databaseUrl).pathname.slice(1));
    const roles = await sql(adminUrl, 'select rolname from pg_roles where rolname = $1', [
      new URL(tenant.databaseUrl).username,
    ]);
    expect(roles).toEqual([]);
  });

  test('an unknown tenant is said so', async () => {
    const error = { code: 'tenant_not_found' };
    await expect(registry.remove('NOBODY', { dropDatabase: false })).rejects.toMatchObject(error);
    await expect(registry.setPaused('NOBODY', true)).rejects.toMatchObject(error);
    await expect(registry.update('NOBODY', { name: 'x' })).rejects.toMatchObject(error);
  });
});

test('pausing and renaming are kept', async () => {
  await add('CHANGED');
  await registry.setPaused('CHANGED', true);
  await registry.update('CHANGED', { name: 'New name' });
  expect(await registry.get('CHANGED')).toMatchObject({ paused: true, name: 'New name' });
  await registry.setPaused('CHANGED', false);
  expect(await registry.get('CHANGED')).toMatchObject({ paused: false, name: 'New name' });
  await expect(registry.update('CHANGED', { name: 'x\ny' })).rejects.toMatchObject({ code: 'invalid_name' });
});

test('a tenant whose secret cannot be read does not hide the others', async () => {
  await add('READABLE');
  const strange = createRegistry({
    secrets: createFileSecretStore({ dataDir: '/nowhere', masterKey: 'another-key-000000' }),
  });
  const listed = (await strange.list()).find((tenant) => tenant.customerId === 'READABLE');
  expect(listed).toMatchObject({ databaseUrl: '' });
  expect(listed?.databaseProblem).toMatch(/cannot be read/);
});
