import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { listAudit, recordAudit } from '../../main/gateway/storage/audit-store';
import { buildDatabaseUrl, withDatabaseName } from '../../main/gateway/storage/connection-trouble';
import type { Database } from '../../main/gateway/storage/database';
import {
  deleteGatewaySetting,
  keepGatewaySetting,
  readGatewaySetting,
  writeGatewaySetting,
} from '../../main/gateway/storage/gateway-settings-store';
import { openDatabaseServer, openSystemDatabase } from '../../main/gateway/storage/system-database';
import { createMemoryLogger } from '../support/memory-logger';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

const logger = createMemoryLogger();
const admin = new URL(inject('postgresAdminUrl'));

async function asAdmin(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: admin.href });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

describe('a database that is not there', () => {
  const name = `fresh_${randomBytes(6).toString('hex')}`;
  afterEach(() => asAdmin(`drop database if exists "${name}" with (force)`));

  test('is made, by several processes at once too, and others may not connect', async () => {
    const url = withDatabaseName(admin.href, name);
    const opened = await Promise.all(Array.from({ length: 4 }, () => openSystemDatabase({ url, logger })));
    for (const [at, database] of opened.entries()) {
      await writeGatewaySetting(database, `from ${at}`, at);
    }
    expect(await readGatewaySetting(opened[0]!, 'from 3')).toBe(3);
    await Promise.all(opened.map((database) => database.stop()));

    const role = `stranger_${randomBytes(6).toString('hex')}`;
    await asAdmin(`create role ${role} login password 'x'`);
    try {
      const stranger = new URL(url);
      stranger.username = role;
      stranger.password = 'x';
      const client = new pg.Client({ connectionString: stranger.href });
      await expect(client.connect()).rejects.toThrow(/permission denied/);
    } finally {
      await asAdmin(`drop role ${role}`);
    }
  });
});

describe('the address of DB_HOST', () => {
  const parts = { host: 'db', port: 5432, user: 'ann', password: 'x', name: 'shop' };
  const read = (changes: Partial<typeof parts>) => {
    const { host, port, user, password, database } = new pg.Client({
      connectionString: buildDatabaseUrl({ ...parts, ...changes }),
    });
    return { host, port, user, password, database };
  };

  test.each<Partial<typeof parts>>([
    {},
    { password: `p@ss:/?#[]%20 "'ü` },
    { user: 'a@b:c/d', name: "my shöp's" },
    { host: '::1', port: 6000 },
    { host: '/var/run/postgresql', port: 6000 },
  ])('%j reaches pg as it is', (changes) => {
    const { name, ...rest } = { ...parts, ...changes };
    expect(read(changes)).toEqual({ ...rest, database: name });
  });

  test('a password of odd characters lets in', async () => {
    const role = `odd_${randomBytes(6).toString('hex')}`;
    const password = `p@ss:/?#[]%20 "'ü`;
    const database = await createTestDatabase();
    await asAdmin(`create role ${role} login password ${pg.escapeLiteral(password)}`);
    try {
      const server = await openDatabaseServer(
        {
          dataDir: '/nowhere',
          database: {
            kind: 'server',
            host: admin.hostname,
            port: Number(admin.port),
            user: role,
            password,
            name: database.name,
          },
        },
        logger,
      );
      const client = new pg.Client({ connectionString: server.systemUrl() });
      await client.connect();
      await client.end();

      // It may not make tables there, and is told so in one sentence.
      await expect(openSystemDatabase({ url: server.systemUrl(), logger })).rejects.toMatchObject({
        code: 'database_unreachable',
        message: `${role} has not the rights it needs in the database ${database.name} at ${admin.host}.`,
      });
    } finally {
      await database.stop();
      await asAdmin(`drop role ${role}`);
    }
  });
});

describe('stores', () => {
  let testDatabase: TestDatabase;
  let system: Database;
  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    system = await openSystemDatabase({ url: testDatabase.url, logger });
  });
  afterAll(async () => {
    await system.stop();
    await testDatabase.stop();
  });
  beforeEach(() => deleteGatewaySetting(system, 'name'));

  test('a setting is written, read and deleted', async () => {
    expect(await readGatewaySetting(system, 'name')).toBeUndefined();
    await writeGatewaySetting(system, 'name', { of: ['it', null, 1.5] });
    await writeGatewaySetting(system, 'name', 'a text');
    expect(await readGatewaySetting(system, 'name')).toBe('a text');
    await deleteGatewaySetting(system, 'name');
    expect(await readGatewaySetting(system, 'name')).toBeUndefined();
  });

  test('of several that bring a value the first wins, and all get that one', async () => {
    const values = await Promise.all(
      Array.from({ length: 6 }, (_, at) => keepGatewaySetting(system, 'name', `secret ${at}`)),
    );
    expect(new Set(values).size).toBe(1);
    expect(await keepGatewaySetting(system, 'name', 'later')).toBe(values[0]);
  });

  test('the audit is read newest first, in pages, for one customer', async () => {
    for (let n = 1; n <= 5; n += 1) {
      await recordAudit(system, {
        actor: 'ann',
        action: `step ${n}`,
        customerId: n % 2 ? 'ODD' : null,
        detail: { n },
      });
    }
    const first = await listAudit(system, { limit: 2 });
    expect(first.map(({ action }) => action)).toEqual(['step 5', 'step 4']);
    const second = await listAudit(system, { limit: 9, beforeId: first[1]!.id });
    expect(second.map(({ action }) => action)).toEqual(['step 3', 'step 2', 'step 1']);
    const odd = await listAudit(system, { limit: 9, customerId: 'ODD' });
    expect(odd.map(({ detail }) => detail)).toEqual([{ n: 5 }, { n: 3 }, { n: 1 }]);
    expect(odd[0]!.at).toBeInstanceOf(Date);
  });
});
