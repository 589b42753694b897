import { readdirSync } from 'node:fs';
import pg from 'pg';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { dropDatabase, ensureDatabase } from '../../main/gateway/storage/ensure-database';
import { migrateDatabase } from '../../main/gateway/storage/migrate-database';
import { detectTenantSchema } from '../../main/gateway/storage/tenant-schema';
import { seedRows, seedTables } from '../support/seed-tables';
import { createTestDatabase, type TestDatabaseOptions } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

const migrationNames = (kind: string) =>
  readdirSync(`main/gateway/storage/migrations/${kind}`).map((file) => file.replace(/\.sql$/, ''));

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  endings.push(() => client.end());
  return client;
}

async function connectToNew(options: TestDatabaseOptions = {}) {
  const database = await createTestDatabase(options);
  endings.push(() => database.stop());
  return { url: database.url, client: await connect(database.url) };
}

async function migrateTenant(client: pg.Client) {
  const schema = await detectTenantSchema(client);
  return { schema, applied: await migrateDatabase({ client, kind: 'tenant', schema }) };
}

/** Every row of the seed's tables, by the seed's own columns. */
async function readSeedRows(client: pg.Client, variant: 'seed' | 'settings-schema') {
  const schema = variant === 'seed' ? 'public' : 'settings';
  const settingsTable = variant === 'seed' ? 'public.settings_email_whatsapp' : 'settings.email_whatsapp';
  const read = async (sql: string) => (await client.query<Record<string, unknown>>(sql)).rows;
  return {
    settings:
      await read(`select id, customer_id, email_enabled, use_customer_smtp, smtp_host, smtp_port, smtp_username,
      smtp_password, whatsapp_enabled, use_customer_whatsapp, whatsapp_api_key, webhook_enabled, webhook_url,
      created_at::text from ${settingsTable} order by id`),
    events: await read(`select id, customer_id, event_type, event_data, status, created_at::text
      from ${schema}.websocket_events order by id`),
    deliveries: await read(`select id, event_id, customer_id, channel, recipient, message_content, status,
      sent_at::text, retry_count from ${schema}.message_deliveries order by id`),
    sessions: await read(`select id, customer_id, status, qr_code, error_message, last_updated::text
      from settings.whatsapp_sessions order by id`),
  };
}

const publicLayout = {
  baseSchema: 'public',
  searchPath: ['public', 'settings'],
  settingsTable: 'public.settings_email_whatsapp',
};
const settingsLayout = {
  baseSchema: 'settings',
  searchPath: ['settings', 'public'],
  settingsTable: 'settings.email_whatsapp',
};

