import type { ChannelName } from '../../contracts/statuses';
import type { Channel } from '../channels/channel';
import { errorText } from '../errors';
import type { ClaimedDelivery, DeliveryOutcome } from '../storage/delivery-rows';
import { createCircuitBreaker, type CircuitBreaker } from './circuit-breaker';
import { createClaimSize } from './claim-size';
import { createClaimWindow } from './claim-window';
import type { DeliveryEngineParts, DeliveryTenant } from './delivery-tenant';
import { logAttempt } from './log-attempt';
import type { OutcomeRecorder } from './outcome-recorder';
import { retryWindowMs } from './retry-policy';
import { givenUpOutcome, sendDelivery } from './send-delivery';
import { createWakeTimer } from './wake-timer';

const afterDatabaseErrorMs = 1_000;
const overdueBatch = 500;
/** How long the outcomes of an ordered lane may wait for company. */
const lingerMs = 30;
/** A daily limit ends within a day; a password is mended by somebody who comes back after the weekend. */
const accountPatienceMs = 72 * 60 * 60 * 1000;
/** What an ordered lane claims keeps the recipients' next messages back: it claims no more while it has so many. */
const enoughInOrder = 2;

/**
 * A lane sends the messages of one tenant that leave by one channel. Lanes know nothing of each other.
 *
 * Deliveries pass through it like this: due in the database → claimed (the claim window) → under way → their
 * outcome is handed to the recorder. Whatever may change the picture calls `wake`, and each time the lane looks
 * at its mode and does what that allows:
 *
 * - `sending`: starts claimed deliveries until the channel's concurrency is reached, and claims more when the
 *   window runs low. This is the normal mode.
 * - `away`: the circuit breaker is open, because the other side cannot be reached. Nothing starts and nothing is
 *   claimed; what was claimed has been released. The timer wakes the lane for the next probe.
 * - `probing`: the breaker lets one message try. It is claimed by itself, after what has waited too long for the
 *   other side was given up. A success leads back to `sending`, a failure to `away`.
 * - `paused`: an operator has paused the tenant. Claims that have not started are released; what is under way ends.
 * - `stopped`: the gateway stops, or the tenant is closed. For good.
 *
 * The mode is not stored: it follows from `stop`, the tenant and the breaker at the moment it is asked for.
 *
 * In `sending` and `probing` the channel itself has a say before each claim, by its availability: `open` lets the
 * claim happen, `paced` puts it off to a known time, `elsewhere` leaves it to another gateway's lane, and `held` moves
 * what is due to the status `held` instead, until the channel opens again. What is claimed by then is started all the same: the channel defers it.
 */
export interface DeliveryLane {
  /** Something may be due: called after each commit that made or freed a delivery. */
  wake(): void;
  /** Deliveries may have been stored as `held` while the channel was just opening. */
  recheckHeld(): void;
  /** The database has gone over to a standby, which may not have the last bookkeeping of before. */
  recheckClaims(): void;
  /** Something will be due in `ms`. */
  wakeIn(ms: number): void;
  /** Ids that are claimed and not recorded yet, for renewing their leases. */
  claimedIds(): number[];
  status(): LaneStatus;
  /** Takes no more work, gives back what has not started, waits for what has; aborts it at `deadline`. */
  stop(deadline: AbortSignal): Promise<void>;
}

type LaneMode = 'sending' | 'away' | 'probing' | 'paused' | 'stopped';

export interface LaneStatus {
  readonly underWay: number;
  readonly claimed: number;
  readonly breaker: ReturnType<CircuitBreaker['state']>;
  readonly unavailableSinceMs: number | undefined;
  /** what the other side said last, in a sentence; undefined while messages get through */
  readonly unavailableReason: string | undefined;
}

