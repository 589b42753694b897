import { describe, expect, test } from 'vitest';
import { requirePersonName, toNameKey } from '../../main/gateway/auth/person-name';

describe('the name of a person', () => {
  test.each([
    'Thandi',
    '  Jan van der Merwe ',
    'Zoë – front desk',
    'O’Brien-Smith Jr.',
    'می\u200cخواهم',
    'Front desk ☎\ufe0f',
    'Passwords',
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
    ['a\u00adb', /invisible/],
    ['a\u061cb', /invisible/],
    ['a\u115fb', /invisible/],
    ['\u3164', /is required/],
    ['\u200d\ufe0f', /is required/],
    ['a\u3164b', /invisible/],
    ['a\u{e0041}b', /invisible/],
    ['Eve, operator', /commas/],
    ['Eve) console (password', /brackets/],
    ['Eve，operator', /commas/],
    ['Password', /reserved/],
    [' ＬＩＮＫ ', /reserved/],
    ['li\u200dnk', /reserved/],
  ])('may not be %j', (name, why) => {
    expect(() => requirePersonName(name)).toThrow(why);
  });

  test('is the same however it is typed', () => {
    const key = toNameKey('Zoë Botha');
    for (const typed of ['zoë botha', 'ZOË  BOTHA', ' Zoë Botha ', 'Ｚｏë Botha', 'Zoe\u0308 Botha']) {
      expect(toNameKey(typed)).toBe(key);
    }
    expect(toNameKey('Zoë\u200d Botha')).toBe(key);
    expect(toNameKey('Zoe Botha')).not.toBe(key);
  });
});
