import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, expect, inject, test } from 'vitest';
import { createEmbeddedPostgres } from '../../main/gateway/storage/embedded/embedded-postgres';
import { dropDatabase, ensureDatabase } from '../../main/gateway/storage/ensure-database';
import { createMemoryLogger } from '../support/memory-logger';
import { waitUntil } from '../support/wait-until';

const adminUrl = inject('postgresAdminUrl');

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** A name that needs quoting in SQL. */
function newAccount(name = `Acme-Ltd.${randomBytes(4).toString('hex')}`) {
  const account = { adminUrl, databaseName: name, role: name, password: `p'a"s\\s/@:${name}%20` };
  endings.push(() => dropDatabase(account));
  return account;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  endings.push(() => client.end());
  return client;
}

async function query<Row extends object>(url: string, sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

test('makes a database that its role owns, in UTC and UTF-8', async () => {
  const account = newAccount();
  const { url, created } = await ensureDatabase(account);
  expect(created).toBe(true);
  const client = await connect(url);
  await client.query('create table notes (text text)');
  const { rows } = await client.query(
    `select current_user as role, current_database() as name, current_setting('timezone') as zone,
       current_setting('server_encoding') as encoding, rolsuper or rolcreatedb or rolcreaterole as powerful,
       pg_get_userbyid(datdba) as owner
     from pg_roles, pg_database where rolname = current_user and datname = current_database()`,
  );
  expect(rows).toEqual([
    {
      role: account.role,
      name: account.databaseName,
      zone: 'UTC',
      encoding: 'UTF8',
      powerful: false,
      owner: account.role,
    },
  ]);
});

test('lets no other role in', async () => {
  const account = newAccount();
  await ensureDatabase(account);
  const { url } = await ensureDatabase(newAccount());
  const other = new URL(url);
  other.pathname = `/${account.databaseName}`;
  await expect(query(other.href, 'select 1')).rejects.toThrow(/permission denied for database/);
});

test('may be repeated: nothing is lost, and the password is the new one', async () => {
  const account = newAccount();
  const { url } = await ensureDatabase(account);
  await query(url, 'create table kept as select 5 as n');
  const again = await ensureDatabase({ ...account, password: 'another' });
  expect(again.created).toBe(false);
  expect(await query(again.url, 'select n from kept')).toEqual([{ n: 5 }]);
  await expect(query(url, 'select 1')).rejects.toThrow(/password authentication failed/);
});

test('may be done by several at once', async () => {
  const account = newAccount();
  const results = await Promise.all(Array.from({ length: 6 }, () => ensureDatabase(account)));
  expect(results.filter(({ created }) => created)).toHaveLength(1);
  expect(await query(results[0]!.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('works for an administrator who is no superuser', async () => {
  const name = `office_admin_${randomBytes(4).toString('hex')}`;
  await query(
    adminUrl,
    `create role ${name} login createdb createrole password 'x'; grant connect on database postgres to ${name}`,
  );
  const account = newAccount(`made_by_${name}`);
  endings.push(async () => {
    await dropDatabase({ adminUrl, databaseName: account.databaseName, role: account.role });
    await query(adminUrl, `drop owned by ${name}; drop role ${name}`);
  });
  const officeUrl = new URL(adminUrl);
  officeUrl.username = name;
  officeUrl.password = 'x';
  const { url } = await ensureDatabase({ ...account, adminUrl: officeUrl.href });
  await ensureDatabase({ ...account, adminUrl: officeUrl.href });
  await query(url, 'create table notes (text text)');
});

test('leaves a database alone that is somebody else’s', async () => {
  const theirs = newAccount();
  const { url } = await ensureDatabase(theirs);
  const mine = { ...newAccount(), databaseName: theirs.databaseName };
  await expect(ensureDatabase(mine)).rejects.toMatchObject({ code: 'database_taken' });
  expect(await query(adminUrl, 'select from pg_roles where rolname = $1', [mine.role])).toEqual([]);
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test.each(['', 'n'.repeat(64), 'Größe', 'a"b', 'a b', 'a/b'])('refuses the name %j', async (name) => {
  const account = { adminUrl, databaseName: name, role: 'role', password: 'x' };
  await expect(ensureDatabase(account)).rejects.toMatchObject({ code: 'invalid_database_name' });
  const asRole = { ...account, databaseName: 'name', role: name };
  await expect(ensureDatabase(asRole)).rejects.toMatchObject({ code: 'invalid_database_name' });
});

test('an administrator who is no superuser drops a database that autovacuum is busy in', async () => {
  // A server of its own: autovacuum comes at once and takes its time.
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-autovacuum-'));
  endings.push(() => rm(dataDir, { recursive: true, force: true }));
  const server = createEmbeddedPostgres({
    dataDir,
    logger: createMemoryLogger(),
    preferredPort: 0,
    maxConnections: 20,
    settings: {
      autovacuum_naptime: '1s',
      autovacuum_vacuum_cost_delay: '100ms',
      autovacuum_vacuum_cost_limit: '1',
    },
  });
  endings.push(() => server.stop());
  const { adminUrl: superuserUrl } = await server.start();
  await query(
    superuserUrl,
    `create role office login createdb password 'x'; grant connect on database postgres to office`,
  );
  const officeUrl = new URL(superuserUrl);
  officeUrl.username = 'office';
  officeUrl.password = 'x';
  await query(officeUrl.href, 'create database busy');
  const busyUrl = new URL(officeUrl);
  busyUrl.pathname = '/busy';
  await query(busyUrl.href, 'create table notes as select n from generate_series(1, 20000) as n');
  await query(busyUrl.href, 'delete from notes');
  const user = await connect(busyUrl.href);
  const cutOff = new Promise<Error>((resolve) => user.on('error', resolve));
  const worker = `select from pg_stat_activity where datname = 'busy' and backend_type = 'autovacuum worker'`;
  await waitUntil(async () => (await query(superuserUrl, worker)).length > 0, { what: 'autovacuum to come' });

  await dropDatabase({ adminUrl: officeUrl.href, databaseName: 'busy' });
  expect((await cutOff).message).toMatch(/terminat/);
  expect(await query(superuserUrl, `select from pg_database where datname = 'busy'`)).toEqual([]);
});

test('drops the database under its users’ feet, and the role unless it owns more', async () => {
  const account = newAccount();
  const { url } = await ensureDatabase(account);
  const user = await connect(url);
  const cutOff = new Promise<Error>((resolve) => user.on('error', resolve));
  await dropDatabase(account);
  expect((await cutOff).message).toMatch(/terminat/);
  expect(await query(adminUrl, 'select from pg_roles where rolname = $1', [account.role])).toEqual([]);
  await dropDatabase(account);

  const second = newAccount();
  await ensureDatabase(second);
  await ensureDatabase({ ...newAccount(), role: second.role });
  await dropDatabase(second);
  expect(await query(adminUrl, 'select from pg_roles where rolname = $1', [second.role])).toHaveLength(1);
});
