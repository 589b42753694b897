import type { TenantSettings } from '../../../contracts/tenant-settings';

/** Hours, minutes and seconds of a moment on the tenant's wall clock, as seconds since midnight. */
function secondsOfDay(at: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const value = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return value('hour') * 3600 + value('minute') * 60 + value('second');
}

const daySeconds = 86_400;

/**
 * When the quiet hours that hold at `now` end, or undefined outside of them. They are wall-clock times of
 * the tenant, such as `20:00-07:00`; across a change of the clocks the end may be an hour off.
 */
export function endOfQuietHours(
  settings: Pick<TenantSettings, 'whatsapp_quiet_hours' | 'timezone'>,
  now: Date,
): Date | undefined {
  const match = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(settings.whatsapp_quiet_hours ?? '');
  if (!match) return undefined;
  const [, fromHour, fromMinute, toHour, toMinute] = match.map(Number);
  const from = (fromHour ?? 0) * 3600 + (fromMinute ?? 0) * 60;
  const to = (toHour ?? 0) * 3600 + (toMinute ?? 0) * 60;
  const second = secondsOfDay(now, settings.timezone);
  const isQuiet = from <= to ? second >= from && second < to : second >= from || second < to;
  if (!isQuiet) return undefined;
  const leftSeconds = (to - second + daySeconds) % daySeconds;
  return new Date(Math.floor(now.getTime() / 1000) * 1000 + leftSeconds * 1000);
}

/** The tenant's day that `now` is in: its midnight before and its midnight after. */
export function dayOf(timeZone: string, now: Date): { readonly start: Date; readonly end: Date } {
  const startMs = now.getTime() - secondsOfDay(now, timeZone) * 1000;
  return { start: new Date(startMs), end: new Date(startMs + daySeconds * 1000) };
}

/** With both gaps 0, pacing is off. */
export const isPaced = (
  settings: Pick<TenantSettings, 'whatsapp_min_gap_ms' | 'whatsapp_max_gap_ms'>,
): boolean => settings.whatsapp_min_gap_ms > 0 || settings.whatsapp_max_gap_ms > 0;

/** A random time between the tenant's shortest and longest gap, in ms; 0 when both are 0 (pacing off). */
export function drawGapMs(
  settings: Pick<TenantSettings, 'whatsapp_min_gap_ms' | 'whatsapp_max_gap_ms'>,
  random: () => number,
): number {
  const shortest = settings.whatsapp_min_gap_ms;
  const longest = Math.max(shortest, settings.whatsapp_max_gap_ms);
  return Math.round(shortest + (longest - shortest) * random());
}

/** When the lock of new contacts ends where WhatsApp's answer does not say: a day for the quota, less for 463. */
const defaultLockMs = { 463: 6 * 3_600_000, 475: 24 * 3_600_000 } as const;

export interface ContactLock {
  readonly code: 463 | 475;
  readonly until: Date;
}

/**
 * Reads a refusal of new contacts out of what WhatsApp answered: 463 (locked for a while) or 475 (quota),
 * and the time it names, as ISO 8601 or as seconds or milliseconds since 1970.
 */
export function readContactLock(text: string, code: number | undefined, now: Date): ContactLock | undefined {
  const named = code ?? Number(/(?<!\d)(463|475)(?!\d)/.exec(text)?.[1]);
  if (named !== 463 && named !== 475) return undefined;
  const iso = /\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)/.exec(text)?.[0];
  const epoch = /(?<!\d)(\d{13}|\d{10})(?!\d)/.exec(text)?.[1];
  const namedMs = iso ? Date.parse(iso) : epoch ? Number(epoch) * (epoch.length === 10 ? 1000 : 1) : 0;
  const untilMs = namedMs > now.getTime() ? namedMs : now.getTime() + defaultLockMs[named];
  return { code: named, until: new Date(untilMs) };
}
