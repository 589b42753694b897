import { expect, test, vi } from 'vitest';
import { createLogRing } from '../../main/gateway/observability/log-ring';

test('keeps the last lines, newest first', () => {
  const ring = createLogRing(3);
  for (const line of ['a', 'b', 'c', 'd', 'e']) ring.add('info', line);
  expect(ring.tail(10).map(({ line }) => line)).toEqual(['e', 'd', 'c']);
  expect(ring.tail(2).map(({ line }) => line)).toEqual(['e', 'd']);
  expect(ring.tail(0)).toEqual([]);
});

test('numbers lines without a gap, over its end as well', () => {
  const ring = createLogRing(2);
  for (let line = 0; line < 5; line += 1) ring.add('info', String(line));
  expect(ring.tail(10).map(({ seq }) => seq)).toEqual([5, 4]);
});

test('is not full at first', () => {
  const ring = createLogRing(100);
  expect(ring.tail(10)).toEqual([]);
  ring.add('warn', 'only one');
  expect(ring.tail(10)).toEqual([{ seq: 1, level: 'warn', line: 'only one' }]);
});

test.each([
  ['error', ['error']],
  ['warn', ['warn', 'error']],
  ['info', ['info', 'warn', 'error']],
  ['debug', ['debug', 'info', 'warn', 'error']],
  [undefined, ['debug', 'info', 'warn', 'error']],
] as const)('shows level %s and what is worse', (level, expected) => {
  const ring = createLogRing(10);
  for (const each of ['error', 'warn', 'info', 'debug'] as const) ring.add(each, each);
  expect(ring.tail(10, level).map(({ line }) => line)).toEqual(expected);
});

test('looks past other lines for as many as were asked for', () => {
  const ring = createLogRing(100);
  for (let line = 0; line < 50; line += 1) ring.add(line % 10 === 0 ? 'error' : 'debug', String(line));
  expect(ring.tail(3, 'error').map(({ line }) => line)).toEqual(['40', '30', '20']);
});

test('tells whoever watches, until they stop', () => {
  const ring = createLogRing(10);
  const first = vi.fn();
  const second = vi.fn();
  const stop = ring.watch(first);
  ring.watch(second);
  ring.add('info', 'a');
  stop();
  ring.add('info', 'b');
  expect(first.mock.calls).toEqual([[{ seq: 1, level: 'info', line: 'a' }]]);
  expect(second).toHaveBeenCalledTimes(2);
});
