import { channelNames, type ChannelName } from '../../contracts/statuses';
import { withTimeout } from '../concurrency/with-timeout';
import type { LiveTenant } from '../live-tenant';

const hourMs = 3_600_000;
const hoursShown = 24;
/** Counts that were cheap are taken again each second, dear ones as often as they take a twentieth of the time. */
const shortestKeepMs = 1_000;
const longestKeepMs = 5_000;
const keepPerCost = 20;
/** Hours that are over change by retries and replays only. */
const recountAllEveryMs = 60_000;
const countWithinMs = 4_000;

export interface ChannelFigures {
  waiting: number;
  sending: number;
  held: number;
  unknown: number;
  /** by hour: key is when the hour began (epoch, ms) */
  readonly sent: Map<number, number>;
  readonly failed: Map<number, number>;
}

export interface TenantFigures {
  readonly channels: Readonly<Record<ChannelName, ChannelFigures>>;
  readonly lastEventAt: Date | null;
}

/** When the 24 hours of the overview began: the current one counts. */
export function hoursFrom(nowMs: number): readonly number[] {
  const current = Math.floor(nowMs / hourMs) * hourMs;
  return Array.from({ length: hoursShown }, (_, index) => current - (hoursShown - 1 - index) * hourMs);
}

/** Counts one tenant's deliveries, however many windows ask, at a cost that its database does not notice. */
export interface OverviewCounter {
  /** @throws what the database throws, or that it did not answer in time */
  count(tenant: LiveTenant): Promise<TenantFigures>;
  /** An event came in: figures that know of none at all are not kept, or somebody who waits for the first waits on. */
  noteEvent(customerId: string): void;
  forget(customerId: string): void;
}

interface Kept {
  figures: Promise<TenantFigures>;
  untilMs: number;
  all: { readonly figures: TenantFigures; readonly atMs: number } | undefined;
}

export function createOverviewCounter(): OverviewCounter {
  // By the tenant as it is open: one that was reopened is counted again.
  const kept = new Map<string, Kept & { readonly tenant: LiveTenant }>();

  async function countNow(tenant: LiveTenant, before: Kept['all']): Promise<TenantFigures> {
    const nowMs = Date.now();
    const hours = hoursFrom(nowMs);
    const isRecent = before !== undefined && nowMs - before.atMs < recountAllEveryMs;
    // The last hour too: outcomes are written a moment after they happened.
    const from = (isRecent ? hours[hoursShown - 2] : hours[0]) ?? nowMs;
    const { counter } = tenant;
    const [open, sent, failed, lastEventAt] = await Promise.all([
      counter.countOpen(),
      counter.countSent(new Date(from)),
      counter.countFailed(new Date(from)),
      counter.findLastEventAt(),
    ]);
    const channels = emptyChannels();
    if (isRecent) {
      for (const name of channelNames) {
        for (const hour of hours.filter((started) => started < from)) {
          const earlier = before.figures.channels[name];
          channels[name].sent.set(hour, earlier.sent.get(hour) ?? 0);
          channels[name].failed.set(hour, earlier.failed.get(hour) ?? 0);
        }
      }
    }
    for (const { channel, status, count } of open) {
      channels[channel][status === 'pending' ? 'waiting' : status] = count;
    }
    for (const { channel, hour, count } of sent) channels[channel].sent.set(hour.getTime(), count);
    for (const { channel, hour, count } of failed) channels[channel].failed.set(hour.getTime(), count);
    return { channels, lastEventAt };
  }

  return {
    count(tenant) {
      const found = kept.get(tenant.customerId);
      const known = found?.tenant === tenant ? found : undefined;
      if (known && Date.now() < known.untilMs) return known.figures;
      const startedAtMs = Date.now();
      const next: Kept & { readonly tenant: LiveTenant } = {
        tenant,
        untilMs: startedAtMs + countWithinMs,
        all: known?.all,
        figures: withTimeout(countNow(tenant, known?.all), countWithinMs),
      };
      kept.set(tenant.customerId, next);
      void next.figures.then(
        (figures) => {
          const costMs = Date.now() - startedAtMs;
          const keepMs = Math.min(longestKeepMs, Math.max(shortestKeepMs, costMs * keepPerCost));
          next.untilMs = Date.now() + keepMs;
          const atMs =
            next.all && startedAtMs - next.all.atMs < recountAllEveryMs ? next.all.atMs : startedAtMs;
          next.all = { figures, atMs };
        },
        () => {
          next.untilMs = Date.now() + shortestKeepMs;
        },
      );
      return next.figures;
    },
    noteEvent(customerId) {
      if (!kept.get(customerId)?.all?.figures.lastEventAt) kept.delete(customerId);
    },
    forget: (customerId) => void kept.delete(customerId),
  };
}

export function emptyChannels(): Record<ChannelName, ChannelFigures> {
  const empty = (): ChannelFigures => ({
    waiting: 0,
    sending: 0,
    held: 0,
    unknown: 0,
    sent: new Map(),
    failed: new Map(),
  });
  return { email: empty(), whatsapp: empty(), webhook: empty() };
}
