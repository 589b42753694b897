import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { quitRunningApp } from '../../main/desktop/quit-switch';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** An Electron whose first instance ends at the so-manieth time it is asked. */
function appThatEndsAfter(asked: number) {
  const exits: number[] = [];
  let times = 0;
  return {
    exits,
    times: () => times,
    requestSingleInstanceLock: () => (times += 1) > asked,
    releaseSingleInstanceLock: () => undefined,
    exit: (code = 0) => void exits.push(code),
  };
}

test('an ordinary start has another role', () => {
  const app = appThatEndsAfter(0);
  expect(quitRunningApp(app, ['app', '--hidden'])).toBe(false);
  expect(app.times()).toBe(0);
});

test('where none runs it ends at once', () => {
  const app = appThatEndsAfter(0);
  expect(quitRunningApp(app, ['app', '--quit'])).toBe(true);
  expect(app.exits).toEqual([0]);
});

test('waits for the end of the one that runs', async () => {
  const app = appThatEndsAfter(8);
  quitRunningApp(app, ['app', '--quit']);
  expect(app.exits).toEqual([]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(app.exits).toEqual([0]);
});

test('says so when it goes on running', async () => {
  const app = appThatEndsAfter(Infinity);
  quitRunningApp(app, ['app', '--quit']);
  await vi.advanceTimersByTimeAsync(14_000);
  expect(app.exits).toEqual([]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(app.exits).toEqual([1]);
});
