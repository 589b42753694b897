import { describe, expect, test } from 'vitest';
import { cleanEmailAddress, isEmailAddress } from '../../main/contracts/email-address';

describe('an address with what was copied along', () => {
  test.each([
    ['blanks', '  thandi@example.com\n'],
    ['invisible marks', '\u202athandi@example.com\u202c\u200b'],
    ['angle brackets', '<thandi@example.com>'],
    ['a name', 'Thandi Nkosi <thandi@example.com>'],
    ['a quoted name with a comma', '"Nkosi, Thandi" <thandi@example.com>'],
    ['mailto:', 'mailto:thandi@example.com'],
    ['a semicolon', 'thandi@example.com;'],
    ['a full stop', 'thandi@example.com.'],
    ['full-width signs', 'thandi\uff20example\u3002com'],
  ])('%s', (_what, text) => {
    expect(isEmailAddress(text)).toBe(true);
    expect(cleanEmailAddress(text)).toBe('thandi@example.com');
  });

  test.each([
    'a@example.com <b@example.com',
    'a@example.com, b@example.com',
    'a@example.com; b@example.com',
    '<a@example.com> <b@example.com>',
    'Thandi\r\nBcc: x@example.com <a@example.com>',
    'mailto:a@example.com?bcc=b@example.com',
    'mailto:mailto:a@example.com',
    'a@example.com..',
    '<>',
  ])('%j is not one address', (text) => {
    expect(isEmailAddress(text)).toBe(false);
  });
});

test.each([
  ['full-width stops', `${'\uff0e'.repeat(80_000)}@@`],
  ['angle brackets', '<'.repeat(80_000)],
  ['semicolons', `a@example.com${';'.repeat(80_000)}`],
])('a stranger’s text of 80,000 %s is left as it stands, at once', (_what, text) => {
  // Quadratic time would be seconds; the limit of the test is what shows it.
  expect(cleanEmailAddress(text)).toBe(text);
  expect(isEmailAddress(text)).toBe(false);
});
