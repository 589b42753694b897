import { describe, expect, test } from 'vitest';
import { requirePersonName, toNameKey } from '../../main/gateway/auth/person-name';

describe('the name of a person', () => {
  test.each([
    'Thandi',
    '  Jan van der Merwe ',
    'Zoë (front desk)',
    'ياسمين',
    'x'.repeat(80),
    '😀'.repeat(80),
  ])('may be %j', (name) => {
    expect(requirePersonName(name)).toBe(name.trim());
  });

  test.each([
    ['', /is required/],
    ['   ', /is required/],
    ['x'.repeat(81), /at most 80/],
    ['a\nb', /control characters/],
    ['a\u0000b', /control characters/],
    ['a\u202eb', /control characters/],
    ['a\u200bb', /control characters/],
    ['a\ud800', /control characters/],
  ])('may not be %j', (name, why) => {
    expect(() => requirePersonName(name)).toThrow(why);
  });

  test('is the same however it is typed', () => {
    const key = toNameKey('Zoë Botha');
    for (const typed of ['zoë botha', 'ZOË  BOTHA', ' Zoë Botha ', 'Ｚｏë Botha', 'Zoe\u0308 Botha']) {
      expect(toNameKey(typed)).toBe(key);
    }
    expect(toNameKey('Zoe Botha')).not.toBe(key);
  });
});
