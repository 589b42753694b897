import { createHash } from 'node:crypto';
import { createFewAtOnce } from '../concurrency/few-at-once';
import { answersInTime } from '../concurrency/with-timeout';
import { errorText } from '../errors';
import type { Logger } from '../observability/logger';
import type { RateLimitStore } from '../storage/rate-limit-store';
import {
  createMemoryCounter,
  toSeconds,
  type LimitCounter,
  type LimitWindow,
  type RateLimitState,
} from './limit-windows';

/** What this gateway has of a window that it shares with others. */
interface Share {
  readonly window: LimitWindow;
  readonly rowKey: string;
  endsAtMs: number;
  /** taken here in this window */
  used: number;
  /** of that, what the row does not know of yet */
  unreported: number;
  /** reserved, and not used yet */
  left: number;
  /** how the row stood when it was asked last; undefined: not asked in this window */
  row: { readonly endsAt: string; free: number } | undefined;
  /** what waits for a reservation */
  wanted: number;
  /** After a refusal the row is asked again at growing intervals only: something may have been given back. */
  askAgainAtMs: number;
  pauseMs: number;
  reserving: Promise<void> | undefined;
  returnTimer: NodeJS.Timeout | undefined;
}

/** Of the database; then each gateway counts for itself for a while. */
const patienceMs = 1_000;
const probeEveryMs = 1_000;
/** A table that is locked must not use up the connections of the system database. */
const mostStatements = 2;
/**
 * What all gateways together may have reserved without using it, and what they may have used without saying so, are
 * each this part of a limit.
 */
const chunksOfLimit = 20;
const firstPauseMs = 1_000;
const returnAfterMs = 1_000;
const purgeEveryMs = 60_000;

interface SharedCounter extends LimitCounter {
  stop(): void;
}

/**
 * Limits that hold for all gateways on one system database. One that is alone counts in memory. Of several, each
 * reserves a part of the window's row (a statement), and counts that in memory until it is used up: rate-limiter-flexible's
 * own counter on PostgreSQL takes a statement each time. Where the database is away or slow, a gateway allows its
 * share of the limit.
 */
