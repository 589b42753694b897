import { describe, expect, test } from 'vitest';
import { listPhoneNumbers, normalizePhoneNumber } from '../../main/gateway/whatsapp/phone-numbers';

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
  ['1 555 123 4567', 'ZA', '15551234567'],
  ['07911 123456', 'GB', '447911123456'],
  ['+44 7911 123456', 'ZA', '447911123456'],
])('%s in %s is %s', (text, country, digits) => {
  expect(normalizePhoneNumber(text, country)).toBe(digits);
});

describe('as people write them', () => {
  test.each([
    ['direction marks', '\u202a+27 82 123 4567\u202c'],
    ['isolates', '\u2066082 123 4567\u2069'],
    ['zero width', '0\u200b82\u200d123\u20604567'],
    ['a byte order mark', '\ufeff0821234567'],
    ['no-break spaces', '+27\u00a082\u202f123\u20094567'],
    ['ideographic space', '082\u3000123\u30004567'],
    ['a tab and a line break', '082\t123 4567\n'],
    ['a no-break hyphen', '082\u2011123\u20114567'],
    ['dashes and a minus', '082\u2013123\u22124567'],
    ['full width', '\uff0b\uff12\uff17\uff0d\uff18\uff12\uff11\uff12\uff13\uff14\uff15\uff16\uff17'],
    ['Arabic digits', '\u0660\u0668\u0662 \u0661\u0662\u0663 \u0664\u0665\u0666\u0667'],
    ['Devanagari digits', '+\u0968\u096d \u096e\u0968 \u0967\u0968\u0969 \u096a\u096b\u096c\u096d'],
    ['ext 12', '082 123 4567 ext 12'],
    ['ext.', '082 123 4567, ext. 12'],
    ['x12', '082 123 4567x12'],
    [';ext=', 'tel:+27-82-123-4567;ext=12'],
    ['#12', '+27 82 123 4567 #12'],
    ['00 with a blank', '00 27 82 123 4567'],
    ['a bracketed plus', '(+27) 82 123 4567'],
    ['a trunk zero in brackets', '+27 (0)82 123 4567'],
    ['a trunk zero', '27 082 123 4567'],
    ['dots', '082.123.4567'],
    ['slashes', '082/123/4567'],
    ['without its zero', '821234567'],
    ['whatsapp:', 'whatsapp:+27821234567'],
    ['a spreadsheet’s apostrophe', "'+27821234567"],
    ['a spreadsheet’s decimals', '27821234567.0'],
    ['a spreadsheet’s exponent', '2.7821234567E+10'],
    ['a link to the chat', 'https://wa.me/27821234567?text=Hello'],
    ['a link to the chat, the long way', 'https://api.whatsapp.com/send?phone=+27821234567'],
    ['a remark', '082 123 4567 (work)'],
    ['the country as context', 'tel:0821234567;phone-context=+27'],
    ['a domain as context', 'tel:+27821234567;phone-context=example.com'],
  ])('%s', (_what, text) => {
    expect(normalizePhoneNumber(text, 'ZA')).toBe('27821234567');
  });
});

describe('numbers that their country has changed', () => {
  test.each([
    ['+52 1 55 1234 5678', 'ZA', ['525512345678', '5215512345678']],
    ['5215512345678', 'ZA', ['525512345678', '5215512345678']],
    ['+52 55 1234 5678', 'ZA', ['525512345678', '5215512345678']],
    ['044 55 1234 5678', 'MX', ['525512345678', '5215512345678']],
    ['1 55 1234 5678', 'MX', ['525512345678', '5215512345678']],
    ['55 1234 5678', 'MX', ['525512345678', '5215512345678']],
    ['553196883193', 'ZA', ['5531996883193', '553196883193']],
    ['+55 31 9688-3193', 'ZA', ['5531996883193', '553196883193']],
    ['+55 31 99688-3193', 'ZA', ['5531996883193', '553196883193']],
    ['(31) 9688-3193', 'BR', ['5531996883193', '553196883193']],
    ['031 99688-3193', 'BR', ['5531996883193', '553196883193']],
    // A landline has no ninth digit.
    ['+55 31 3222-3193', 'ZA', ['553132223193']],
    ['+54 9 11 2345 6789', 'ZA', ['5491123456789', '541123456789']],
    ['5491123456789', 'ZA', ['5491123456789', '541123456789']],
    ['+54 11 15 2345 6789', 'ZA', ['5491123456789', '541123456789']],
    ['54 11 15 2345 6789', 'ZA', ['5491123456789', '541123456789']],
    ['+54 9 11 15 2345 6789', 'ZA', ['5491123456789', '541123456789']],
    ['011 15-2345-6789', 'AR', ['5491123456789', '541123456789']],
    ['11 2345 6789', 'AR', ['5491123456789', '541123456789']],
    ['0351 15 234 5678', 'AR', ['5493512345678', '543512345678']],
    ['+229 97 12 34 56', 'ZA', ['2290197123456', '22997123456']],
    ['22997123456', 'ZA', ['2290197123456', '22997123456']],
    ['+225 07 01 02 03', 'ZA', ['2250707010203', '22507010203']],
  ])('%s in %s', (text, country, forms) => {
    expect(listPhoneNumbers(text, country)).toEqual(forms);
  });
});

test.each([
  '+5215512345678',
  '+553196883193',
  '+5491123456789',
  '+541123456789',
  '+2290197123456',
  '+447911123456',
  '+15551234567',
  '+919876543210',
  '+8613812345678',
])('%s is the same with and without its plus', (text) => {
  expect(listPhoneNumbers(text.slice(1), 'ZA')).toEqual(listPhoneNumbers(text, 'ZA'));
  expect(listPhoneNumbers(`00${text.slice(1)}`, 'ZA')).toEqual(listPhoneNumbers(text, 'ZA'));
});

test.each([
  '',
  '12',
  'n/a',
  '+27',
  '08212',
  '+27 82 123 4567 890',
  'call 082 123 4567 please',
  '082 123 4567 / 083 123 4567',
  '+999 12 345 6789',
  '0'.repeat(10_000),
  '082 123+4567',
])('“%s” is no number', (text) => {
  expect(normalizePhoneNumber(text, 'ZA')).toBeUndefined();
});

test('the same digits are another number in another country, however often they are read', () => {
  for (let time = 0; time < 2; time += 1) {
    expect(normalizePhoneNumber('082 123 4567', 'ZA')).toBe('27821234567');
    expect(normalizePhoneNumber('082 123 4567', 'IE')).not.toBe('27821234567');
    expect(normalizePhoneNumber('not one', 'ZA')).toBeUndefined();
  }
});

describe('what would be read as another number is none', () => {
  test.each([
    '27821234567\u00b2',
    '2.78E+10',
    '+27 82 123 x 4567',
    '082123#4567',
    '082 123 4567 / 083 123 4567',
  ])('%j', (text) => {
    expect(normalizePhoneNumber(text, 'ZA')).toBeUndefined();
  });

  test('a foreign local number keeps its country', () => {
    expect(normalizePhoneNumber('tel:07911123456;phone-context=+44', 'ZA')).toBe('447911123456');
  });
});
