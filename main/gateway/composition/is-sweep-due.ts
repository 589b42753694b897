import type { DatabaseActivity } from '../storage/server-watch';

/** By contract, rows whose trigger is missing are found within 5 s. */
const sweepEveryMs = 4_000;
/** Others are connected: what they write is counted late. */
const besideStrangersMs = 3_000;
const afterWritesMs = 800;
/** Statistics are trusted, but not for ever. */
const quietEveryMs = 300_000;

export interface LastSweep {
  readonly startedAtMs: number;
  /** what the database's counters were when it began */
  readonly writes: string | undefined;
}

/**
 * Whether a tenant's database is to be looked into: for rows, settings and deliveries that nothing announced. One that
 * nobody wrote to, and nobody is connected to, has none.
 * @param lastUsedMs when this gateway itself last used it
 */
export function isSweepDue(
  last: LastSweep | undefined,
  activity: DatabaseActivity | undefined,
  lastUsedMs: number,
  nowMs: number,
): boolean {
  if (!last) return true;
  const agoMs = nowMs - last.startedAtMs;
  if (!activity || lastUsedMs > last.startedAtMs) return agoMs >= sweepEveryMs;
  if (activity.writes !== last.writes) return agoMs >= afterWritesMs;
  return agoMs >= (activity.hasStrangers ? besideStrangersMs : quietEveryMs);
}
