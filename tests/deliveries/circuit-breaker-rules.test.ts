import { expect, it } from 'vitest';
import { createCircuitBreaker } from '../../main/gateway/deliveries/circuit-breaker';

function openBreaker() {
  let nowMs = 1_000_000;
  const breaker = createCircuitBreaker(() => nowMs);
  const fail = (times = 1) => {
    for (let failure = 0; failure < times; failure += 1) breaker.recordUnavailable();
  };
  return { breaker, fail, pass: (ms: number) => void (nowMs += ms), now: () => nowMs };
}

it('stays closed for four failures in a row, and opens at the fifth', () => {
  const { breaker, fail, now } = openBreaker();
  fail(4);
  expect(breaker.state()).toBe('closed');
  expect([breaker.probeInMs(), breaker.openSinceMs()]).toEqual([0, undefined]);
  fail();
  expect(breaker.state()).toBe('open');
  expect([breaker.probeInMs(), breaker.openSinceMs()]).toEqual([2_000, now()]);
});

it('counts anew after a success', () => {
  const { breaker, fail } = openBreaker();
  fail(4);
  breaker.recordSuccess();
  fail(4);
  expect(breaker.state()).toBe('closed');
});

it('lets a probe try when its time has come, not a moment before', () => {
  const { breaker, fail, pass } = openBreaker();
  fail(5);
  pass(1_999);
  expect([breaker.state(), breaker.probeInMs()]).toEqual(['open', 1]);
  pass(1);
  expect([breaker.state(), breaker.probeInMs()]).toEqual(['probing', 0]);
});

it('doubles the wait after each failed probe, up to a minute', () => {
  const { breaker, fail, pass } = openBreaker();
  fail(5);
  const waits: number[] = [];
  for (let probe = 0; probe < 7; probe += 1) {
    waits.push(breaker.probeInMs());
    pass(breaker.probeInMs());
    fail();
  }
  expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
});

it('does not put the probe off for messages that were under way and fail together', () => {
  const { breaker, fail, pass } = openBreaker();
  fail(5);
  pass(500);
  fail(100);
  expect(breaker.probeInMs()).toBe(1_500);
});

it('remembers since when the channel is away, however many probes fail', () => {
  const { breaker, fail, pass, now } = openBreaker();
  fail(5);
  const since = now();
  pass(2_000);
  fail();
  pass(4_000);
  fail();
  expect(breaker.openSinceMs()).toBe(since);
});

it('closes with the first success, and begins with the short wait the next time', () => {
  const { breaker, fail, pass } = openBreaker();
  fail(5);
  pass(2_000);
  fail();
  pass(4_000);
  breaker.recordSuccess();
  expect([breaker.state(), breaker.openSinceMs()]).toEqual(['closed', undefined]);
  fail(5);
  expect(breaker.probeInMs()).toBe(2_000);
});
