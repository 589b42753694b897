import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Receipt, recordReceipts } from '../../main/gateway/deliveries/record-receipts';
import { createSignals } from '../../main/gateway/signals';
import { createDeliveryHistoryStore } from '../../main/gateway/storage/delivery-history-store';
import { openTenantDatabase, type TenantDatabase } from '../../main/gateway/storage/tenant-database';
import { createMemoryLogger } from '../support/memory-logger';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

const customerId = 'RECEIPTS';
const logger = createMemoryLogger();
let testDatabase: TestDatabase;
let tenantDatabase: TenantDatabase;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  tenantDatabase = await openTenantDatabase({ url: testDatabase.url, logger, customerId });
});
afterAll(async () => {
  await tenantDatabase.stop();
  await testDatabase.stop();
});

async function sql<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
  return tenantDatabase.db.query<Row>({ name: 'test', text, values, prepare: false });
}

async function addDelivery(status: string): Promise<number> {
  const [row] = await sql<{ id: number }>(
    `insert into message_deliveries (customer_id, channel, recipient, status)
     values ($1, 'whatsapp', '+27820000001', $2) returning id`,
    [customerId, status],
  );
  return row?.id ?? 0;
}

async function read(id: number) {
  const [row] = await sql<{ status: string; delivered_at: Date | null; read_at: Date | null }>(
    'select status, delivered_at, read_at from message_deliveries where id = $1',
    [id],
  );
  return row;
}

const at = new Date('2026-11-29T10:00:00Z');
const receipt = (deliveryId: number, status: Receipt['status']): Receipt => ({
  deliveryId,
  messageId: `m${deliveryId}`,
  status,
  at,
});

/** Records them, and returns what was told. */
async function record(receipts: readonly Receipt[], meanwhile = async () => {}): Promise<string[]> {
  const told: string[] = [];
  const signals = createSignals((name, thrown) => {
    throw new Error(name, { cause: thrown });
  });
  for (const status of ['sent', 'delivered', 'read'] as const) {
    signals.on(`delivery.${status}`, (change) => told.push(`${change.deliveryId} ${status}`));
  }
  const tenant = { customerId, history: createDeliveryHistoryStore(tenantDatabase.db, customerId) };
  await Promise.all([recordReceipts({ tenant, signals, logger }, receipts), meanwhile()]);
  return told;
}

test('many at once: each delivery gets to its highest step, and every step is told in its order', async () => {
  const [one, two] = [await addDelivery('sent'), await addDelivery('sent')];
  const told = await record([receipt(one, 'delivered'), receipt(two, 'delivered'), receipt(one, 'read')]);
  expect(told.filter((line) => line.startsWith(`${one} `))).toEqual([`${one} delivered`, `${one} read`]);
  expect(told.filter((line) => line.startsWith(`${two} `))).toEqual([`${two} delivered`]);
  expect(await read(one)).toEqual({ status: 'read', delivered_at: at, read_at: at });
  expect(await read(two)).toEqual({ status: 'delivered', delivered_at: at, read_at: null });
});

test('nothing is told twice, nothing goes down the ladder, and what did not leave is left alone', async () => {
  const [done, failed] = [await addDelivery('read'), await addDelivery('failed')];
  expect(await record([receipt(done, 'delivered'), receipt(failed, 'read'), receipt(0, 'read')])).toEqual([]);
  expect(await read(done)).toMatchObject({ status: 'read' });
  expect(await read(failed)).toMatchObject({ status: 'failed' });
});

test('an unknown outcome is settled before the steps above it', async () => {
  const id = await addDelivery('unknown');
  const told = await record([receipt(id, 'sent'), receipt(id, 'delivered'), receipt(id, 'read')]);
  expect(told).toEqual([`${id} sent`, `${id} delivered`, `${id} read`]);
  expect(await read(id)).toEqual({ status: 'read', delivered_at: at, read_at: at });
});

test('a receipt that overtakes the outcome of its sending waits for it, and holds up no other', async () => {
  const [quick, other] = [await addDelivery('sending'), await addDelivery('sent')];
  const told = await record([receipt(quick, 'read'), receipt(other, 'read')], async () => {
    await expect.poll(() => read(other)).toMatchObject({ status: 'read' });
    expect(await read(quick)).toMatchObject({ status: 'sending' });
    await sql(`update message_deliveries set status = 'sent' where id = $1`, [quick]);
  });
  expect(told).toEqual([`${other} read`, `${quick} read`]);
});
