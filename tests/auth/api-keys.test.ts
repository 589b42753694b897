import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApiKeys, type ApiKeys } from '../../main/gateway/auth/api-keys';
import type { Database } from '../../main/gateway/storage/database';
import { openSystemDatabase } from '../../main/gateway/storage/system-database';
import { insertTenantRow } from '../../main/gateway/storage/tenant-store';
import { createMemoryLogger } from '../support/memory-logger';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

let testDatabase: TestDatabase;
let system: Database;
let queries: string[];
let keys: ApiKeys;
const logger = createMemoryLogger();

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  const opened = await openSystemDatabase({ url: testDatabase.url, logger });
  // Counts what reaches the database; everything else is the real thing.
  system = {
    ...opened,
    query: (statement) => {
      queries.push(statement.name);
      return opened.query(statement);
    },
  };
  for (const customerId of ['A', 'B']) {
    await insertTenantRow(opened, {
      customerId,
      name: customerId,
      databaseUrl: null,
      databaseName: 'none',
      databaseRole: null,
      databasePassword: null,
      paused: false,
    });
  }
});
afterAll(async () => {
  await keys.stop();
  await system.stop();
  await testDatabase.stop();
});
beforeEach(async () => {
  queries = [];
  await (keys as ApiKeys | undefined)?.stop();
  keys = createApiKeys({ system, logger });
});

test('a key is shown once, kept as a hash, and speaks for its customer', async () => {
  const created = await keys.create('A', 'the shop');
  expect(created.key).toMatch(/^mgw_[A-Za-z0-9_-]{43}$/);
  expect(created.prefix).toBe(created.key.slice(0, 12));
  expect(await keys.verify(created.key)).toBe('A');

  const rows = await system.query({ name: 'test.keys', text: 'select * from api_keys', prepare: false });
  expect(JSON.stringify(rows)).not.toContain(created.key.slice(12));
  const listed = (await keys.list('A')).find((key) => key.id === created.id);
  expect(listed).toMatchObject({ name: 'the shop', prefix: created.prefix, revokedAt: null });
});

test('a key for nobody is refused', async () => {
  await expect(keys.create('NOBODY')).rejects.toMatchObject({ code: 'tenant_not_found' });
});

describe('verify', () => {
  test('asks the database once, also when asked often at once', async () => {
    const { key } = await keys.create('B');
    queries = [];
    const answers = await Promise.all(Array.from({ length: 50 }, () => keys.verify(key)));
    expect(answers).toEqual(Array.from({ length: 50 }, () => 'B'));
    await keys.verify(key);
    expect(queries.filter((name) => name === 'api_keys.verify')).toHaveLength(1);
  });

  test('remembers unknown keys briefly, and does not ask for what is no key', async () => {
    const made = `mgw_${'x'.repeat(43)}`;
    expect(await keys.verify(made)).toBeUndefined();
    expect(await keys.verify(made)).toBeUndefined();
    for (const nonsense of ['', 'mgw_', 'x'.repeat(100_000), "' or 1=1 --", `${made}x`]) {
      expect(await keys.verify(nonsense)).toBeUndefined();
    }
    expect(queries).toEqual(['api_keys.verify']);
  });

  test('a key made elsewhere is seen after invalidate', async () => {
    const elsewhere = createApiKeys({ system, logger });
    const { key } = await elsewhere.create('A');
    await elsewhere.revoke('A', key);
    expect(await keys.verify(key)).toBeUndefined();
    await system.query({
      name: 'test.unrevoke',
      text: 'update api_keys set revoked_at = null where prefix = $1',
      values: [key.slice(0, 12)],
    });
    expect(await keys.verify(key)).toBeUndefined();
    keys.invalidate();
    expect(await keys.verify(key)).toBe('A');
  });

  test('an answer that was asked for before invalidate is not kept after it', async () => {
    const elsewhere = createApiKeys({ system, logger });
    const { key } = await elsewhere.create('A');
    const early = keys.verify(key);
    keys.invalidate();
    await elsewhere.revoke('A', key);
    await early;
    expect(await keys.verify(key)).toBeUndefined();
  });

  test('an outage of the database is an error, not a refusal, and is not remembered', async () => {
    const { key } = await keys.create('A');
    let away = true;
    const flaky = createApiKeys({
      logger,
      system: {
        ...system,
        query: (statement) => (away ? Promise.reject(new Error('away')) : system.query(statement)),
      },
    });
    await expect(flaky.verify(key)).rejects.toThrow('away');
    away = false;
    expect(await flaky.verify(key)).toBe('A');
    await flaky.stop();
  });

  test('the last use is written, once', async () => {
    const { key, id } = await keys.create('A');
    for (let use = 0; use < 5; use += 1) await keys.verify(key);
    await waitUntil(async () => (await keys.list('A')).find((entry) => entry.id === id)?.lastUsedAt, {
      what: 'the time of the last use',
    });
    keys.invalidate();
    await keys.verify(key);
    expect(queries.filter((name) => name === 'api_keys.touch')).toHaveLength(1);
  });
});

describe('revoke', () => {
  test.each(['id', 'prefix', 'key'] as const)('by %s, at once', async (what) => {
    const created = await keys.create('A');
    expect(await keys.verify(created.key)).toBe('A');
    const revoked = await keys.revoke('A', String(created[what]));
    expect(revoked).toMatchObject({ id: created.id });
    expect(revoked.revokedAt).toBeInstanceOf(Date);
    expect(await keys.verify(created.key)).toBeUndefined();
  });

  test('twice is no error and keeps the first time', async () => {
    const { id } = await keys.create('A');
    const first = await keys.revoke('A', String(id));
    const second = await keys.revoke('A', String(id));
    expect(second.revokedAt).toEqual(first.revokedAt);
  });

  test("another customer's key is not there", async () => {
    const { id, key } = await keys.create('A');
    await expect(keys.revoke('B', String(id))).rejects.toMatchObject({ code: 'key_not_found' });
    expect(await keys.verify(key)).toBe('A');
  });
});

test('a change by another process is told to whoever listens', async () => {
  const listener = await system.connect();
  try {
    const payloads: string[] = [];
    listener.on('notification', ({ payload }) => payloads.push(payload ?? ''));
    await listener.query('listen modular_gateway');
    const { id, key } = await keys.create('A');
    await waitUntil(() => payloads.length === 1, { what: 'the notification of the new key' });
    await keys.verify(key);
    await keys.revoke('A', String(id));
    await waitUntil(() => payloads.length === 2, { what: 'the notification of the revoked key' });
    expect(payloads).toEqual(['keys', 'keys']);
  } finally {
    await listener.end();
  }
});
