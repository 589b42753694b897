import { expect, test } from 'vitest';
import { createAwakeRule } from '../../main/desktop/stay-awake';

const minute = 60_000;

test('stays awake while messages leave, and lets go of a retry that is hours away', () => {
  let now = 0;
  const mustStayAwake = createAwakeRule(() => now);
  expect(mustStayAwake({ waiting: 0, sending: 0 })).toBe(false);
  expect(mustStayAwake({ waiting: 3, sending: 0 })).toBe(true);
  now += 9 * minute;
  expect(mustStayAwake({ waiting: 3, sending: 0 })).toBe(true);
  now += 2 * minute;
  expect(mustStayAwake({ waiting: 3, sending: 0 })).toBe(false);
  // An attempt, or a new message: awake again.
  expect(mustStayAwake({ waiting: 2, sending: 1 })).toBe(true);
  now += 60 * minute;
  expect(mustStayAwake({ waiting: 2, sending: 1 })).toBe(true);
  expect(mustStayAwake({ waiting: 4, sending: 0 })).toBe(true);
  expect(mustStayAwake({ waiting: 0, sending: 0 })).toBe(false);
});
