import { expect, test } from 'vitest';
import { isSweepDue } from '../../main/gateway/composition/is-sweep-due';

const quiet = { writes: '1/1/1', hasStrangers: false };
const last = { startedAtMs: 1_000, writes: '1/1/1' };
const due = (agoMs: number, activity: Parameters<typeof isSweepDue>[1], lastUsedMs = 0) =>
  isSweepDue(last, activity, lastUsedMs, last.startedAtMs + agoMs);

test('a database that was never looked into is due', () => {
  expect(isSweepDue(undefined, quiet, 0, 0)).toBe(true);
});

test('one that nobody writes to, and nobody is connected to, is hardly ever looked into', () => {
  expect(due(200_000, quiet)).toBe(false);
  expect(due(301_000, quiet)).toBe(true);
});

test('what others wrote is looked into at once', () => {
  expect(due(1_000, { ...quiet, writes: '2/1/1' })).toBe(true);
  expect(due(100, { ...quiet, writes: '2/1/1' })).toBe(false);
});

test('while others are connected, every few seconds: what they write is counted late', () => {
  const activity = { ...quiet, hasStrangers: true };
  expect(due(2_500, activity)).toBe(false);
  expect(due(3_100, activity)).toBe(true);
});

test.each([
  ['the server does not say', undefined, 0],
  ['this gateway itself used it', { ...quiet, writes: '9/9/9' }, 1_500],
])('where %s, every four seconds', (_, activity, lastUsedMs) => {
  expect(due(3_900, activity, lastUsedMs)).toBe(false);
  expect(due(4_000, activity, lastUsedMs)).toBe(true);
});