describe('a tenant database', () => {
  test('is made from nothing, with the seed page’s tables and columns', async () => {
    const { client } = await connectToNew();
    const { schema, applied } = await migrateTenant(client);
    expect(schema).toEqual(publicLayout);
    expect(applied).toEqual(migrationNames('tenant'));
    // The rows of a used installation fit in, so every column of the seed is there with its type.
    await client.query(seedRows('seed'));
    const { rows } = await client.query<{ name: string }>(
      `select table_schema || '.' || table_name as name from information_schema.tables
       where table_schema in ('public', 'settings') order by 1`,
    );
    const names = rows.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['public.delivery_attempts', 'settings.whatsapp_sessions']));
    expect(names.filter((name) => name.startsWith('settings.'))).toEqual(['settings.whatsapp_sessions']);
  });

  test.each([
    { seed: 'seed' as const, layout: publicLayout },
    { seed: 'settings-schema' as const, layout: settingsLayout },
  ])('of the original server ($seed) keeps every row and value', async ({ seed, layout }) => {
    const { client } = await connectToNew({ seed });
    const before = await readSeedRows(client, seed);
    expect(before.events).toHaveLength(4);
    const { schema, applied } = await migrateTenant(client);
    expect(schema).toEqual(layout);
    expect(applied).toEqual(migrationNames('tenant'));
    expect(await readSeedRows(client, seed)).toEqual(before);
    const { rows } = await client.query<{ added: boolean; twins: number }>(
      `select exists (select from information_schema.columns where table_schema || '.' || table_name = $1
           and column_name = 'webhook_secret') as added,
         (select count(*)::integer from information_schema.tables
           where table_name in ('websocket_events', 'message_deliveries', 'settings_email_whatsapp',
             'email_whatsapp', 'delivery_attempts', 'modular_gateway_migrations')) as twins`,
      [layout.settingsTable],
    );
    expect(rows[0]).toEqual({ added: true, twins: 5 });
  });

  test.each(['none', 'seed', 'settings-schema'] as const)('(%s) is migrated once only', async (seed) => {
    const { client } = await connectToNew({ seed });
    const first = await migrateTenant(client);
    const second = await migrateTenant(client);
    expect(second).toEqual({ schema: first.schema, applied: [] });
  });

  test('takes what the seed’s role may do: an owner who is no superuser', async () => {
    const adminUrl = inject('postgresAdminUrl');
    const account = { adminUrl, databaseName: 'owned_by_app', role: 'app_owner', password: "p'w\\d %/@" };
    const { url } = await ensureDatabase(account);
    endings.push(() => dropDatabase(account));
    const client = await connect(url);
    await client.query(`${seedTables('settings-schema')} ${seedRows('settings-schema')}`);
    const { rows } = await client.query('select rolsuper from pg_roles where rolname = current_user');
    expect(rows).toEqual([{ rolsuper: false }]);
    const before = await readSeedRows(client, 'settings-schema');
    expect((await migrateTenant(client)).applied).toEqual(migrationNames('tenant'));
    expect(await readSeedRows(client, 'settings-schema')).toEqual(before);
  });

  test('needs no rights on the database itself where both schemas are there', async () => {
    const { client, url } = await connectToNew();
    const role = `restricted_${process.pid}`;
    await client.query(`create role ${role} login password 'x'`);
    endings.push(async () => {
      await client.query(`reset role; drop owned by ${role}; drop role ${role}`);
    });
    await client.query(`revoke all on database ${new URL(url).pathname.slice(1)} from public`);
    await client.query(`grant connect on database ${new URL(url).pathname.slice(1)} to ${role}`);
    await client.query(`create schema settings authorization ${role}`);
    const restricted = new URL(url);
    restricted.username = role;
    restricted.password = 'x';
    const app = await connect(restricted.href);
    await app.query(seedTables('settings-schema').replace('create schema if not exists settings;', ''));
    expect((await migrateTenant(app)).applied).toEqual(migrationNames('tenant'));
  });

  test('waits for another process that migrates it, and then has nothing to do', async () => {
    const { client, url } = await connectToNew({ seed: 'seed' });
    const second = await connect(url);
    const [one, other] = await Promise.all([migrateTenant(client), migrateTenant(second)]);
    expect([one.applied.length, other.applied.length].sort((a, b) => a - b)).toEqual([
      0,
      migrationNames('tenant').length,
    ]);
    expect(await readSeedRows(client, 'seed')).toMatchObject({ events: { length: 4 } });
  });

  test('stays as it was when a migration fails', async () => {
    const { client } = await connectToNew({ seed: 'seed' });
    // A view of the name of a table that a later migration makes.
    await client.query('create view delivery_attempts as select 1 as delivery');
    const schema = await detectTenantSchema(client);
    await expect(migrateDatabase({ client, kind: 'tenant', schema })).rejects.toThrow(/delivery_attempts/);
    const { rows } = await client.query<{ name: string }>(
      `select column_name as name from information_schema.columns
       where table_name = 'websocket_events' order by ordinal_position`,
    );
    expect(rows.map(({ name }) => name)).toEqual([
      'id',
      'customer_id',
      'event_type',
      'event_data',
      'status',
      'created_at',
    ]);
    await client.query('drop view delivery_attempts');
    expect((await migrateTenant(client)).applied).toEqual(migrationNames('tenant'));
  });

  test('leaves the connection’s own search path as it was', async () => {
    const { client } = await connectToNew();
    const path = async () =>
      (await client.query<{ search_path: string }>('show search_path')).rows[0]?.search_path;
    const before = await path();
    await migrateTenant(client);
    expect(await path()).toBe(before);
  });
});

describe('the layout of a tenant database', () => {
  test('is what the business application’s own search path sees, when old copies lie in another schema', async () => {
    const { client, url } = await connectToNew({ seed: 'seed' });
    await client.query(
      seedTables('settings-schema').replace(/create table settings\.whatsapp_sessions[^;]*;/, ''),
    );
    expect(await detectTenantSchema(client)).toEqual(publicLayout);
    await client.query(
      `alter database ${new URL(url).pathname.slice(1)} set search_path to settings, public`,
    );
    const application = await connect(url);
    expect(await detectTenantSchema(application)).toEqual(settingsLayout);
    // Once migrated, what was decided stays.
    await migrateTenant(application);
    await application.query('set search_path to public');
    expect(await detectTenantSchema(application)).toEqual(settingsLayout);
  });

  test('may have its settings table alone in the schema settings', async () => {
    const { client } = await connectToNew({ seed: 'seed' });
    await client.query('alter table settings_email_whatsapp rename to email_whatsapp');
    await client.query('alter table email_whatsapp set schema settings');
    const { schema, applied } = await migrateTenant(client);
    expect(schema).toEqual({ ...publicLayout, settingsTable: 'settings.email_whatsapp' });
    expect(applied).toEqual(migrationNames('tenant'));
  });
});

