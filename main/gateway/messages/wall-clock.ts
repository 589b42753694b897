import { LRUCache } from 'lru-cache';

const clocks = new LRUCache<string, Intl.DateTimeFormat>({ max: 200 });
const dayMs = 86_400_000;

function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    clocks.set(timeZone, clock);
  }
  return clock;
}

/** The zone's wall clock at a moment, as a Date whose UTC fields show it. */
export function readWallClock(epochMs: number, timeZone: string): Date {
  if (timeZone === 'UTC') return new Date(epochMs);
  const fields: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const part of clockOf(timeZone).formatToParts(epochMs)) fields[part.type] = Number(part.value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second));
}

/**
 * The moment at which the zone's clocks show `wallMs` (epoch, as if the time were UTC). Where clocks are put back
 * and show it twice, the first; where they are put forward over it, as much later (as PHP and Java have it).
 */
export function toInstantMs(wallMs: number, timeZone: string): number {
  const offsetAt = (epochMs: number) =>
    readWallClock(epochMs, timeZone).getTime() - Math.floor(epochMs / 1000) * 1000;
  const before = wallMs - offsetAt(wallMs - dayMs);
  const after = wallMs - offsetAt(wallMs + dayMs);
  const shows = (epochMs: number) => epochMs + offsetAt(epochMs) === wallMs;
  const fitting = [before, after].filter(shows);
  return fitting.length === 0 ? before : Math.min(...fitting);
}
