import { expect, test } from 'vitest';
import { createMemoryBudget } from '../../main/gateway/whatsapp/memory-budget';
import { measureProcessTreesMb } from '../../main/gateway/whatsapp/process-tree';

test('the first session needs more than each further one, and those that still grow count', async () => {
  const budget = createMemoryBudget({
    budgetMb: 1_000,
    measureMb: (pids) => Promise.resolve(pids.length * 300),
    availableMb: () => 10_000,
  });
  await budget.check([], 0);
  await budget.check([1, 2], 0);
  await budget.check([1, 2], 1);
  await expect(budget.check([1, 2], 2)).rejects.toMatchObject({
    code: 'memory_budget',
    httpStatus: 503,
    details: { used_mb: 920, needed_mb: 160, budget_mb: 1_000 },
  });
  const small = createMemoryBudget({
    budgetMb: 369,
    measureMb: () => Promise.resolve(0),
    availableMb: () => 10_000,
  });
  await expect(small.check([], 0)).rejects.toMatchObject({ code: 'memory_budget' });
});

test('a machine that is nearly full takes no session, whatever the budget says', async () => {
  const budget = createMemoryBudget({
    budgetMb: 100_000,
    measureMb: () => Promise.resolve(0),
    availableMb: () => 500,
  });
  await expect(budget.check([], 0)).rejects.toThrow('This machine has 500 MB of memory left');
});

test('the memory of a process tree is measured', async () => {
  const own = await measureProcessTreesMb([process.pid]);
  expect(own).toBeGreaterThan(20);
  expect(own).toBeLessThan(20_000);
  expect(await measureProcessTreesMb([])).toBe(0);
});
