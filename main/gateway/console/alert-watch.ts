import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { alertWays, type AlertWay } from '../../contracts/console/alert-calls';
import { createSingleFlight } from '../concurrency/single-flight';
import { waitAtMost } from '../concurrency/with-timeout';
import { errorText } from '../errors';
import { alertWords, composeAlert, type AlertWords } from './alert-message';
import { isQuiet, readAlertSettings, waysOf, type AlertsInForce } from './alert-settings';
import type { ConsoleParts } from './console-parts';
import { sendAlert, type AlertSenders } from './send-alert';
import { readGatewayName } from './setup-state';

/** How patient the watch is. */
interface AlertPace {
  /** between two looks at what needs a person */
  readonly lookEveryMs: number;
  /** so long a trouble is there before anybody is told: most are over by then */
  readonly settleMs: number;
  /** so long it is gone before it counts as over; twice that each time it comes back within an hour */
  readonly calmMs: number;
  /** after a start, while nobody knows yet whether what was told before still holds */
  readonly graceMs: number;
  /** between two messages by one way: what happens meanwhile is in the second */
  readonly gapMs: number;
  /** after a message that could not be sent; twice that each time, up to half an hour */
  readonly retryMs: number;
}

const usualPace: AlertPace = {
  lookEveryMs: 60_000,
  settleMs: 2 * 60_000,
  calmMs: 5 * 60_000,
  graceMs: 10 * 60_000,
  gapMs: 5 * 60_000,
  retryMs: 60_000,
};
const longestRetryMs = 30 * 60_000;
const comesBackWithinMs = 3_600_000;
const longestCalmMs = 3_600_000;
/** A trouble that is told is told again when it is about so many times as many messages. */
const growth = 10;
const stopWithinMs = 3_000;
const nameOfTold = 'alerts_told';

type Parts = AlertSenders &
  Pick<ConsoleParts, 'gatewaySettings' | 'secrets' | 'overview' | 'logger'> & {
    /** This gateway does what one is to do for all that share the database. */
    readonly leads: () => boolean;
    readonly now?: () => Date;
    readonly pace?: Partial<AlertPace>;
  };

/** A trouble as it was told: what is said when it is over, and of how many messages it was. */
const toldSchema = z.partialRecord(
  z.enum(alertWays),
  z.record(z.string(), z.object({ over: z.string(), count: z.number() })),
);
type Told = z.output<typeof toldSchema>;
type ToldByWay = NonNullable<Told[AlertWay]>;

interface Trouble {
  readonly words: AlertWords;
  readonly sinceMs: number;
  readonly lastSeenMs: number;
}

/** Tells people who are not at the console of what needs them. */
export interface AlertWatch {
  stop(): Promise<void>;
}

/**
 * Looks at what needs a person, whether a console is open or not, and tells by each way: of a trouble that lasts, once,
 * and once when it is over. What was told is stored, so that neither a restart nor another gateway tells it again. In
 * quiet hours nobody is told; afterwards of what is still so.
 */
