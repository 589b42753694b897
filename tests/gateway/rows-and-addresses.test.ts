import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkTenants } from '../../main/commands/doctor/check-tenants';
import { createFileSecretStore } from '../../main/gateway/secrets/secret-store';
import { openTestConsole, type TestConsole } from '../console/call-console';
import { createMemoryLogger } from '../support/memory-logger';
import { quietEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

let gateway: TestGateway;
let window: TestConsole;
/** several customers in the same tables */
let shared: TestDatabase;
let legacy: TestDatabase;
let withSchema: TestDatabase;

beforeAll(async () => {
  [shared, legacy, withSchema, gateway] = await Promise.all([
    createTestDatabase(),
    createTestDatabase({ seed: 'seed' }),
    createTestDatabase(),
    startGateway(),
  ]);
  window = openTestConsole(gateway.gateway);
  await adopt('FIRST', shared.url);
});
afterAll(async () => {
  window.close();
  await gateway.stop();
  await Promise.all([shared.stop(), legacy.stop(), withSchema.stop()]);
});

/** Adopts a database and waits until the gateway serves it. */
async function adopt(customerId: string, databaseUrl: string): Promise<string> {
  const { apiKey } = await gateway.registry.add({ customerId, databaseUrl });
  const headers = { authorization: `Bearer ${apiKey}` };
  await waitUntil(async () => (await gateway.call('/api/events', { headers })).status === 200, {
    what: `${customerId} to be served`,
  });
  return apiKey;
}

async function query<Row extends object = Record<string, unknown>>(
  connection: string | pg.ClientConfig,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

describe('rows that nobody will take', () => {
  type Rows = readonly (readonly [customerId: string, status: string | null])[];

  async function insert(rows: Rows): Promise<number> {
    const [first] = await query<{ id: number }>(
      shared.url,
      `insert into websocket_events (customer_id, event_type, event_data, status)
       select r ->> 0, $2, $3, r ->> 1 from json_array_elements($1) with ordinality as rows(r, n) order by n
       returning id`,
      [JSON.stringify(rows), quietEvent.event_type, JSON.stringify(quietEvent.event_data)],
    );
    return first?.id ?? 0;
  }

  const matterOf = async (customerId: string) =>
    (await window.call('overview.get', { customerId })).attention.find(
      ({ kind }) => kind === 'untakable_rows',
    );

  async function examine(customerId: string): Promise<string[]> {
    const { config, registry } = gateway;
    const secrets = createFileSecretStore(config);
    const checks = await checkTenants({ config, registry, secrets, logger: createMemoryLogger() });
    return checks.flatMap(({ name, status, message }) =>
      name === `tenant ${customerId}` && message.includes('websocket_events')
        ? [`${status}: ${message}`]
        : [],
    );
  }

  const writeItSo = (given: string, right: string) =>
    `wait for customer_id “${given}”, and this tenant is “${right}”: write it exactly so.`;

  test.each<[string, Rows, (firstId: number) => string]>([
    [
      'SMALL',
      [
        ['small', 'pending'],
        ['small', 'pending'],
      ],
      (id) => `2 rows of websocket_events (from id ${id}) ${writeItSo('small', 'SMALL')}`,
    ],
    [
      'Mixed.Letters',
      [
        ['mixed.LETTERS', 'pending'],
        ['mixed.LETTERS', 'pending'],
        ['mixed.LETTERS', 'PENDING'],
      ],
      (id) => `2 rows of websocket_events (from id ${id}) ${writeItSo('mixed.LETTERS', 'Mixed.Letters')}`,
    ],
    [
      'BLANKS',
      [[' BLANKS ', 'pending']],
      (id) =>
        `1 row of websocket_events (from id ${id}) ${writeItSo(' BLANKS ', 'BLANKS').replace('wait', 'waits')}`,
    ],
    [
      'LINES',
      [['LINES\r\n', 'pending']],
      (id) =>
        `1 row of websocket_events (from id ${id}) ${writeItSo('LINES\r\n', 'LINES').replace('wait', 'waits')}`,
    ],
    [
      'NEWS',
      [
        ['NEWS', 'new'],
        ['NEWS', 'new'],
        ['NEWS', 'new'],
        ['NEWS', 'pending'],
      ],
      (id) =>
        `3 rows of websocket_events (from id ${id}) have the status “new”, which nobody takes in: insert them as 'pending'.`,
    ],
    [
      'CAPITALS',
      [['CAPITALS', 'PENDING']],
      (id) =>
        `1 row of websocket_events (from id ${id}) has the status “PENDING”, which nobody takes in: insert them as 'pending'.`,
    ],
    [
      'NULLED',
      [['NULLED', null]],
      (id) =>
        `1 row of websocket_events (from id ${id}) has the status “”, which nobody takes in: insert them as 'pending'.`,
    ],
  ])('are named, by the overview and by doctor: of %s', async (customerId, rows, sentenceFor) => {
    // Before anybody looks: rows like that are looked for once a minute.
    const sentence = sentenceFor(await insert(rows));
    await adopt(customerId, shared.url);
    expect(await matterOf(customerId)).toMatchObject({
      id: `untakable_rows:${customerId}`,
      severity: 'warning',
      customerId,
      tenantName: customerId,
      count: Number(sentence.split(' ')[0]),
      detail: sentence,
    });
    expect(await examine(customerId)).toContain(`warn: ${sentence}`);
  });

  test('rows that are as they should be are none, nor are those of others in the same tables', async () => {
    await insert([
      ['NORMAL', 'pending'],
      ['NORMAL', 'completed'],
      ['NORMAL', 'failed'],
      ['NORMAL', 'processing'],
      ['normal', 'completed'],
      ['NORMAL2', 'pending'],
      ['NORMA', 'new'],
      ['NOR MAL', 'pending'],
      ['SOMEBODY', 'PENDING'],
      ['SMALL', 'new'],
    ]);
    const key = await adopt('NORMAL', shared.url);
    expect(await matterOf('NORMAL')).toBeUndefined();
    expect(await examine('NORMAL')).toEqual([]);
    const headers = { authorization: `Bearer ${key}` };
    await expect
      .poll(async () => {
        const { body } = await gateway.call<{ events: { status: string }[] }>(
          '/api/events?status=completed',
          { headers },
        );
        return body.events.length;
      })
      .toBe(2);
  });

  test('what the server before the gateway left is history', async () => {
    for (const customerId of ['ACC001', 'ACC002']) {
      await adopt(customerId, legacy.url);
      expect(await matterOf(customerId)).toBeUndefined();
      expect(await examine(customerId)).toEqual([]);
    }
  });
});

describe('GET /api/database', () => {
  interface Address {
    success: true;
    host: string;
    port: number;
    database: string;
    user: string;
    embedded: boolean;
    schema: string;
  }
  let first: TestTenant;
  let second: TestTenant;

  beforeAll(async () => {
    first = await gateway.addTenant({ customerId: 'ONE' });
    second = await gateway.addTenant({ customerId: 'OTHER' });
  });

  const ask = (apiKey: string) =>
    gateway.call<Address>('/api/database', { headers: { authorization: `Bearer ${apiKey}` } });

  /** Opens what the answer says with the password that the owner knows, and counts there. */
  async function countEvents({ host, port, database, user, schema }: Address, databaseUrl: string) {
    const password = decodeURIComponent(new URL(databaseUrl).password);
    const [found] = await query<{ count: number }>(
      { host, port, database, user, password },
      `select count(*)::int as count from ${schema}.websocket_events`,
    );
    return found?.count;
  }

  test('says to a key where its own database is, which opens', async () => {
    await first.post('/api/events', quietEvent);
    for (const [tenant, count] of [
      [first, 1],
      [second, 0],
    ] as const) {
      const url = new URL(tenant.databaseUrl);
      const { status, body } = await ask(tenant.apiKey);
      expect(status).toBe(200);
      expect(body).toEqual({
        success: true,
        host: url.hostname,
        port: Number(url.port),
        database: decodeURIComponent(url.pathname.slice(1)),
        user: decodeURIComponent(url.username),
        embedded: false,
        schema: 'public',
      });
      expect(JSON.stringify(body)).not.toContain(decodeURIComponent(url.password));
      expect(await countEvents(body, tenant.databaseUrl)).toBe(count);
    }
    expect((await ask(first.apiKey)).body.database).not.toBe((await ask(second.apiKey)).body.database);
  });

  test('of another customer it says nothing, whatever is asked', async () => {
    for (const path of [
      `/api/database?customer_id=${second.customerId}`,
      `/api/database?customerId=${second.customerId}`,
    ]) {
      const { status, body } = await first.get<Address>(path);
      const isOwn = body.database === (await ask(first.apiKey)).body.database;
      expect(status === 200 ? isOwn : status >= 400).toBe(true);
    }
    const named = await gateway.call('/api/database', {
      headers: { authorization: `Bearer ${first.apiKey}`, 'x-customer-id': second.customerId },
    });
    expect(JSON.stringify(named.body)).not.toContain(second.customerId);
  });

  test('a page is refused, and so is nobody', async () => {
    const refused = await ask(await first.token());
    expect(refused).toMatchObject({ status: 403, body: { code: 'key_required' } });
    const callers: Record<string, string>[] = [
      {},
      { authorization: 'Bearer nonsense' },
      { 'x-customer-id': first.customerId },
    ];
    for (const headers of callers) {
      expect((await gateway.call('/api/database', { headers })).status).toBe(401);
    }
    const foreign = await gateway.call('/api/database', {
      headers: { authorization: `Bearer ${first.apiKey}`, origin: 'http://localhost:3000' },
    });
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('is in openapi.json', async () => {
    const { body } = await gateway.call<{
      paths: Record<string, Record<string, { responses: Record<string, unknown>; security: object[] }>>;
    }>('/openapi.json');
    const described = body.paths['/api/database']?.['get'];
    expect(Object.keys(described?.responses ?? {})).toEqual(expect.arrayContaining(['200', '401', '403']));
    expect(described?.security).not.toEqual([]);
  });

  test('an address with options leads to its schema: tables, events and answer are there', async () => {
    await query(withSchema.url, 'create schema erp');
    const url = `${withSchema.url}?options=-c%20search_path%3Derp&sslmode=prefer&connect_timeout=10`;
    const key = await adopt('ERP', url);
    const sent = await gateway.call('/api/events', {
      headers: { authorization: `Bearer ${key}` },
      body: quietEvent,
    });
    expect(sent.status).toBe(202);
    const { body } = await ask(key);
    const { hostname, port } = new URL(withSchema.url);
    expect(body).toMatchObject({
      host: hostname,
      port: Number(port),
      database: withSchema.name,
      embedded: false,
      schema: 'erp',
    });
    expect(await countEvents(body, url)).toBe(1);
    const inPublic = await query(withSchema.url, `select to_regclass('public.websocket_events') as found`);
    expect(inPublic).toEqual([{ found: null }]);
  });
});

describe('an address that would not be obeyed is refused, and no tenant is added', () => {
  async function expectNobody(customerId: string) {
    expect(await gateway.registry.get(customerId)).toBeUndefined();
    const keys = await gateway.system.query({
      name: 'test.keys',
      text: 'select 1 from api_keys where customer_id = $1',
      values: [customerId],
    });
    expect(keys).toEqual([]);
  }

  test.each([
    ['a schema by the wrong name', 'search_path=erp', /search_path is not supported\. Write options=/],
    ['a parameter nobody knows', 'pool_size=5', /pool_size is not supported\.$/],
    ['a mode of TLS that there is not', 'sslmode=sometimes', /sslmode sometimes is none of disable/],
    ['a time that is none', 'connect_timeout=soon', /connect_timeout soon is no number of seconds/],
  ])('by the console: %s', async (_what, parameters, sentence) => {
    const databaseUrl = `${withSchema.url}?${parameters}`;
    const refused = await window.refusal('tenants.add', { customerId: 'REFUSED', databaseUrl });
    expect(refused.code).toBe('invalid_database_url');
    expect(refused.message).toMatch(sentence);
    await expectNobody('REFUSED');
  });

  test.each([
    ['a schema that needs quotes', 'options=-c%20search_path%3DErp', /the schema Erp needs quotes/],
    ['a schema that is not there', 'options=-c%20search_path%3Dnowhere', /leads to no schema/],
    ['a file that is not there', 'sslmode=verify-ca&sslrootcert=/nowhere', /sslrootcert cannot be read/],
    ['a parameter nobody knows', 'currentSchema=erp', /currentSchema is not supported\. Write options=/],
  ])('by the command line: %s', async (_what, parameters, sentence) => {
    const databaseUrl = `${withSchema.url}?${parameters}`;
    await expect(gateway.registry.add({ customerId: 'REFUSED', databaseUrl })).rejects.toMatchObject({
      code: 'invalid_database_url',
      message: expect.stringMatching(sentence) as string,
    });
    await expectNobody('REFUSED');
  });
});
