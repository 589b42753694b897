import { describe, expect, it } from 'vitest';
import { parseAmount } from '../../main/gateway/messages/parse-amount';

describe('parseAmount', () => {
  it.each([[0], [-12.5], [1e21], ['1500'], ['1500.00'], ['-0.5'], ['+3'], ['.5'], ['1e3']])(
    'takes %j',
    (value) => {
      expect(parseAmount(value)).toBe(value);
    },
  );

  it('takes a text with spaces around it', () => {
    expect(parseAmount(' 1500.00\n')).toBe('1500.00');
  });

  it.each([
    [Number.NaN],
    [Infinity],
    ['1e999'],
    ['Infinity'],
    ['1,500.00'],
    ['R 1500'],
    ['0x10'],
    ['1 500'],
    ['9'.repeat(61)],
    [''],
    ['  '],
    [null],
    [undefined],
    [true],
    [[5]],
    [{}],
  ])('refuses %j', (value) => {
    expect(parseAmount(value)).toBeNull();
  });
});
