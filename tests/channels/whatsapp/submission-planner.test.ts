import { expect, it } from 'vitest';
import type { Submission } from '../../../main/gateway/channels/whatsapp/message-ledger';
import { createSubmissionPlanner } from '../../../main/gateway/channels/whatsapp/submission-planner';

const submission = (deliveryId: number): Submission => ({
  deliveryId,
  part: 0,
  chatId: '27821234567@c.us',
  kind: 'text',
  bodyHash: '',
  filename: null,
  startedAt: new Date(),
  number: 'own',
});

/** A ledger whose writes are answered by the test. */
function openLedger() {
  const written: number[] = [];
  const open: { deliveries: number[]; resolve(areFirst: boolean[]): void; reject(thrown: Error): void }[] =
    [];
  let statements = 0;
  return {
    /** deliveries that were written down, in order */
    written,
    statements: () => statements,
    planSubmissions: (_customerId: string, submissions: readonly (readonly Submission[])[]) => {
      const deliveries = submissions.map(([first]) => first?.deliveryId ?? 0);
      statements += 1;
      written.push(...deliveries);
      return new Promise<readonly boolean[]>((resolve, reject) => open.push({ deliveries, resolve, reject }));
    },
    /** Answers what is being written, and what that makes room for. `isFirst`: the delivery was not there before. */
    async answer(isFirst: (deliveryId: number) => boolean = () => true): Promise<void> {
      for (let write = open.shift(); write; write = open.shift()) {
        write.resolve(write.deliveries.map(isFirst));
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    fail: (message: string) => open.shift()?.reject(new Error(message)),
  };
}

const never = new Promise<void>(() => undefined);
const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

it('however many come while one is written, each is written once and gets its own answer', async () => {
  const ledger = openLedger();
  const planner = createSubmissionPlanner(ledger);
  const ids = range(50);
  const plans = Promise.all(ids.map((id) => planner.plan('A', [submission(id)], never)));
  expect(ledger.written).not.toContain(50);
  const isOdd = (id: number) => id % 2 === 1;
  await ledger.answer(isOdd);
  expect(await plans).toEqual(ids.map(isOdd));
  expect(ledger.written).toEqual(ids);
  // The disk is waited for by many together.
  expect(ledger.statements()).toBeLessThan(5);
});

/** With more of them ready than leave soon. */
async function openBusyPlanner() {
  const ledger = openLedger();
  const planner = createSubmissionPlanner(ledger);
  const plans = Promise.all(range(5).map((id) => planner.plan('A', [submission(id)], never)));
  await ledger.answer();
  await plans;
  return { ledger, planner };
}

it('one that would wait long is not written down before there is room', async () => {
  const { ledger, planner } = await openBusyPlanner();
  const waiting = planner.plan('A', [submission(6)], never);
  await ledger.answer();
  expect(ledger.written).not.toContain(6);
  for (let finished = 0; finished < 5; finished += 1) planner.finish('A');
  await ledger.answer();
  expect(await waiting).toBe(true);
  expect(ledger.written).toContain(6);
});

it('one whose turn has come is written, however many are ready: they may wait for it', async () => {
  const { ledger, planner } = await openBusyPlanner();
  const urgent = planner.plan('A', [submission(6)], Promise.resolve());
  await expect.poll(() => ledger.written).toContain(6);
  await ledger.answer();
  expect(await urgent).toBe(true);
});

it('a write that fails is told to those it was for, and the next are written', async () => {
  const ledger = openLedger();
  const planner = createSubmissionPlanner(ledger);
  const first = planner.plan('A', [submission(1)], never);
  const second = planner.plan('A', [submission(2)], never);
  ledger.fail('the database is away');
  await expect(first).rejects.toThrow('the database is away');
  planner.finish('A');
  await expect.poll(() => ledger.written).toContain(2);
  await ledger.answer();
  expect(await second).toBe(true);
});

it('tenants do not wait for each other', async () => {
  const { ledger, planner } = await openBusyPlanner();
  const waiting = planner.plan('A', [submission(6)], never);
  const other = planner.plan('B', [submission(7)], never);
  await ledger.answer();
  expect(await other).toBe(true);
  expect(ledger.written).not.toContain(6);
  for (let finished = 0; finished < 5; finished += 1) planner.finish('A');
  await ledger.answer();
  expect(await waiting).toBe(true);
});
