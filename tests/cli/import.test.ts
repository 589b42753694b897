import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedTables } from '../support/seed-tables';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { runCommand, serverEnvironment } from './run-command-line';

let system: TestDatabase;
let main: TestDatabase;
let own: TestDatabase;
let folder: string;

async function sql<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'import-'));
  [system, main, own] = await Promise.all([createTestDatabase(), createTestDatabase(), createTestDatabase()]);
  await sql(main.url, seedTables('settings-schema'));
  await sql(own.url, seedTables('seed'));
  await sql(
    main.url,
    `create table settings.customers (id serial, customer_id varchar(50), customer_name text, db_name text);
     insert into settings.customers (customer_id, customer_name, db_name) values
       ('ACC001', 'Nkosi & Sons', null), ('ACC002', 'Cape Accounting', '${own.name}'), ('bad id', null, null);
     insert into settings.websocket_events (customer_id, event_type, event_data, status)
       values ('ACC001', 'invoice:sent', '{}', 'completed'), ('ACC009', 'invoice:sent', '{}', 'completed');`,
  );
});
afterAll(async () => {
  for (const database of [system, main, own]) await database.stop();
  rmSync(folder, { recursive: true });
});

const run = (...args: string[]) => runCommand(args, { env: serverEnvironment(system.name, folder) });

it('says what it would add and changes nothing, then adds it, and finds it there again', async () => {
  const rehearsal = await run('import', main.url, '--dry-run', '--json');
  expect(rehearsal).toMatchObject({ code: 1, stderr: '' });
  expect(rehearsal.json()).toMatchObject({
    dry_run: true,
    customers: [
      { customer_id: 'ACC001', name: 'Nkosi & Sons', events: 1, state: 'would_be_added' },
      { customer_id: 'ACC002', name: 'Cape Accounting', events: null, state: 'would_be_added' },
      { customer_id: 'bad id', state: 'failed' },
      { customer_id: 'ACC009', name: null, events: 1, state: 'would_be_added' },
    ],
  });
  expect((await run('tenant', 'list', '--json')).json()).toEqual({ tenants: [] });

  const done = await run('import', main.url, '--json');
  expect(done.code).toBe(1);
  const { customers } = done.json() as { customers: Record<string, string>[] };
  expect(customers).toMatchObject([
    { customer_id: 'ACC001', state: 'added', api_key: expect.stringMatching(/^mgw_/) as string },
    { customer_id: 'ACC002', state: 'added' },
    { customer_id: 'bad id', state: 'failed', problem: expect.stringContaining('customer id') as string },
    { customer_id: 'ACC009', state: 'added' },
  ]);
  expect(new URL(customers[1]?.['database_url'] ?? '').pathname).toBe(`/${own.name}`);
  expect(await sql(main.url, 'select customer_id from settings.websocket_events order by 1')).toEqual([
    { customer_id: 'ACC001' },
    { customer_id: 'ACC009' },
  ]);
  const again = (await run('import', main.url, '--json')).json() as { customers: { state: string }[] };
  expect(again.customers.map(({ state }) => state)).toEqual([
    'there_already',
    'there_already',
    'failed',
    'there_already',
  ]);
}, 120_000);

it('says so where that database cannot be reached', async () => {
  const away = await run('import', 'postgres://nobody:x@127.0.0.1:9/none');
  expect(away.code).toBe(1);
  expect(away.stderr.trim().split('\n')).toHaveLength(1);
});
