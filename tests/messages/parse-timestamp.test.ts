import { describe, expect, it } from 'vitest';
import { parseTimestamp } from '../../main/gateway/messages/parse-timestamp';

describe('parseTimestamp', () => {
  it.each([
    ['2026-07-01T08:00:00Z', 'instant', '2026-07-01T08:00:00.000Z'],
    ['2026-07-01T08:00:00.250Z', 'instant', '2026-07-01T08:00:00.250Z'],
    ['2026-07-01T08:00:00+02:00', 'instant', '2026-07-01T06:00:00.000Z'],
    ['2026-07-01T08:00:00-0330', 'instant', '2026-07-01T11:30:00.000Z'],
    ['2026-07-01 08:00:00.123456+02', 'instant', '2026-07-01T06:00:00.123Z'],
    ['2026-07-01 08:00:00', 'local', '2026-07-01T08:00:00.000Z'],
    ['2026-07-01T08:00', 'local', '2026-07-01T08:00:00.000Z'],
    ['2026-07-01', 'day', '2026-07-01T00:00:00.000Z'],
    ['2024-02-29', 'day', '2024-02-29T00:00:00.000Z'],
    ['07:58', 'time', '1970-01-01T07:58:00.000Z'],
    ['23:59:59', 'time', '1970-01-01T23:59:59.000Z'],
  ])('reads %s as %s', (text, kind, utc) => {
    const timestamp = parseTimestamp(text);
    expect(timestamp?.kind).toBe(kind);
    expect(new Date(timestamp!.epochMs).toISOString()).toBe(utc);
  });

  it.each([
    '2026-02-30',
    '2025-02-29',
    '2026-02-30 08:00:00',
    '2026-13-01',
    '0000-00-00 00:00:00',
    '2026-07-01 24:00:00',
    '2026-07-01T08:60:00Z',
    '2026-07-01T08:00:00+25:00',
    '2026-07-01T08:00:00Z and more',
    '01/07/2026',
    '25:00',
    '8:00',
    'yesterday',
    '1751349600',
    '',
  ])('refuses %j', (text) => {
    expect(parseTimestamp(text)).toBeNull();
  });
});
