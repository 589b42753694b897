import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createMessageLedger } from '../../../main/gateway/channels/whatsapp/message-ledger';
import type { Database } from '../../../main/gateway/storage/database';
import { createMemoryLogger } from '../../support/memory-logger';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A ledger on a database that only lists what it is told: these tests are about when that is. */
function openLedger() {
  const statements: { readonly name: string; readonly values: readonly unknown[] }[] = [];
  const database: Partial<Database> = {
    query: (statement) => {
      statements.push({ name: statement.name, values: statement.values ?? [] });
      return Promise.resolve([]);
    },
  };
  const ledger = createMessageLedger({
    databaseOf: () => database as Database,
    logger: createMemoryLogger(),
    onProgress: () => undefined,
  });
  const raised = () =>
    statements.filter(({ name }) => name === 'raise-whatsapp-acks').map(({ values }) => values[0]);
  return { ledger, statements, raised };
}

it('one receipt by itself is written after a tenth of a second', async () => {
  const { ledger, raised } = openLedger();
  ledger.raiseAck('A', 'm1', 2);
  await vi.advanceTimersByTimeAsync(99);
  expect(raised()).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(raised()).toEqual([['m1']]);
});

it('in a burst they are written twice a second, and after it soon again', async () => {
  const { ledger, raised } = openLedger();
  for (let message = 0; message < 30; message += 1) {
    ledger.raiseAck('A', `m${message}`, 2);
    await vi.advanceTimersByTimeAsync(50);
  }
  await vi.advanceTimersByTimeAsync(500);
  // 1.5 s of messages: the first few, then those of half a second each.
  expect(raised()).toHaveLength(4);
  expect(raised().flat()).toEqual(Array.from({ length: 30 }, (_, message) => `m${message}`));
  await vi.advanceTimersByTimeAsync(1_000);
  ledger.raiseAck('A', 'later', 2);
  await vi.advanceTimersByTimeAsync(100);
  expect(raised().at(-1)).toEqual(['later']);
});

it('of several acks of a message the highest is written, and a part is confirmed before its acks', async () => {
  const { ledger, statements } = openLedger();
  ledger.raiseAck('A', 'm1', 3);
  ledger.raiseAck('A', 'm1', 2);
  ledger.confirm('A', { deliveryId: 1, part: 0, messageId: 'm1' });
  await vi.advanceTimersByTimeAsync(100);
  expect(statements.map(({ name }) => name)).toEqual(['confirm-whatsapp-submissions', 'raise-whatsapp-acks']);
  expect(statements[1]?.values).toEqual([['m1'], [3]]);
});

it('a stop writes what waits', async () => {
  const { ledger, raised } = openLedger();
  ledger.raiseAck('A', 'm1', 2);
  await ledger.stop();
  expect(raised()).toEqual([['m1']]);
});
