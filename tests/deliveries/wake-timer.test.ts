import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createWakeTimer } from '../../main/gateway/deliveries/wake-timer';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open() {
  const wake = vi.fn();
  return { wake, timer: createWakeTimer(wake) };
}

it('wakes once for many reasons, at the earliest of them', () => {
  const { wake, timer } = open();
  timer.wakeIn(500);
  timer.wakeIn(100);
  timer.wakeIn(300);
  vi.advanceTimersByTime(99);
  expect(wake).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10_000);
  expect(wake).toHaveBeenCalledTimes(1);
});

it('can be set again once it has woken', () => {
  const { wake, timer } = open();
  timer.wakeIn(100);
  vi.advanceTimersByTime(100);
  timer.wakeIn(300);
  vi.advanceTimersByTime(300);
  expect(wake).toHaveBeenCalledTimes(2);
});

it('wakes soon for what is overdue', () => {
  const { wake, timer } = open();
  timer.wakeIn(-5_000);
  vi.advanceTimersByTime(0);
  expect(wake).toHaveBeenCalledTimes(1);
});

it('does not fire at once for a time beyond what Node can wait for', () => {
  const { wake, timer } = open();
  timer.wakeIn(2 ** 31 + 1_000);
  vi.advanceTimersByTime(1_000_000);
  expect(wake).not.toHaveBeenCalled();
});

it('wakes nobody after it was stopped', () => {
  const { wake, timer } = open();
  timer.wakeIn(100);
  timer.stop();
  timer.wakeIn(50);
  vi.advanceTimersByTime(1_000);
  expect(wake).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