export function createAlertWatch(parts: Parts): AlertWatch {
  const { gatewaySettings, logger } = parts;
  const pace = { ...usualPace, ...parts.pace };
  const now = parts.now ?? (() => new Date());
  const ending = new AbortController();
  const looking = createSingleFlight(look);
  const troubles = new Map<string, Trouble>();
  /** troubles that were over, for those that come back */
  const overs = new Map<string, { readonly atMs: number; readonly calmMs: number }>();
  const ways = new Map<AlertWay, { nextMs: number; failures: number; id: string; contents: string }>();
  /** since when this gateway looks without a break; nothing is over before the grace has passed */
  let lookingSinceMs: number | undefined;
  /** what was told and could not be stored yet */
  let owed: Told | undefined;
  let lastLookMs = -Infinity;
  let hasLookFailed = false;

  async function look(): Promise<void> {
    try {
      const settings = parts.leads() ? await readAlertSettings(parts) : undefined;
      if (settings?.isOn !== true) await forget(settings);
      else await tellWhatIsNew(settings);
      hasLookFailed = false;
    } catch (thrown) {
      // Once until it works again: as long as the database is away it fails at every look.
      if (!hasLookFailed) {
        logger.warn('alert.look_failed', 'what needs attention could not be looked at', {
          error: errorText(thrown),
        });
      }
      hasLookFailed = true;
    }
  }

  function startAnew(): void {
    troubles.clear();
    overs.clear();
    ways.clear();
    lookingSinceMs = undefined;
  }

  /** Another gateway tells now, or nobody is told: switched on again, all starts anew. */
  async function forget(settings: AlertsInForce | undefined): Promise<void> {
    if (!settings) {
      // What this one told and could not store yet, and how its ways were, counts when it leads again.
      troubles.clear();
      lookingSinceMs = undefined;
      return;
    }
    startAnew();
    owed = undefined;
    if (Object.keys(await readTold()).length > 0) await gatewaySettings.write(nameOfTold, {});
  }

  async function readTold(): Promise<Told> {
    const parsed = toldSchema.safeParse((await gatewaySettings.read(nameOfTold)) ?? {});
    return parsed.success ? parsed.data : {};
  }

  async function tellWhatIsNew(settings: AlertsInForce): Promise<void> {
    const atMs = now().getTime();
    // The clock was set back: what was noted lies in a future that may be far.
    if (atMs < lastLookMs) startAnew();
    lastLookMs = atMs;
    lookingSinceMs ??= atMs;
    const before = owed ?? (await readTold());
    const present = await findTroubles(atMs, before);
    const wanted = waysOf(settings);
    const isHeldBack = isQuiet(settings, now());
    const name = await readGatewayName(gatewaySettings);
    const told: Told = Object.fromEntries(
      await Promise.all(
        wanted.map(async (way) => {
          const known = before[way] ?? {};
          return [way, isHeldBack ? known : await tellBy(way, settings, name, known, present, atMs)] as const;
        }),
      ),
    );
    if (owed === undefined && JSON.stringify(told) === JSON.stringify(before)) return;
    owed = told;
    await gatewaySettings.write(nameOfTold, told);
    owed = undefined;
  }

  async function findTroubles(atMs: number, told: Told): Promise<ReadonlySet<string>> {
    const present = new Set<string>();
    for (const about of await parts.overview.attention()) {
      const words = alertWords(about);
      if (!words) continue;
      present.add(about.id);
      const known = troubles.get(about.id);
      const isSame = known && atMs - known.lastSeenMs < pace.settleMs;
      troubles.set(about.id, { words, sinceMs: isSame ? known.sinceMs : atMs, lastSeenMs: atMs });
    }
    const isTold = (id: string) => alertWays.some((way) => told[way]?.[id] !== undefined);
    for (const [id, { lastSeenMs }] of troubles) {
      if (!isTold(id) && atMs - lastSeenMs >= pace.settleMs) troubles.delete(id);
    }
    for (const [id, { atMs: overMs }] of overs) if (atMs - overMs >= comesBackWithinMs) overs.delete(id);
    return present;
  }

  function isOver(id: string, atMs: number): boolean {
    const trouble = troubles.get(id);
    // Told before this gateway began to look.
    if (!trouble) return atMs - (lookingSinceMs ?? atMs) >= pace.graceMs;
    return atMs - trouble.lastSeenMs >= calmMsOf(id);
  }

  function calmMsOf(id: string): number {
    const last = overs.get(id);
    return last ? Math.min(last.calmMs * 2, Math.max(longestCalmMs, pace.calmMs)) : pace.calmMs;
  }

  /** Returns what is told by then. Never throws. */
  async function tellBy(
    way: AlertWay,
    settings: AlertsInForce,
    gatewayName: string,
    told: ToldByWay,
    present: ReadonlySet<string>,
    atMs: number,
  ): Promise<ToldByWay> {
    const state = ways.get(way) ?? { nextMs: 0, failures: 0, id: '', contents: '' };
    if (atMs < state.nextMs || ending.signal.aborted) return told;
    const fresh = [...troubles].filter(([id, { words, sinceMs }]) => {
      if (!present.has(id) || atMs - sinceMs < pace.settleMs) return false;
      const known = told[id];
      return known === undefined || words.count >= growth * Math.max(known.count, 1);
    });
    const over = Object.entries(told).filter(([id]) => !present.has(id) && isOver(id, atMs));
    if (fresh.length === 0 && over.length === 0) return told;
    const message = composeAlert(
      gatewayName,
      fresh.map(([, { words }]) => words),
      over.map(([, { over: sentence }]) => sentence),
    );
    const contents = createHash('sha256').update(JSON.stringify(message)).digest('hex');
    // The same message again has the same id: its receiver may have got it, and drops the repeat.
    const id = state.contents === contents ? state.id : `alert_${randomUUID()}`;
    const { ok, message: answer } = await sendAlert(
      parts,
      way,
      settings,
      { message, id, at: now(), isTest: false },
      ending.signal,
    );
    if (!ok) {
      const failures = state.failures + 1;
      const waitMs = Math.min(pace.retryMs * 2 ** (failures - 1), longestRetryMs);
      ways.set(way, { nextMs: atMs + waitMs, failures, id, contents });
      logger.warn('alert.failed', 'an alert could not be sent', { way, error: answer, failures });
      return told;
    }
    ways.set(way, { nextMs: atMs + pace.gapMs, failures: 0, id: '', contents: '' });
    for (const [overId] of over) {
      if (overs.get(overId)?.atMs !== atMs) overs.set(overId, { atMs, calmMs: calmMsOf(overId) });
    }
    logger.info('alert.sent', 'an alert was sent', { way, fresh: fresh.length, over: over.length });
    return Object.fromEntries([
      ...Object.entries(told).filter(([known]) => !over.some(([overId]) => overId === known)),
      ...fresh.map(([freshId, { words }]) => [freshId, { over: words.over, count: words.count }] as const),
    ]);
  }

  const timer = setInterval(() => void looking.run(), pace.lookEveryMs);
  timer.unref();

  return {
    async stop() {
      clearInterval(timer);
      ending.abort();
      if (looking.running) await waitAtMost(looking.running, stopWithinMs);
    },
  };
}
