import { afterAll, beforeAll, expect, test } from 'vitest';
import { keepSearch } from '../../main/gateway/composition/keep-search';
import { buildDataSchema } from '../../main/gateway/events/catalogue/build-data-schema';
import { userClockedIn } from '../../main/gateway/events/catalogue/user-clocked-in';
import { createSignals, type Signals } from '../../main/gateway/signals';
import { createHistoryReader, type HistoryReader } from '../../main/gateway/storage/history-reader';
import { openTenantDatabase, type TenantDatabase } from '../../main/gateway/storage/tenant-database';
import { createMemoryLogger } from '../support/memory-logger';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

const customerId = 'SEARCH';
let testDatabase: TestDatabase;
let tenantDatabase: TenantDatabase;
let reader: HistoryReader;
let signals: Signals;
let keeper: { stop(): Promise<void> };
const logger = createMemoryLogger();

async function sql<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
  return tenantDatabase.db.query<Row>({ name: 'test', text, values, prepare: false });
}

interface Given {
  readonly channel?: string;
  readonly recipient?: string;
  readonly type?: string;
  readonly data?: unknown;
  readonly status?: string;
  readonly subject?: string | null;
  readonly content?: string | null;
  readonly error?: string | null;
  readonly minutesAgo?: number;
}

/** An event with one delivery. @returns the delivery's id */
async function add(given: Given = {}): Promise<number> {
  const [row] = await sql<{ id: number }>(
    `with event as (
       insert into websocket_events (customer_id, event_type, event_data, status)
       values ($1, $2, $3, 'completed') returning id
     )
     insert into message_deliveries (event_id, customer_id, channel, recipient, status, event_type, message_subject,
       message_content, error_message, created_at, updated_at, sent_at)
     select id, $1, $4, $5, $6, $2, $7, $8, $9, at, at, at at time zone 'utc'
     from event, (select now() - $10 * interval '1 minute' as at) t returning id`,
    [
      customerId,
      given.type ?? 'invoice:sent',
      JSON.stringify(given.data ?? {}),
      given.channel ?? 'email',
      given.recipient ?? 'someone@example.org',
      given.status ?? 'sent',
      given.subject ?? null,
      given.content ?? null,
      given.error ?? null,
      given.minutesAgo ?? 1,
    ],
  );
  if (!row) throw new Error('nothing was inserted');
  return row.id;
}

async function find(text: string): Promise<number[]> {
  const page = await reader.page({ text }, undefined, 50);
  return page.rows.map(({ id }) => id).sort((a, b) => a - b);
}

async function written(id: number, seen = 2): Promise<void> {
  signals.emit('event.accepted', { customerId, source: 'http', count: 1 });
  await waitUntil(
    async () =>
      (await sql('select 1 from message_search where delivery_id = $1 and seen = $2', [id, seen])).length ===
      1,
    { what: 'the words to be written down' },
  );
}

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  tenantDatabase = await openTenantDatabase({ url: testDatabase.url, logger, customerId });
  signals = createSignals(() => undefined);
  reader = createHistoryReader(tenantDatabase.reading, customerId);
  keeper = keepSearch({
    live: () => [
      {
        customerId,
        tenantDatabase,
        eventTypes: new Map([
          [userClockedIn.type, { definition: userClockedIn, schema: buildDataSchema(userClockedIn) }],
        ]),
      },
    ],
    signals,
    logger,
    lookEveryMs: 20,
  });
});
afterAll(async () => {
  await keeper.stop();
  await tenantDatabase.stop();
  await testDatabase.stop();
});

test('a message is found by its subject, its text, its event, its label and its numbers', async () => {
  const invoice = await add({
    subject: 'Invoice INV-2026-16 from Karoo Roofing',
    content: 'Dear Ms Łukasiewicz, the amount of R 12,400.50 is due.',
    data: {
      invoice_number: 'INV-2026-16',
      client: { name: "O'Brien & Söhne" },
      total_amount: 12400.5,
      po: 'PO\\77',
    },
  });
  const similar = await add({ subject: 'Invoice INV-2026-160', data: { invoice_number: 'INV-2026-160' } });
  const clocked = await add({
    type: 'user:clockedIn',
    channel: 'webhook',
    recipient: 'https://erp.example.com/hooks',
  });
  const failed = await add({ status: 'failed', error: 'The mailbox of nobody@example.net is full.' });
  const phone = await add({
    channel: 'whatsapp',
    recipient: '+27825550117',
    content: 'Jou *rekening* is reg',
  });
  for (const id of [invoice, similar, clocked, phone]) await written(id);
  await written(failed, 1);

  expect(await find('INV-2026-16')).toEqual([invoice]);
  expect(await find('inv-2026')).toEqual([invoice, similar]);
  expect(await find('2026-16')).toEqual([invoice]);
  expect(await find('  Karoo   roof ')).toEqual([invoice]);
  expect(await find('łukasiewicz 12,400.50')).toEqual([invoice]);
  expect(await find('12400.5')).toEqual([invoice]);
  expect(await find("o'brien söhne")).toEqual([invoice]);
  expect(await find('po\\77')).toEqual([invoice]);
  expect(await find('Clocked in')).toEqual([clocked]);
  expect(await find('erp.example.com')).toEqual([clocked]);
  expect(await find('mailbox nobody@example.net')).toEqual([failed]);
  expect(await find('+27825550117')).toEqual([phone]);
  expect(await find('2782555')).toEqual([phone]);
  expect(await find('rekening')).toEqual([phone]);
  expect(await find(String(similar))).toContain(similar);
  // Names of fields are no words of a message.
  expect(await find('total_amount')).toEqual([]);
});

