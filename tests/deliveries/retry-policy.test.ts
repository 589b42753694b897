import { describe, expect, test } from 'vitest';
import { longestRetryWaitMs, nextRetryInMs, retryWindowMs } from '../../main/gateway/deliveries/retry-policy';

const settings = { max_retries: 8, first_retry_seconds: 2 };
const sixHoursMs = 6 * 60 * 60 * 1000;
const atMost = () => 1;
const atLeast = () => 0;

describe('the longest wait before a retry', () => {
  test.each([
    { retry: 1, seconds: 2 },
    { retry: 2, seconds: 8 },
    { retry: 3, seconds: 32 },
    { retry: 4, seconds: 128 },
    { retry: 5, seconds: 512 },
    { retry: 6, seconds: 2_048 },
    { retry: 7, seconds: 8_192 },
    { retry: 8, seconds: 21_600 },
    { retry: 50, seconds: 21_600 },
  ])('is four times the one before and 6 h at most: number $retry, $seconds s', ({ retry, seconds }) => {
    expect(longestRetryWaitMs(settings, retry)).toBe(seconds * 1000);
  });

  test.each([1, 30, 3_600])('begins with the tenant’s own %i s', (first) => {
    expect(longestRetryWaitMs({ ...settings, first_retry_seconds: first }, 1)).toBe(first * 1000);
  });
});

describe('the next retry', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('number %i waits between nothing and its longest', (retry) => {
    const longest = longestRetryWaitMs(settings, retry);
    expect(nextRetryInMs(settings, retry, { random: atLeast })).toBe(0);
    expect(nextRetryInMs(settings, retry, { random: () => 0.25 })).toBe(longest / 4);
    expect(nextRetryInMs(settings, retry, { random: atMost })).toBe(longest);
  });

  test('is spread: messages that failed together do not come back together', () => {
    const waits = Array.from({ length: 1_000 }, () => nextRetryInMs(settings, 4) ?? -1);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...waits)).toBeLessThanOrEqual(128_000);
    // A thousand draws that leave a tenth of the range empty, or pile up in it: less than once in 10^40.
    const tenths = Array.from({ length: 10 }, (_, tenth) =>
      waits.filter((wait) => Math.floor(wait / 12_800) === tenth),
    );
    for (const tenth of tenths) expect(tenth.length).toBeGreaterThan(10);
  });

  test('is none once the retries are spent', () => {
    expect(nextRetryInMs(settings, 8)).toBeDefined();
    expect(nextRetryInMs(settings, 9)).toBeUndefined();
    expect(nextRetryInMs({ ...settings, max_retries: 0 }, 1)).toBeUndefined();
  });

  test('is none even where the other side said when to come back', () => {
    expect(nextRetryInMs(settings, 9, { notBeforeMs: 1_000 })).toBeUndefined();
  });

  test.each([
    { what: 'a floor under a shorter wait', notBeforeMs: 60_000, random: atLeast, expected: 60_000 },
    { what: 'nothing to a longer wait', notBeforeMs: 1_000, random: atMost, expected: 8_000 },
    { what: '6 h at most', notBeforeMs: 30 * 24 * 3_600_000, random: atLeast, expected: sixHoursMs },
    { what: 'nothing where it is 0', notBeforeMs: 0, random: () => 0.5, expected: 4_000 },
  ])('what the other side asked for is $what', ({ notBeforeMs, random, expected }) => {
    expect(nextRetryInMs(settings, 2, { notBeforeMs, random })).toBe(expected);
  });
});

describe('all the retries together', () => {
  test.each([
    { max_retries: 0, first_retry_seconds: 2, seconds: 0 },
    { max_retries: 1, first_retry_seconds: 2, seconds: 2 },
    { max_retries: 3, first_retry_seconds: 2, seconds: 42 },
    { max_retries: 8, first_retry_seconds: 2, seconds: 32_522 },
    { max_retries: 2, first_retry_seconds: 20_000, seconds: 41_600 },
  ])('$max_retries from $first_retry_seconds s on span $seconds s', ({ seconds, ...retrySettings }) => {
    expect(retryWindowMs(retrySettings)).toBe(seconds * 1000);
  });
});
