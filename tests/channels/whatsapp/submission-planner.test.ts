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
});

/** A ledger whose writes are answered by the test; it lists the deliveries of each. */
function openLedger() {
  const writes: number[][] = [];
  const answers: { resolve(areFirst: boolean[]): void; reject(thrown: Error): void }[] = [];
  return {
    writes,
    answers,
    planSubmissions: (_customerId: string, deliveries: readonly (readonly Submission[])[]) => {
      writes.push(deliveries.map(([first]) => first?.deliveryId ?? 0));
      return new Promise<readonly boolean[]>((resolve, reject) => answers.push({ resolve, reject }));
    },
  };
}

const never = new Promise<void>(() => undefined);

it('those that come while one is written share the next write', async () => {
  const ledger = openLedger();
  const planner = createSubmissionPlanner(ledger);
  const [first, second, third] = [1, 2, 3].map((id) => planner.plan('A', [submission(id)], never));
  expect(ledger.writes).toEqual([[1]]);
  ledger.answers[0]?.resolve([true]);
  await first;
  await expect.poll(() => ledger.writes).toEqual([[1], [2, 3]]);
  ledger.answers[1]?.resolve([true, false]);
  expect(await Promise.all([second, third])).toEqual([true, false]);
});

it('no more are written down than may soon leave', async () => {
  const ledger = openLedger();
  const planner = createSubmissionPlanner(ledger);
  const ready = [1, 2, 3].map((id) => planner.plan('A', [submission(id)], never));
  ledger.answers[0]?.resolve([true]);
  await expect.poll(() => ledger.answers.length).toBe(2);
  ledger.answers[1]?.resolve([true, true]);
  await Promise.all(ready);
  void planner.plan('A', [submission(4)], never);
  expect(ledger.writes).toHaveLength(2);
  planner.finish('A');
  expect(ledger.writes[2]).toEqual([4]);
});

it('one whose turn has come is written, however many are ready: they may wait for it', async () => {
  const ledger = openLedger();
  const planner = createSubmissionPlanner(ledger);
  const ready = [1, 2, 3].map((id) => planner.plan('A', [submission(id)], never));
  ledger.answers[0]?.resolve([true]);
  await expect.poll(() => ledger.answers.length).toBe(2);
  ledger.answers[1]?.resolve([true, true]);
  await Promise.all(ready);
  void planner.plan('A', [submission(4)], Promise.resolve());
  await expect.poll(() => ledger.writes[2]).toEqual([4]);
});

it('a write that fails is told to those it was for, and the next are written', async () => {
  const ledger = openLedger();
  const planner = createSubmissionPlanner(ledger);
  const first = planner.plan('A', [submission(1)], never);
  const second = planner.plan('A', [submission(2)], never);
  ledger.answers[0]?.reject(new Error('the database is away'));
  await expect(first).rejects.toThrow('the database is away');
  planner.finish('A');
  await expect.poll(() => ledger.writes).toEqual([[1], [2]]);
  ledger.answers[1]?.resolve([true]);
  expect(await second).toBe(true);
});

it('tenants do not wait for each other', () => {
  const ledger = openLedger();
  const planner = createSubmissionPlanner(ledger);
  void planner.plan('A', [submission(1)], never);
  void planner.plan('B', [submission(2)], never);
  expect(ledger.writes).toEqual([[1], [2]]);
});
