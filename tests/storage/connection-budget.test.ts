import { expect, test } from 'vitest';
import {
  createConnectionBudget,
  type BudgetOwner,
  type Permit,
} from '../../main/gateway/storage/connection-budget';

interface Tester extends BudgetOwner {
  /** connections that it leaves idle, by when they became so */
  readonly idle: { readonly sinceMs: number; readonly permit: Permit }[];
}

function createOwner(): Tester {
  const idle: Tester['idle'] = [];
  return {
    idle,
    idleSinceMs: () => idle[0]?.sinceMs,
    closeIdle: () => idle.shift()?.permit.release(),
  };
}

const never = new AbortController().signal;
const longAgo = () => performance.now() - 10_000;

test('no more connections are open than the limit, and the next waits for one to go', async () => {
  const budget = createConnectionBudget(2);
  const [a, b] = [createOwner(), createOwner()];
  const first = await budget.acquire(a, never);
  await budget.acquire(a, never);
  let granted = false;
  const third = budget.acquire(b, never).then(() => (granted = true));
  await Promise.resolve();
  expect(budget.status()).toEqual({ limit: 2, used: 2, waiting: 1 });
  expect(granted).toBe(false);
  first.release();
  first.release();
  await third;
  expect(budget.status()).toEqual({ limit: 2, used: 2, waiting: 0 });
});

test('whoever holds fewest comes first, and then whoever has waited longest', async () => {
  const budget = createConnectionBudget(5);
  const [hog, second, third] = [createOwner(), createOwner(), createOwner()];
  const held: Permit[] = [];
  for (let n = 0; n < 4; n += 1) held.push(await budget.acquire(hog, never));
  await budget.acquire(second, never);
  const order: string[] = [];
  void budget.acquire(hog, never).then(() => order.push('hog'));
  const waits = [
    budget.acquire(second, never).then(() => order.push('second')),
    budget.acquire(third, never).then(() => order.push('third')),
  ];
  expect(budget.shouldYield(hog)).toBe(true);
  expect(budget.shouldYield(third)).toBe(false);
  for (const permit of held.slice(2)) {
    permit.release();
    await Promise.resolve();
  }
  await Promise.all(waits);
  expect(order).toEqual(['third', 'second']);
});

test('what others leave idle is closed for who waits, the longest idle first', async () => {
  const budget = createConnectionBudget(2);
  const [old, recent, needy] = [createOwner(), createOwner(), createOwner()];
  old.idle.push({ sinceMs: longAgo(), permit: await budget.acquire(old, never) });
  recent.idle.push({ sinceMs: performance.now() - 1_000, permit: await budget.acquire(recent, never) });
  await budget.acquire(needy, never);
  expect(old.idle).toEqual([]);
  expect(recent.idle).toHaveLength(1);
  await budget.acquire(needy, never);
  expect(recent.idle).toEqual([]);
});

test('a connection that was handed on counts for its new owner, and can be taken from it', async () => {
  const budget = createConnectionBudget(1);
  const [opener, owner, needy] = [createOwner(), createOwner(), createOwner()];
  const permit = await budget.acquire(opener, never);
  permit.handTo(owner);
  owner.idle.push({ sinceMs: longAgo(), permit });
  await budget.acquire(needy, never);
  expect(owner.idle).toEqual([]);
});

test('what became idle a moment ago is left for a moment', async () => {
  const budget = createConnectionBudget(1);
  const [owner, needy] = [createOwner(), createOwner()];
  owner.idle.push({ sinceMs: performance.now(), permit: await budget.acquire(owner, never) });
  const waiting = budget.acquire(needy, never);
  expect(owner.idle).toHaveLength(1);
  await waiting;
  expect(owner.idle).toEqual([]);
});

test('who gives up waiting is forgotten', async () => {
  const budget = createConnectionBudget(1);
  const permit = await budget.acquire(createOwner(), never);
  const impatient = new AbortController();
  const waiting = budget.acquire(createOwner(), impatient.signal);
  impatient.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  permit.release();
  expect(budget.status()).toEqual({ limit: 1, used: 0, waiting: 0 });
  await expect(budget.acquire(createOwner(), impatient.signal)).resolves.toBeDefined();
});

test('a limit that falls takes idle connections back, and one that rises lets waiters in', async () => {
  const budget = createConnectionBudget(3);
  const [owner, needy] = [createOwner(), createOwner()];
  for (let n = 0; n < 3; n += 1) {
    owner.idle.push({ sinceMs: longAgo(), permit: await budget.acquire(owner, never) });
  }
  budget.setLimit(2);
  expect(budget.status()).toEqual({ limit: 2, used: 2, waiting: 0 });
  owner.idle.length = 0;
  budget.setLimit(1);
  expect(budget.shouldYield(owner)).toBe(true);
  const waiting = budget.acquire(needy, never);
  budget.setLimit(3);
  await waiting;
  expect(budget.status()).toEqual({ limit: 3, used: 3, waiting: 0 });
});
