import { describe, expect, it } from 'vitest';
import { defaultTenantSettings } from '../../main/contracts/tenant-settings';
import { createFormats, type FormatSettings } from '../../main/gateway/messages/formats';

const formatsFor = createFormats();
const south = formatsFor(defaultTenantSettings);
const settings = (changes: Partial<FormatSettings>) => formatsFor({ ...defaultTenantSettings, ...changes });
/** as people see it: every kind of space is a space */
const seen = (value: unknown) => String(value).replace(/\s/g, ' ');

describe('money', () => {
  it.each([
    [1500, 'R 1 500,00'],
    ['1500.00', 'R 1 500,00'],
    [1234567.891, 'R 1 234 567,89'],
    [-349.9, '-R 349,90'],
    [0, 'R 0,00'],
    [-0.001, 'R 0,00'],
  ])('writes %j as %s', (value, expected) => {
    expect(seen(south.money(value, []))).toBe(expected);
  });

  it('rounds a text as it is written, not as its binary neighbour', () => {
    expect(seen(south.money('1.005', []))).toBe('R 1,01');
  });

  it('takes the first currency code that is one, and the setting when there is none', () => {
    expect(seen(south.money(1500, ['usd', 'EUR']))).toBe('US$1 500,00');
    expect(seen(south.money(1500, [undefined, 'EUR']))).toBe('€1 500,00');
    expect(seen(south.money(1500, ['Rand', 'R', 5, null]))).toBe('R 1 500,00');
    expect(seen(settings({ currency: 'EUR', locale: 'de-DE' }).money('1500', []))).toBe('1.500,00 €');
  });

  it.each([['on request'], [''], [null], [undefined], [{ amount: 5 }], ['1,500.00']])(
    'gives %j back as it is',
    (value) => {
      expect(south.money(value, [])).toBe(value);
    },
  );
});

describe('number', () => {
  it('writes numbers of the locale, with as many decimals as are asked for', () => {
    expect(seen(south.number(1234.5))).toBe('1 234,5');
    expect(seen(south.number('8.5', 2))).toBe('8,50');
    expect(seen(south.number(8.5, 99))).toBe('8,5');
    expect(settings({ locale: 'en-US' }).number(1234.5)).toBe('1,234.5');
    expect(south.number('08:30')).toBe('08:30');
  });
});

describe('date, time and datetime', () => {
  it('shows moments in the zone of the tenant', () => {
    const moment = '2026-06-30T22:15:00Z';
    expect(south.date(moment)).toBe('01 July 2026');
    expect(south.time(moment)).toBe('00:15');
    expect(south.datetime(moment)).toBe('01 July 2026 at 00:15');
    expect(settings({ timezone: 'America/New_York' }).datetime(moment)).toBe('30 June 2026 at 18:15');
    expect(south.datetime(new Date(moment))).toBe('01 July 2026 at 00:15');
    expect(south.datetime(Date.parse(moment))).toBe('01 July 2026 at 00:15');
    expect(south.datetime(Date.parse(moment) / 1000)).toBe('01 July 2026 at 00:15');
    expect(south.datetime(String(Date.parse(moment) / 1000))).toBe('01 July 2026 at 00:15');
  });

  it("takes a time without a zone as the tenant's own, whatever zone that is", () => {
    expect(south.datetime('2026-07-01 08:00:00')).toBe('01 July 2026 at 08:00');
    // 02:30 does not exist on this night in New York; it is still what the event said.
    expect(settings({ timezone: 'America/New_York' }).datetime('2026-03-08 02:30:00')).toBe(
      '08 March 2026 at 02:30',
    );
  });

  it('does not invent the part that is missing', () => {
    expect(south.datetime('2026-07-01')).toBe('01 July 2026');
    expect(south.datetime('07:58')).toBe('07:58');
    expect(south.date('07:58')).toBe('07:58');
    expect(south.time('2026-07-01')).toBe('2026-07-01');
  });

  it('speaks the locale', () => {
    expect(settings({ locale: 'de-DE' }).date('2026-07-01')).toBe('1. Juli 2026');
    expect(seen(settings({ locale: 'en-US' }).time('2026-07-01 17:49:00'))).toBe('5:49 PM');
  });

  it('takes styles and patterns', () => {
    const moment = '2026-07-01T06:05:09Z';
    expect(south.date(moment, 'short')).toBe('2026/07/01');
    expect(south.date(moment, 'medium')).toBe('01 Jul 2026');
    expect(south.date(moment, 'full')).toBe('Wednesday, 01 July 2026');
    expect(south.date(moment, 'no such style')).toBe('01 July 2026');
    expect(south.date(moment, '%d/%m/%Y %H:%M:%S')).toBe('01/07/2026 08:05:09');
    expect(south.date(moment, '%A %-d %B %y, %l:%M %p, 100%%')).toBe('Wednesday 1 July 26, 8:05 AM, 100%');
    expect(south.date(moment, '%a %e %b %I %Q')).toBe('Wed 1 Jul 08 %Q');
    expect(settings({ locale: 'af-ZA' }).date('2026-07-01', '%A %-d %B')).toBe('Woensdag 1 Julie');
    expect(south.date(moment, '%B'.repeat(500))).toBe('01 July 2026');
  });

  it.each([['soon'], ['2026-02-30'], ['2026'], [null], [undefined], [true], [[]], [1e18]])(
    'gives %j back as it is',
    (value) => {
      expect(south.date(value)).toBe(value);
      expect(south.time(value)).toBe(value);
      expect(south.datetime(value)).toBe(value);
    },
  );
});

it('falls back to the defaults where a setting is not one', () => {
  const broken = settings({ locale: 'not a locale', currency: '??', timezone: 'Mars/Olympus' });
  expect(seen(broken.money(1500, []))).toBe('R 1 500,00');
  expect(broken.datetime('2026-07-01T06:00:00Z')).toBe('01 July 2026 at 08:00');
});
