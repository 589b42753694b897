import { describe, expect, it } from 'vitest';
import {
  dayOf,
  drawGapMs,
  endOfQuietHours,
  readContactLock,
} from '../../../main/gateway/channels/whatsapp/pacing';

const at = (iso: string) => new Date(iso);

describe('quiet hours', () => {
  const settings = { whatsapp_quiet_hours: '20:00-07:00', timezone: 'Africa/Johannesburg' };

  it('are the tenant’s wall clock, over midnight, and end at their second time', () => {
    // Johannesburg is two hours ahead of UTC all year.
    expect(endOfQuietHours(settings, at('2026-03-01T18:00:00Z'))?.toISOString()).toBe(
      '2026-03-02T05:00:00.000Z',
    );
    expect(endOfQuietHours(settings, at('2026-03-01T23:30:12Z'))?.toISOString()).toBe(
      '2026-03-02T05:00:00.000Z',
    );
    expect(endOfQuietHours(settings, at('2026-03-02T04:59:59Z'))?.toISOString()).toBe(
      '2026-03-02T05:00:00.000Z',
    );
    expect(endOfQuietHours(settings, at('2026-03-02T05:00:00Z'))).toBeUndefined();
    expect(endOfQuietHours(settings, at('2026-03-01T17:59:59Z'))).toBeUndefined();
  });

  it('may lie within a day, and need not be', () => {
    const noon = { whatsapp_quiet_hours: '12:00-13:30', timezone: 'UTC' };
    expect(endOfQuietHours(noon, at('2026-03-01T12:30:00Z'))?.toISOString()).toBe('2026-03-01T13:30:00.000Z');
    expect(endOfQuietHours(noon, at('2026-03-01T13:30:00Z'))).toBeUndefined();
    expect(
      endOfQuietHours({ ...noon, whatsapp_quiet_hours: null }, at('2026-03-01T12:30:00Z')),
    ).toBeUndefined();
  });
});

it('a day is the tenant’s own', () => {
  const { start, end } = dayOf('Africa/Johannesburg', at('2026-03-01T23:10:00Z'));
  expect(start.toISOString()).toBe('2026-03-01T22:00:00.000Z');
  expect(end.toISOString()).toBe('2026-03-02T22:00:00.000Z');
});

it('gaps lie between the two settings; two zeros are none', () => {
  const gaps = { whatsapp_min_gap_ms: 3_000, whatsapp_max_gap_ms: 9_000 };
  expect([0, 0.5, 1].map((value) => drawGapMs(gaps, () => value))).toEqual([3_000, 6_000, 9_000]);
  expect(drawGapMs({ whatsapp_min_gap_ms: 0, whatsapp_max_gap_ms: 0 }, Math.random)).toBe(0);
  // A longest gap below the shortest is the shortest.
  expect(drawGapMs({ whatsapp_min_gap_ms: 500, whatsapp_max_gap_ms: 0 }, () => 1)).toBe(500);
});

describe('refusals of new contacts', () => {
  const now = at('2026-03-01T10:00:00Z');

  it('name the time they end, or a day for the quota and six hours for the lock', () => {
    expect(readContactLock('error 463 until 2026-03-01T15:30:00Z', undefined, now)).toEqual({
      code: 463,
      until: at('2026-03-01T15:30:00Z'),
    });
    expect(readContactLock('475, retry at 1772373600', undefined, now)?.until.getTime()).toBe(
      1_772_373_600_000,
    );
    expect(readContactLock('', 475, now)?.until).toEqual(at('2026-03-02T10:00:00Z'));
    expect(readContactLock('server error 463', undefined, now)?.until).toEqual(at('2026-03-01T16:00:00Z'));
  });

  it('are not read into other errors', () => {
    expect(readContactLock('Evaluation failed: t', undefined, now)).toBeUndefined();
    expect(readContactLock('message 14630', undefined, now)).toBeUndefined();
    expect(readContactLock('server error 500', 500, now)).toBeUndefined();
  });
});