describe('a migrated tenant database tells at commit', () => {
  async function listen(url: string) {
    const listener = await connect(url);
    const heard: string[] = [];
    listener.on('notification', (message) => heard.push(`${message.channel}:${message.payload ?? ''}`));
    await listener.query('listen modular_gateway');
    return heard;
  }

  test.each([
    { seed: 'none' as const, schema: 'public' },
    { seed: 'seed' as const, schema: 'public' },
    { seed: 'settings-schema' as const, schema: 'settings' },
  ])('of rows that others insert ($seed)', async ({ seed, schema }) => {
    const { client, url } = await connectToNew({ seed });
    await migrateTenant(client);
    const heard = await listen(url);
    const insert = `insert into websocket_events (customer_id, event_type, event_data, status)
      values ('ACC001', 'invoice:sent', '{}', $1)`;
    const application = await connect(url);
    await application.query(`set search_path to ${schema}`);
    await application.query('begin');
    await application.query(insert, ['pending']);
    await client.query('select 1');
    expect(heard).toEqual([]);
    await application.query('commit');
    await waitUntil(() => heard.length === 1, { what: 'the notification of the pending row' });
    expect(heard).toEqual(['modular_gateway:events']);

    // What the gateway itself writes is on its way already. A settings change after it ends the wait.
    await application.query(insert, ['processing']);
    await application.query(
      `update ${(await detectTenantSchema(client)).settingsTable} set email_enabled = false`,
    );
    await waitUntil(() => heard.length > 1, { what: 'the notification of the settings' });
    expect(heard.slice(1)).toEqual(['modular_gateway:settings']);
  });

  test('of event types and templates, and of rows by a role that owns nothing', async () => {
    const { client, url } = await connectToNew({ seed: 'seed' });
    await migrateTenant(client);
    const role = `writer_${process.pid}`;
    await client.query(`create role ${role}; grant insert on websocket_events to ${role};
      grant usage on sequence websocket_events_id_seq to ${role}`);
    endings.push(async () => {
      await client.query(`reset role; drop owned by ${role}; drop role ${role}`);
    });
    const heard = await listen(url);
    await client.query(`insert into tenant_event_types (event_type, definition) values ('stock:low', '{}')`);
    await client.query(`insert into tenant_templates (event_type, audience, channel, body_text)
      values ('stock:low', 'client', 'email', 'x')`);
    await client.query(`delete from tenant_templates`);
    await client.query(`set role ${role}`);
    await client.query(
      `insert into websocket_events (customer_id, event_type, event_data) values ('A', 'x', '[]')`,
    );
    await client.query('reset role');
    await waitUntil(() => heard.length === 4, { what: 'four notifications' });
    expect(heard.map((line) => line.split(':')[1])).toEqual([
      'catalogue',
      'catalogue',
      'catalogue',
      'events',
    ]);
  });
});

describe('the system database', () => {
  test('is made once, tells of its changes, and may be a tenant’s database too', async () => {
    const { client, url } = await connectToNew({ seed: 'seed' });
    await migrateTenant(client);
    expect(await migrateDatabase({ client, kind: 'system' })).toEqual(migrationNames('system'));
    expect(await migrateDatabase({ client, kind: 'system' })).toEqual([]);
    expect((await migrateTenant(client)).applied).toEqual([]);

    const listener = await connect(url);
    const heard: (string | undefined)[] = [];
    listener.on('notification', (message) => heard.push(message.payload));
    await listener.query('listen modular_gateway');
    await client.query(`insert into tenants (customer_id, name) values ('ACC001', 'One')`);
    await client.query(`insert into api_keys (customer_id, prefix, key_hash) values ('ACC001', 'mg_', 'h')`);
    await client.query('update api_keys set last_used_at = now()');
    await client.query('update api_keys set revoked_at = now()');
    await waitUntil(() => heard.length >= 3, { what: 'three notifications' });
    expect(heard).toEqual(['tenants', 'keys', 'keys']);
  });
});