test('what is not written down yet is found by a part of its recipient', async () => {
  const fresh = await add({ recipient: 'fresh.arrival@example.com', minutesAgo: 0 });
  expect(await find('arrival@exam')).toEqual([fresh]);
  await written(fresh);
  expect(await find('arrival@exam')).toEqual([fresh]);
});

test('a message that waits is found by its event, and by its text once it has left', async () => {
  const waiting = await add({ status: 'pending', data: { reference: 'WAIT-1' } });
  await written(waiting, 0);
  expect(await find('WAIT-1')).toEqual([waiting]);
  await sql(
    `update message_deliveries set status = 'sent', message_subject = 'Departure of the zeppelin' where id = $1`,
    [waiting],
  );
  await written(waiting);
  expect(await find('zeppelin')).toEqual([waiting]);
});

test.each([
  ['quotes and operators', `' & | ! :* ( ) <-> \\`],
  ['only marks', '--- ... ###'],
  ['a word of a thousand letters', 'x'.repeat(1_000)],
  ['many words', Array.from({ length: 100 }, (_, n) => `w${n}`).join(' ')],
  ['half a surrogate', '\ud83d'],
  ['an emoji', '👩‍👩‍👧 🧾'],
])('%s in a search break nothing', async (_, text) => {
  expect(await find(text)).toEqual([]);
});

test('data of every kind is written down', async () => {
  const odd: unknown[] = [
    [],
    ['a', null, true, [['deepest']]],
    'a text',
    null,
    { attachments: [{ filename: 'a.pdf', content_base64: 'QUJD'.repeat(20_000) }], note: 'besidefile' },
    { long: 'lorem '.repeat(20_000), last: 'notreached' },
    { nul: 'a\\u0000b', half: '\\ud83d' },
  ];
  for (const data of odd)
    await written(await add({ data, subject: '\ufffd ' + 'ü'.repeat(70) + '👩'.repeat(40) }));
  expect(await find('deepest')).toHaveLength(1);
  expect(await find('besidefile')).toHaveLength(1);
  expect(await find('QUJDQUJD')).toEqual([]);
  expect(logger.lines.filter(({ event }) => event === 'search.failed')).toEqual([]);
});

test('pages of a rare word go on below the newest, with all that narrows', async () => {
  await sql(
    `insert into message_deliveries (customer_id, channel, recipient, status, event_type, message_subject, created_at)
     select $1, case when n % 2 = 0 then 'email' else 'webhook' end, 'bulk' || n || '@example.com', 'sent', 'bulk:sent',
       case when n % 500 = 0 then 'Quarterly report ' || n else 'Weekly' end, now() - interval '1 year' + n * interval '1 minute'
     from generate_series(1, 6500) n`,
    [customerId],
  );
  signals.emit('event.accepted', { customerId, source: 'http', count: 1 });
  await waitUntil(
    async () => {
      const [left] = await sql<{ n: number }>(
        `select count(*) as n from message_deliveries d
         where not exists (select 1 from message_search s where s.delivery_id = d.id)`,
      );
      return left?.n === 0;
    },
    { what: 'all words to be written down' },
  );
  const listAll = async (query: Parameters<HistoryReader['page']>[0]) => {
    const ids: number[] = [];
    let before: Parameters<HistoryReader['page']>[1];
    for (;;) {
      const { rows, next } = await reader.page(query, before, 7);
      ids.push(...rows.map(({ id }) => id));
      if (!next) return ids;
      before = next;
    }
  };
  const countOf: HistoryReader['count'] = (query, most) => reader.count(query, most);
  const wanted = await sql<{ id: number }>(
    `select id from message_deliveries where message_subject like 'Quarterly%' order by created_at desc`,
  );
  expect(await listAll({ text: 'quarterly' })).toEqual(wanted.map(({ id }) => id));
  expect(await listAll({ text: 'quarterly', channel: 'email', statuses: ['sent'] })).toEqual(
    wanted.map(({ id }) => id),
  );
  expect(await listAll({ text: 'quarterly', channel: 'webhook', statuses: ['sent', 'read'] })).toEqual([]);
  expect(await countOf({ text: 'quarterly' }, 10_000)).toBe(13);
  expect(await countOf({ text: 'weekly' }, 500)).toBe(500);
  expect(await countOf({ text: 'quarterly', channel: 'whatsapp' }, 10_000)).toBe(0);
});