/** A message on its way. Each has an abort of its own: a signal that many wait on warns of a leak. */
interface Sending {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export function createDeliveryLane(
  parts: DeliveryEngineParts,
  tenant: DeliveryTenant,
  channel: Channel,
  recorder: OutcomeRecorder,
  onRerouted: (channel: ChannelName) => void,
): DeliveryLane {
  const { logger } = parts;
  const breaker = createCircuitBreaker();
  const underWay = new Map<number, Sending>();
  const claimed = createClaimWindow(parts, tenant, channel, () => [
    ...underWay.keys(),
    ...recorder.unwrittenIds(),
  ]);
  const claimSize = createClaimSize(channel.concurrency);
  const timer = createWakeTimer(wake);
  let claiming: Promise<void> | undefined;
  let mayHaveMore = false;
  // Rows may be held from before this start.
  let mayBeHeld = true;
  /** while the breaker is open */
  let trouble: { readonly reason: string; readonly isAccounts: boolean } | undefined;
  let isStopped = false;

  function mode(): LaneMode {
    if (isStopped) return 'stopped';
    if (tenant.paused) return 'paused';
    const state = breaker.state();
    return state === 'closed' ? 'sending' : state === 'open' ? 'away' : 'probing';
  }

  function wake(): void {
    mayHaveMore = true;
    proceed();
  }

  function proceed(): void {
    switch (mode()) {
      case 'stopped':
        return;
      case 'paused':
        void claimed.release();
        return;
      case 'away':
        timer.wakeIn(breaker.probeInMs());
        return;
      case 'probing':
        startUpTo(1);
        if (underWay.size === 0) claimWhenLow();
        return;
      case 'sending':
        startUpTo(concurrency());
        claimWhenLow();
        return;
    }
  }

  const concurrency = () => channel.concurrencyOf?.(tenant) ?? channel.concurrency;

  const availability = () => channel.availability?.(tenant) ?? ({ state: 'open' } as const);

  function startUpTo(limit: number): void {
    while (underWay.size < limit) {
      const delivery = claimed.next();
      if (!delivery) return;
      start(delivery);
    }
  }

  function claimWhenLow(): void {
    if (!mayHaveMore || claiming) return;
    const enough = channel.ordered ? Math.min(enoughInOrder, concurrency()) : concurrency();
    if (claimed.size >= enough) return;
    const now = availability();
    if (now.state === 'paced') {
      timer.wakeIn(now.untilMs - Date.now());
      return;
    }
    if (now.state === 'elsewhere') {
      mayHaveMore = false;
      now.tellOfWork();
      return;
    }
    claiming = claimMore().finally(() => {
      claiming = undefined;
      proceed();
    });
  }

  async function claimMore(): Promise<void> {
    try {
      if (await holdOrRelease()) return;
      mayHaveMore = false;
      const isProbing = breaker.state() !== 'closed';
      if (isProbing && (await giveUpOverdue())) return;
      const limit = isProbing ? 1 : channel.ordered ? concurrency() : claimSize.current();
      const count = await claimed.claim(limit);
      claimSize.noteClaim();
      if (count === limit) mayHaveMore = true;
      if (isStopped) await claimed.release();
    } catch (thrown) {
      claimed.suspectLostClaims();
      logger.warn('delivery.claim_failed', 'deliveries could not be claimed', {
        customer_id: tenant.customerId,
        channel: channel.name,
        error: errorText(thrown),
      });
      timer.wakeIn(afterDatabaseErrorMs);
    }
  }

  /** Moves what is due to `held` or back, as the channel says. @returns whether it is held */
  async function holdOrRelease(): Promise<boolean> {
    const now = availability();
    if (now.state === 'elsewhere') return true;
    if (now.state === 'held') {
      mayHaveMore = false;
      await tenant.deliveries.hold(channel.name, now.reason);
      mayBeHeld = true;
      return true;
    }
    if (mayBeHeld && channel.availability) {
      mayBeHeld = false;
      await tenant.deliveries.releaseHeld(channel.name);
    }
    return false;
  }

  /** Messages that waited for a dead server longer than all their retries would have taken. */
  async function giveUpOverdue(): Promise<boolean> {
    const patienceMs = trouble?.isAccounts === true ? accountPatienceMs : 0;
    const overdue = await tenant.deliveries.claimOverdue(
      channel.name,
      parts.instance,
      Math.max(retryWindowMs(tenant.settings), patienceMs),
      overdueBatch,
    );
    const since = new Date(breaker.openSinceMs() ?? Date.now()).toISOString();
    const sentence =
      trouble?.isAccounts === true
        ? `Given up: nothing has got through since ${since}. ${trouble.reason}`
        : `Given up: the other side has not been reachable since ${since}, longer than the retries allow.`;
    for (const delivery of overdue) {
      recorder.record(delivery, givenUpOutcome(delivery, 'channel_unavailable', sentence));
    }
    if (overdue.length > 0) mayHaveMore = true;
    return overdue.length > 0;
  }

  function start(delivery: ClaimedDelivery): void {
    const abort = new AbortController();
    const isProbe = mode() === 'probing';
    const done = sendDelivery(parts, tenant, channel, delivery, abort.signal, isProbe)
      .then(({ outcome, channelHealth }) => {
        if (channelHealth === 'ok') noteSuccess();
        if (channelHealth === 'unavailable' || channelHealth === 'held') {
          noteUnavailable(outcome, channelHealth === 'held');
        }
        logAttempt(logger, tenant.customerId, delivery, outcome);
        finish(delivery, outcome, abort.signal.aborted);
      })
      .finally(() => {
        underWay.delete(delivery.id);
        proceed();
      });
    underWay.set(delivery.id, { abort, done });
  }

  function finish(delivery: ClaimedDelivery, outcome: DeliveryOutcome, wasAborted: boolean): void {
    if (wasAborted && (outcome.status === 'pending' || outcome.status === 'failed')) {
      // Cut off by the stop, not by the other side: it costs no attempt.
      claimed.putBack(delivery);
      return;
    }
    // In an ordered lane the outcome lets the recipient's next message go; while others have not even
    // begun, nobody waits for that, and several outcomes share a write.
    const lingers = channel.ordered && claimed.size > 0 && outcome.status === 'sent';
    recorder.record(delivery, outcome, afterRecording(outcome), lingers ? lingerMs : 0);
  }

  /** What the outcome makes possible, once it is committed: whoever looks before finds nothing due. */
  function afterRecording(outcome: DeliveryOutcome): (() => void) | undefined {
    const { status, nextAttemptInMs, reroute } = outcome;
    if (status !== 'pending' && !reroute) return channel.ordered ? wake : undefined;
    return () => {
      if (reroute) onRerouted(reroute.channel);
      else timer.wakeIn(nextAttemptInMs + 1);
      if (reroute || channel.ordered) wake();
    };
  }

  function noteSuccess(): void {
    breaker.recordSuccess();
    trouble = undefined;
  }

  /** @param isAccounts the account itself is refused */
  function noteUnavailable(outcome: DeliveryOutcome, isAccounts: boolean): void {
    const wasClosed = breaker.state() === 'closed';
    breaker.recordUnavailable(isAccounts);
    if (breaker.state() === 'closed') return;
    trouble = { reason: outcome.error ?? 'The other side does not answer.', isAccounts };
    if (wasClosed) {
      logger.warn('channel.unavailable', 'channel unavailable: its messages wait', {
        customer_id: tenant.customerId,
        channel: channel.name,
        error: outcome.error,
      });
    }
    // What is claimed but not under way would only burn its attempts.
    void claimed.release();
    mayHaveMore = true;
    timer.wakeIn(breaker.probeInMs());
  }

  function abortAll(): void {
    for (const { abort } of underWay.values()) abort.abort(new Error('the gateway is stopping'));
  }

  return {
    wake,
    recheckHeld() {
      if (!channel.availability) return;
      mayBeHeld = true;
      wake();
    },
    recheckClaims() {
      claimed.suspectLostClaims();
      wake();
    },
    wakeIn: (ms) => timer.wakeIn(ms),
    claimedIds: () => [...underWay.keys(), ...claimed.ids()],
    status: () => ({
      underWay: underWay.size,
      claimed: claimed.size,
      breaker: breaker.state(),
      unavailableSinceMs: breaker.openSinceMs(),
      unavailableReason: trouble?.reason,
    }),
    async stop(deadline) {
      isStopped = true;
      timer.stop();
      await claiming;
      await claimed.release();
      if (deadline.aborted) abortAll();
      else deadline.addEventListener('abort', abortAll, { once: true });
      await Promise.allSettled([...underWay.values()].map(({ done }) => done));
      await claimed.release();
    },
  };
}
