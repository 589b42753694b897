import { expect, test } from 'vitest';
import { normalizePhoneNumber } from '../../main/gateway/whatsapp/phone-numbers';

test.each([
  ['+27 82 123 4567', 'ZA', '27821234567'],
  ['082 123 4567', 'ZA', '27821234567'],
  ['(082) 123-4567', 'za', '27821234567'],
  ['0027821234567', 'ZA', '27821234567'],
  ['27821234567', 'ZA', '27821234567'],
  ['27821234567@c.us', 'ZA', '27821234567'],
  ['+264 81 123 4567', 'ZA', '264811234567'],
  // A range that no table knows yet.
  ['+1 555 123 4567', 'ZA', '15551234567'],
  ['07911 123456', 'GB', '447911123456'],
  ['+44 7911 123456', 'ZA', '447911123456'],
])('%s in %s is %s', (text, country, digits) => {
  expect(normalizePhoneNumber(text, country)).toBe(digits);
});

test.each(['', '12', 'n/a', '+27', '08212', '+27 82 123 4567 890', 'call 082 123 4567 please'])(
  '“%s” is no number',
  (text) => {
    expect(normalizePhoneNumber(text, 'ZA')).toBeUndefined();
  },
);

test('the same digits are another number in another country, however often they are read', () => {
  for (let time = 0; time < 2; time += 1) {
    expect(normalizePhoneNumber('082 123 4567', 'ZA')).toBe('27821234567');
    expect(normalizePhoneNumber('082 123 4567', 'IE')).not.toBe('27821234567');
    expect(normalizePhoneNumber('not one', 'ZA')).toBeUndefined();
  }
});
