import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSerialQueue } from '../../main/gateway/concurrency/serial-queue';
import { answersInTime, waitAtMost, withTimeout } from '../../main/gateway/concurrency/with-timeout';
import { errorText, isTooSlow, NoAnswerError } from '../../main/gateway/errors';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const never = new Promise<string>(() => undefined);
const afterMs = (ms: number) => new Promise<string>((resolve) => setTimeout(() => resolve('done'), ms));

describe('work in time', () => {
  test('is handed on', async () => {
    const work = withTimeout(afterMs(99), 100);
    await vi.advanceTimersByTimeAsync(100);
    expect(await work).toBe('done');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that fails fails so', async () => {
    await expect(withTimeout(Promise.reject(new Error('of the work')), 100)).rejects.toThrow('of the work');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that is late is not waited for, in words', async () => {
    const late = withTimeout(never, 2_000).catch((thrown: unknown) => thrown);
    await vi.advanceTimersByTimeAsync(2_000);
    const error = await late;
    expect(error).toBeInstanceOf(NoAnswerError);
    expect(isTooSlow(error)).toBe(true);
    expect((error as Error).message).toBe('No answer within 2 seconds.');
  });

  test('that fails after it was late disturbs nobody', async () => {
    const failing = new Promise((_resolve, reject) => setTimeout(() => reject(new Error('late')), 200));
    const late = withTimeout(failing, 100).catch(() => 'late');
    await vi.advanceTimersByTimeAsync(300);
    expect(await late).toBe('late');
  });
});

describe('whether work answers in time', () => {
  test.each([
    ['succeeds', () => Promise.resolve(), true],
    ['fails', () => Promise.reject(new Error('no')), false],
    ['is late', () => never, false],
  ])('that %s', async (_what, work, expected) => {
    const answer = answersInTime(work(), 100);
    await vi.advanceTimersByTimeAsync(100);
    expect(await answer).toBe(expected);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is waited for no longer than that', async () => {
    const waited = waitAtMost(never, 100);
    await vi.advanceTimersByTimeAsync(100);
    await expect(waited).resolves.toBeUndefined();
  });
});

describe('a serial queue', () => {
  test('runs one at a time, in the order they came', async () => {
    const run = createSerialQueue();
    const log: string[] = [];
    const work = (name: string, ms: number) => async () => {
      log.push(`${name} begins`);
      await afterMs(ms);
      log.push(`${name} ends`);
      return name;
    };
    const all = Promise.all([run(work('a', 30)), run(work('b', 10)), run(work('c', 1))]);
    await vi.advanceTimersByTimeAsync(100);
    expect(await all).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  test('goes on after one that fails, and tells its error to whoever gave it', async () => {
    const run = createSerialQueue();
    const failed = run(() => Promise.reject(new Error('of the first'))).catch((thrown: unknown) =>
      errorText(thrown),
    );
    const next = run(() => Promise.resolve('second'));
    expect(await failed).toBe('of the first');
    expect(await next).toBe('second');
  });
});
