import { beforeEach, expect, test } from 'vitest';
import { createCpuBudget, type CpuBudget } from '../../main/gateway/auth/cpu-budget';

let clockMs = 0;
let budget: CpuBudget;

beforeEach(() => {
  clockMs = 1_000;
  budget = createCpuBudget(600, 'milliseconds of searches in a minute', { freeMs: 5, now: () => clockMs });
});

/** Work that holds everybody up for so long. */
const takes = (ms: number) => () => {
  clockMs += ms;
  return 'done';
};
const refused = (resetSeconds: number) =>
  expect.objectContaining({
    code: 'rate_limited',
    httpStatus: 429,
    details: { retry_after_seconds: resetSeconds },
  }) as Error;

test('hands on what the work returns and throws', () => {
  expect(budget.spend('A', () => 7)).toBe(7);
  expect(() =>
    budget.spend('A', () => {
      throw new Error('of the work');
    }),
  ).toThrow('of the work');
});

test('is used up by time and not by how often it is asked', () => {
  for (let time = 0; time < 1_000; time += 1) budget.spend('A', takes(5));
  clockMs = 1_000_000;
  budget.spend('A', takes(705));
  // 100 ms beyond, and 7 have flowed back meanwhile.
  expect(() => budget.spend('A', takes(0))).toThrow(refused(10));
});

test('work that begins in time is done, however long it takes, and its time is owed', () => {
  expect(budget.spend('A', takes(605 + 300))).toBe('done');
  // 300 ms beyond, of which 10 flow back in a second.
  expect(() => budget.spend('A', takes(0))).toThrow(refused(30));
  clockMs += 29_000;
  expect(() => budget.spend('A', takes(0))).toThrow(refused(1));
  clockMs += 1_001;
  expect(budget.spend('A', takes(0))).toBe('done');
});

test('of work that fails, its time counts as well', () => {
  expect(() =>
    budget.spend('A', () => {
      clockMs += 700;
      throw new Error('too deep');
    }),
  ).toThrow('too deep');
  expect(() => budget.spend('A', takes(0))).toThrow(refused(9));
});

test('of one tenant leaves the others theirs', () => {
  budget.spend('A', takes(5_000));
  expect(() => budget.spend('A', takes(0))).toThrow(refused(435));
  expect(budget.spend('B', takes(0))).toBe('done');
});

test('is never fuller than full', () => {
  budget.spend('A', takes(1));
  clockMs += 3_600_000;
  budget.spend('A', takes(705));
  expect(() => budget.spend('A', takes(0))).toThrow(refused(10));
});