export function createSharedCounter(parts: {
  readonly store: RateLimitStore;
  /** that share the database and live, this one included */
  readonly gateways: () => number;
  readonly logger: Logger;
}): SharedCounter {
  const { store, logger } = parts;
  const memory = createMemoryCounter();
  const shares = new Map<string, Share>();
  const statements = createFewAtOnce(mostStatements);
  let isAway = false;
  let probeAtMs = 0;
  let purgedAtMs = performance.now();
  let isStopped = false;

  const isSharing = () => parts.gateways() > 1;
  const partOf = ({ points }: LimitWindow, chunks: number) =>
    Math.floor(points / (chunks * Math.max(1, parts.gateways())));

  /** of the window that runs */
  function findShare(window: LimitWindow): Share | undefined {
    const name = nameOf(window);
    const share = shares.get(name);
    if (!share || share.endsAtMs > performance.now()) return share;
    if (isBusy(share)) return Object.assign(share, newWindow(window));
    forget(name, share);
    return undefined;
  }

  function forget(name: string, share: Share): void {
    clearTimeout(share.returnTimer);
    shares.delete(name);
  }

  async function openShare(window: LimitWindow): Promise<Share> {
    const found = findShare(window);
    if (found) return found;
    purge();
    const name = nameOf(window);
    const share: Share = {
      window,
      rowKey: createHash('sha256').update(name).digest('base64url'),
      ...newWindow(window),
      wanted: 0,
      reserving: undefined,
      returnTimer: undefined,
    };
    shares.set(name, share);
    // What was counted while this gateway was alone.
    const counted = await memory.remove(window);
    if (counted && counted.count > 0) {
      share.endsAtMs = performance.now() + counted.msLeft;
      countHere(share, counted.count);
    }
    return share;
  }

  function purge(): void {
    const now = performance.now();
    if (now - purgedAtMs < purgeEveryMs) return;
    purgedAtMs = now;
    for (const [name, share] of shares) {
      if (share.endsAtMs <= now && !isBusy(share)) forget(name, share);
    }
  }

  function countHere(share: Share, count: number): void {
    share.used += count;
    share.unreported += count;
    if (share.row) share.row.free -= count;
  }

  /** @returns undefined: the row has to be asked */
  function decide(share: Share, count: number, mayAsk: boolean): boolean | undefined {
    if (share.left >= count) {
      share.left -= count;
      share.used += count;
      return true;
    }
    const { row, window } = share;
    const short = count - share.left;
    const isRefused = row !== undefined && short > row.free;
    if (mayAsk) {
      if (isRefused && performance.now() < share.askAgainAtMs) return false;
      if (row || share.used + count > partOf(window, chunksOfLimit)) return undefined;
    } else if (isRefused || share.used + count > Math.max(1, partOf(window, 1))) {
      return false;
    }
    countHere(share, count);
    return true;
  }

  async function takeShared(share: Share, count: number): Promise<boolean> {
    const deadlineMs = performance.now() + patienceMs;
    for (;;) {
      const waitMs = deadlineMs - performance.now();
      const decided = decide(share, count, isSharing() && !isAway && !isStopped && waitMs > 0);
      if (isAway) probe(share, count);
      if (decided !== undefined) return decided;
      share.wanted += count;
      const isAnswered = await answersInTime(reserve(share, count), waitMs);
      share.wanted -= count;
      if (!isAnswered) noteAway(`no answer within ${patienceMs} ms`);
    }
  }

  /** One at a time for each share: whoever comes meanwhile waits for the same. Never throws. */
  function reserve(share: Share, count: number, isProbe = false): Promise<void> {
    share.reserving ??= statements
      .run(() => askRow(share, count, isProbe))
      .catch((thrown: unknown) => noteAway(errorText(thrown)))
      .finally(() => {
        share.reserving = undefined;
      });
    return share.reserving;
  }

  async function askRow(share: Share, count: number, isProbe: boolean): Promise<void> {
    // Whoever wanted it may have given up while it waited for its turn.
    if (share.wanted === 0 && !isProbe) return;
    const { window, unreported } = share;
    const startedAtMs = performance.now();
    const need = Math.max(1, count - share.left);
    const { granted, taken, endsAt, msLeft } = await store.reserve({
      key: share.rowKey,
      seconds: Math.max(0.001, share.row ? window.seconds : (share.endsAtMs - startedAtMs) / 1000),
      points: window.points,
      counted: unreported,
      need,
      wish: Math.max(need, share.wanted - share.left, partOf(window, chunksOfLimit)),
    });
    const now = performance.now();
    if (share.row && share.row.endsAt !== endsAt) {
      // The next window has begun meanwhile: what is left of the last is worth nothing.
      Object.assign(share, { used: 0, left: 0, pauseMs: firstPauseMs });
    }
    share.unreported = Math.max(0, share.unreported - unreported);
    share.left += granted;
    share.endsAtMs = now + msLeft;
    share.row = { endsAt, free: Math.max(0, window.points - taken - share.unreported) };
    if (granted === 0 || share.row.free === 0) share.askAgainAtMs = now + share.pauseMs;
    if (granted === 0) share.pauseMs *= 2;
    if (now - startedAtMs < patienceMs) noteAnswer();
  }

  function probe(share: Share, count: number): void {
    if (!isSharing() || isStopped || performance.now() < probeAtMs || statements.isFull || share.reserving)
      return;
    probeAtMs = performance.now() + probeEveryMs;
    void reserve(share, count, true);
  }

  function noteAway(error: string): void {
    if (isStopped) return;
    probeAtMs = performance.now() + probeEveryMs;
    if (isAway) return;
    isAway = true;
    logger.warn('rate_limit.counted_alone', 'each gateway counts its share of the limits by itself', {
      gateways: parts.gateways(),
      error,
    });
  }

  function noteAnswer(): void {
    if (!isAway) return;
    isAway = false;
    logger.info('rate_limit.shared_again', 'the gateways count their limits together again');
  }

  function stateOf(share: Share): RateLimitState {
    const { window, row, left, used } = share;
    const known = row ? left + row.free : window.points - used;
    const own = isAway ? Math.max(left, Math.max(1, partOf(window, 1)) - used) : known;
    return {
      limit: window.points,
      remaining: Math.max(0, Math.min(known, own)),
      resetSeconds: toSeconds(share.endsAtMs - performance.now()),
    };
  }

  /** A gateway must not keep from the others what many at once took here and gave back. */
  function returnLater(share: Share): void {
    const kept = Math.max(1, partOf(share.window, chunksOfLimit));
    if (share.left <= 2 * kept || share.returnTimer || !isSharing()) return;
    share.returnTimer = setTimeout(() => {
      share.returnTimer = undefined;
      const excess = share.left - kept;
      if (excess > 0 && share.row && !isAway) void returnToRow(share, share.row.endsAt, excess);
    }, returnAfterMs);
    share.returnTimer.unref();
  }

  async function returnToRow(share: Share, endsAt: string, excess: number): Promise<void> {
    share.left -= excess;
    try {
      await statements.run(() => store.giveBack(share.rowKey, endsAt, excess));
      if (share.row?.endsAt === endsAt) share.row.free += excess;
    } catch (thrown) {
      // The others have less for the rest of this window.
      noteAway(errorText(thrown));
    }
  }

  return {
    async take(window, count) {
      const found = findShare(window);
      if (!found && !isSharing()) return memory.take(window, count);
      const share = found ?? (await openShare(window));
      const allowed = await takeShared(share, count);
      return { allowed, ...stateOf(share) };
    },
    async look(window) {
      const share = findShare(window);
      if (!share) return memory.look(window);
      const isUnsure = isSharing() && !isAway && performance.now() >= share.askAgainAtMs;
      const state = stateOf(share);
      return state.remaining === 0 && isUnsure ? undefined : state;
    },
    async giveBack(window, count) {
      const share = findShare(window);
      if (!share) return memory.giveBack(window, count);
      if (share.used < count) return;
      share.used -= count;
      const unsaid = Math.min(count, share.unreported);
      share.unreported -= unsaid;
      if (share.row) share.row.free += unsaid;
      share.left += count - unsaid;
      returnLater(share);
    },
    stop() {
      isStopped = true;
      for (const share of shares.values()) clearTimeout(share.returnTimer);
    },
  };
}

function nameOf({ what, seconds, points, key }: LimitWindow): string {
  return `${what}\n${seconds}\n${points}\n${key}`;
}

function newWindow({ seconds }: LimitWindow) {
  return {
    endsAtMs: performance.now() + seconds * 1000,
    used: 0,
    unreported: 0,
    left: 0,
    row: undefined,
    askAgainAtMs: 0,
    pauseMs: firstPauseMs,
  };
}

function isBusy(share: Share): boolean {
  return share.wanted > 0 || share.reserving !== undefined;
}
