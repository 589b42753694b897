import { stat, readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { HistoryFilter } from '../../main/contracts/console/history-calls';
import { errorCode } from '../../main/gateway/errors';
import { startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { openTestConsole, testActor, type TestConsole } from './call-console';

/** Several slices of a search: the first one has 5,000 rows. */
const rows = 30_000;

let gateway: TestGateway;
let long: TestTenant;
let short: TestTenant;
let window: TestConsole;

beforeAll(async () => {
  gateway = await startGateway();
  long = await gateway.addTenant({ customerId: 'LONG', settings: { webhook_enabled: false } });
  short = await gateway.addTenant({ customerId: 'SHORT' });
  const fill = (tenant: TestTenant, count: number) =>
    tenant.sql(
      `insert into message_deliveries (customer_id, channel, recipient, status, event_type, message_id,
         error_message, direct_message, created_at, updated_at, sent_at)
       select $1, 'email', 'client' || n || '@example.com', case when n % 1000 = 0 then 'failed' else 'sent' end,
         'invoice:sent', 'id-' || n, case when n % 1000 = 0 then 'mailbox ' || n || ' unknown' end,
         '{"text": "hello"}', at, at, at at time zone 'utc'
       from (select n, now() - (40000 - n) * interval '1 minute' as at from generate_series(1, $2::integer) n) s`,
      [tenant.customerId, count],
    );
  await fill(long, rows);
  await fill(short, 10);
  await long.sql('vacuum analyze message_deliveries');
  window = openTestConsole(gateway.gateway);
});
afterAll(async () => {
  window.close();
  await gateway.stop();
});

async function search(filter: HistoryFilter, limit = 20): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await window.call('history.list', { filter, cursor, limit });
    found.push(...page.rows.map((row) => `${row.customerId} ${row.recipient}`));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

test.each([
  ['client7@', { text: 'CLIENT7@' }, ['LONG client7@example.com', 'SHORT client7@example.com']],
  ['an error', { text: 'mailbox 2000 unk' }, ['LONG client2000@example.com']],
  [
    'the oldest message id',
    { customerId: 'LONG', text: 'id-1', recipient: 'client1@' },
    ['LONG client1@example.com'],
  ],
  ['nothing', { text: 'not to be found' }, []],
] satisfies [string, HistoryFilter, string[]][])(
  'finds %s among slices, in one tenant and in all',
  async (_, filter, expected) => {
    expect((await search(filter)).sort()).toEqual([...expected].sort());
  },
);

test('a search gives all there is once, over many slices and pages', async () => {
  const found = await search({ text: '5@example' }, 200);
  expect(new Set(found).size).toBe(found.length);
  expect(found).toHaveLength(rows / 10 + 1);
});

test('counts up to ten thousand', async () => {
  const count = async (filter: HistoryFilter) => window.call('history.count', { filter });
  expect(await count({})).toEqual({ count: 10_000, more: true });
  expect(await count({ text: 'example' })).toEqual({ count: 10_000, more: true });
  expect(await count({ status: ['failed'] })).toEqual({ count: 30, more: false });
});

test('an export of many pages is whole, and one that is cancelled leaves no file', async () => {
  const { operationId } = await window.call('history.export', { filter: { customerId: 'LONG' } });
  const { file, done } = await window.waitForPush(
    'operation.changed',
    ({ id, state }) => id === operationId && state === 'done',
  );
  expect(done).toBe(rows);
  const path =
    gateway.gateway.console?.openDownload(file?.downloadToken ?? '', { role: 'operator' })?.path ?? '';
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\r\n');
  expect(lines).toHaveLength(rows + 1);
  expect(new Set(lines.map((line) => line.split(',')[1])).size).toBe(rows + 1);

  const cancelled = await window.call('history.export', { filter: { customerId: 'LONG' } });
  await window.call('operations.cancel', cancelled);
  const ended = await window.waitForPush(
    'operation.changed',
    ({ id, state }) => id === cancelled.operationId && state !== 'running',
  );
  expect(ended).toMatchObject({ state: 'cancelled', file: null });
  // Again, when it is over: nothing is done by that, and nothing told.
  await window.call('operations.cancel', cancelled);
  const { rows: deeds } = await window.call('audit.list', { action: 'operation.cancelled', limit: 5 });
  expect(deeds.map(({ actor, detail }) => ({ actor, detail }))).toEqual([
    { actor: testActor, detail: { operation: 'export', operation_id: cancelled.operationId } },
  ]);
  const cancelledPath = path.replace(operationId, cancelled.operationId);
  await waitUntil(
    () =>
      stat(cancelledPath).then(
        () => false,
        (thrown: unknown) => errorCode(thrown) === 'ENOENT',
      ),
    {
      what: 'the unfinished file to be removed',
    },
  );
});

test('a replay that is cancelled says how far it came', async () => {
  const { operationId } = await window.call('history.replay', { filter: { customerId: 'LONG' } });
  await window.call('operations.cancel', { operationId });
  const ended = await window.waitForPush(
    'operation.changed',
    ({ id, state }) => id === operationId && state !== 'running',
  );
  expect(ended.state).toBe('cancelled');
  const again = await window.call('history.replay', { filter: { customerId: 'LONG' } });
  const whole = await window.waitForPush(
    'operation.changed',
    ({ id, state }) => id === again.operationId && state === 'done',
  );
  expect(ended.done + whole.done).toBe(30);
});

describe('a tenant whose database stands still', () => {
  let holder: pg.Client;
  beforeEach(async () => {
    holder = new pg.Client({ connectionString: long.databaseUrl });
    await holder.connect();
    await holder.query('begin; lock table message_deliveries in access exclusive mode');
  });
  afterEach(() => holder.end());

  test('is left out of the lists and counts of all, and said to be slow in its own', async () => {
    const own = { filter: { customerId: 'LONG' } };
    // Four for two connections: those that wait for one are not answered in time, the others are cut off.
    const [all, ...refused] = await Promise.all([
      window.call('history.list', { filter: {}, limit: 100 }),
      window.refusal('history.list', { ...own, limit: 100 }),
      window.refusal('history.list', { ...own, limit: 100 }),
      window.refusal('history.count', own),
    ]);
    expect(all.rows.map((row) => row.customerId)).toEqual(Array.from({ length: 10 }, () => 'SHORT'));
    expect(all.missing).toEqual(['LONG']);
    expect(refused.map(({ code }) => code)).toEqual(['too_slow', 'too_slow', 'too_slow']);

    const [types, ownTypes, count] = await Promise.all([
      window.call('history.eventTypes', {}),
      window.refusal('history.eventTypes', { customerId: 'LONG' }),
      window.call('history.count', { filter: {} }),
    ]);
    expect(types.eventTypes).toEqual(['invoice:sent']);
    expect(ownTypes.code).toBe('too_slow');
    expect(count).toEqual({ count: 10, more: false });
  });

  test('is left out of a replay of all, which says so', async () => {
    await short.sql(
      `update message_deliveries set status = 'failed' where recipient = 'client3@example.com'`,
    );
    const { operationId } = await window.call('history.replay', { filter: {} });
    const ended = await window.waitForPush(
      'operation.changed',
      ({ id, state }) => id === operationId && state !== 'running',
    );
    expect(ended).toMatchObject({
      state: 'done',
      done: 1,
      notes: ['LONG was left out: its database did not answer.'],
    });
  });

  test('fails a replay of its own in words', async () => {
    const { operationId } = await window.call('history.replay', { filter: { customerId: 'LONG' } });
    const ended = await window.waitForPush(
      'operation.changed',
      ({ id, state }) => id === operationId && state !== 'running',
    );
    expect(ended.state).toBe('failed');
    expect(ended.error).toMatch(/took too long/);
  });
});
