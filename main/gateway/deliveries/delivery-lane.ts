import type { ChannelName } from '../../contracts/statuses';
import type { Channel } from '../channels/channel';
import { errorText } from '../errors';
import type { ClaimedDelivery, DeliveryOutcome } from '../storage/delivery-store';
import { createCircuitBreaker, type CircuitBreaker } from './circuit-breaker';
import type { DeliveryEngineParts, DeliveryTenant } from './delivery-tenant';
import type { OutcomeRecorder } from './outcome-recorder';
import { retryWindowMs } from './retry-policy';
import { givenUpOutcome, sendDelivery } from './send-delivery';

/** How long a claim is ours without being renewed; the worker renews it while the gateway lives. */
export const leaseMs = 60_000;
const largestClaim = 128;
/** A claim that lasts shorter than this was too small, longer than ten times this too large. */
const claimSpanMs = 200;
const afterDatabaseErrorMs = 1_000;
const overdueBatch = 500;
/** How long the outcomes of an ordered lane may wait for company. */
const lingerMs = 30;
/** A daily limit ends within a day; a password is mended by somebody who comes back after the weekend. */
const accountPatienceMs = 72 * 60 * 60 * 1000;

/** The messages of one tenant that leave by one channel. Lanes know nothing of each other. */
export interface DeliveryLane {
  /** Something may be due: called after each commit that made or freed a delivery. */
  wake(): void;
  /** Deliveries may have been stored as `held` while the channel was just opening. */
  recheckHeld(): void;
  /** Something will be due in `ms`. */
  wakeIn(ms: number): void;
  /** Ids that are claimed and not recorded yet, for renewing their leases. */
  claimedIds(): number[];
  status(): LaneStatus;
  /** Takes no more work, gives back what has not started, waits for what has; aborts it at `deadline`. */
  stop(deadline: AbortSignal): Promise<void>;
}

export interface LaneStatus {
  readonly underWay: number;
  readonly claimed: number;
  readonly breaker: ReturnType<CircuitBreaker['state']>;
  readonly unavailableSinceMs: number | undefined;
  /** what the other side said last, in a sentence; undefined while messages get through */
  readonly unavailableReason: string | undefined;
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
  const underWay = new Map<number, Promise<void>>();
  // One each: a signal that many wait on warns of a leak.
  const cutOffs = new Set<AbortController>();
  let buffer: ClaimedDelivery[] = [];
  let claiming: Promise<void> | undefined;
  let mayHaveMore = false;
  let claimSize = channel.concurrency * 2;
  let claimedAtMs = 0;
  // Rows may be held from before this start.
  let mayBeHeld = true;
  // A claim whose answer was cut off may have been made.
  let mayHaveLostClaims = false;
  /** while the breaker is open */
  let trouble: { readonly reason: string; readonly isAccounts: boolean } | undefined;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let timerAtMs = Infinity;

  function wakeIn(ms: number): void {
    const atMs = Date.now() + Math.max(0, ms);
    if (stopped || atMs >= timerAtMs) return;
    clearTimeout(timer);
    timerAtMs = atMs;
    // Node fires a timer of more than 2^31 ms at once.
    timer = setTimeout(
      () => {
        timerAtMs = Infinity;
        wake();
      },
      Math.min(Math.max(0, ms), 2 ** 31 - 1),
    );
  }

  function wake(): void {
    mayHaveMore = true;
    fillSlots();
  }

  function fillSlots(): void {
    if (stopped) return;
    if (tenant.paused) {
      // What is claimed and has not begun waits like the rest, and is shown so.
      void releaseBuffer();
      return;
    }
    const open = openSlots();
    for (let slot = 0; slot < open && buffer.length > 0; slot += 1) {
      const delivery = buffer.shift();
      if (delivery) startSending(delivery);
    }
    // An ordered channel is slow, and what it claims keeps the recipients' next ones back.
    const enough = channel.ordered ? Math.min(2, concurrency()) : concurrency();
    if (mayHaveMore && !claiming && buffer.length < enough && mayLeaveNow()) {
      claiming = claimMore().finally(() => {
        claiming = undefined;
        fillSlots();
      });
    }
  }

  const concurrency = () => channel.concurrencyOf?.(tenant) ?? channel.concurrency;

  /** How many more messages may be under way. */
  function openSlots(): number {
    const limit = breaker.state() === 'closed' ? concurrency() : 1;
    if (breaker.state() === 'open') {
      wakeIn(breaker.probeInMs());
      return 0;
    }
    return limit - underWay.size;
  }

  /** Asks breaker and channel; arranges to be woken when the answer is no. */
  function mayLeaveNow(): boolean {
    if (breaker.state() === 'open') {
      wakeIn(breaker.probeInMs());
      return false;
    }
    if (breaker.state() === 'probing' && underWay.size > 0) return false;
    const availability = channel.availability?.(tenant) ?? { state: 'open' };
    if (availability.state === 'paced') {
      wakeIn(availability.untilMs - Date.now());
      return false;
    }
    // Held messages are moved by claimMore, in the database.
    return true;
  }

  async function claimMore(): Promise<void> {
    try {
      if (!(await matchHeldState())) return;
      mayHaveMore = false;
      const probing = breaker.state() !== 'closed';
      if (probing && (await giveUpOverdue())) return;
      const limit = probing ? 1 : channel.ordered ? concurrency() : claimSize;
      await releaseOrphanedClaims();
      const claimed = await tenant.deliveries.claimDue({
        channel: channel.name,
        limit,
        claimedBy: parts.instance,
        leaseMs,
        ordered: channel.ordered,
      });
      adaptClaimSize();
      buffer.push(...claimed);
      if (claimed.length === limit) mayHaveMore = true;
      if (stopped) await releaseBuffer();
    } catch (thrown) {
      mayHaveLostClaims = true;
      logger.warn('deliveries could not be claimed', {
        customer_id: tenant.customerId,
        channel: channel.name,
        error: errorText(thrown),
      });
      wakeIn(afterDatabaseErrorMs);
    }
  }

  /** A lane has one claim under way at most: what is in its name and not in its hands was lost. */
  async function releaseOrphanedClaims(): Promise<void> {
    // A channel that is to be asked first is asked when the lease runs out, by recover-interrupted.
    if (!mayHaveLostClaims || channel.findInterrupted) return;
    const heldIds = [...claimedIds(), ...recorder.unwrittenIds()];
    await tenant.deliveries.releaseOrphaned(channel.name, parts.instance, heldIds);
    mayHaveLostClaims = false;
  }

  const claimedIds = (): number[] => [...underWay.keys(), ...buffer.map((delivery) => delivery.id)];

  /** @returns whether messages may leave */
  async function matchHeldState(): Promise<boolean> {
    const availability = channel.availability?.(tenant) ?? { state: 'open' };
    if (availability.state === 'held') {
      mayHaveMore = false;
      await tenant.deliveries.hold(channel.name, availability.reason);
      mayBeHeld = true;
      return false;
    }
    if (mayBeHeld && channel.availability) {
      mayBeHeld = false;
      await tenant.deliveries.releaseHeld(channel.name);
    }
    return true;
  }

  /** Messages that waited for a dead server longer than all their retries would have taken. */
  async function giveUpOverdue(): Promise<boolean> {
    const patienceMs = trouble?.isAccounts === true ? accountPatienceMs : 0;
    const windowMs = Math.max(retryWindowMs(tenant.settings), patienceMs);
    const overdue = await tenant.deliveries.claimOverdue(
      channel.name,
      parts.instance,
      windowMs,
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

  /** A fast channel claims more at a time, a slow one keeps little waiting in memory. */
  function adaptClaimSize(): void {
    const spanMs = Date.now() - claimedAtMs;
    claimedAtMs = Date.now();
    if (spanMs < claimSpanMs) claimSize = Math.min(claimSize * 2, largestClaim);
    else if (spanMs > claimSpanMs * 10) claimSize = channel.concurrency * 2;
  }

  function startSending(delivery: ClaimedDelivery): void {
    const probing = breaker.state() === 'probing';
    const cutOff = new AbortController();
    cutOffs.add(cutOff);
    const sending = sendDelivery(parts, tenant, channel, delivery, cutOff.signal, probing)
      .then(({ outcome, channelHealth }) => {
        if (channelHealth === 'ok') recordSuccess();
        if (channelHealth === 'unavailable' || channelHealth === 'held') {
          recordUnavailable(outcome, channelHealth === 'held');
        }
        logAttempt(delivery, outcome);
        if (cutOff.signal.aborted && (outcome.status === 'pending' || outcome.status === 'failed')) {
          // Cut off by the stop, not by the other side: it costs no attempt.
          buffer.push(delivery);
          return;
        }
        // In an ordered lane the outcome lets the recipient's next message go; while others have not even
        // begun, nobody waits for that, and several outcomes share a write.
        const lingers = channel.ordered && buffer.length > 0 && outcome.status === 'sent';
        recorder.record(delivery, outcome, afterRecording(outcome), lingers ? lingerMs : 0);
        if (outcome.status === 'pending') wakeIn(outcome.nextAttemptInMs + 1);
      })
      .finally(() => {
        cutOffs.delete(cutOff);
        underWay.delete(delivery.id);
        fillSlots();
      });
    underWay.set(delivery.id, sending);
  }

  function afterRecording(outcome: DeliveryOutcome): (() => void) | undefined {
    const { reroute } = outcome;
    if (reroute) {
      return () => {
        onRerouted(reroute.channel);
        wake();
      };
    }
    return channel.ordered ? wake : undefined;
  }

  function recordSuccess(): void {
    breaker.recordSuccess();
    trouble = undefined;
  }

  /** @param isAccounts the account itself is refused */
  function recordUnavailable(outcome: DeliveryOutcome, isAccounts: boolean): void {
    const wasClosed = breaker.state() === 'closed';
    breaker.recordUnavailable(isAccounts);
    if (breaker.state() === 'closed') return;
    trouble = { reason: outcome.error ?? 'The other side does not answer.', isAccounts };
    if (wasClosed) {
      logger.warn('channel is away, its messages wait', {
        customer_id: tenant.customerId,
        channel: channel.name,
        error: outcome.error,
      });
    }
    // What is claimed but not under way would only burn its attempts.
    void releaseBuffer();
    mayHaveMore = true;
    wakeIn(breaker.probeInMs());
  }

  function logAttempt(delivery: ClaimedDelivery, outcome: DeliveryOutcome): void {
    const fields = {
      customer_id: tenant.customerId,
      delivery_id: delivery.id,
      event_id: delivery.event_id,
      event_type: delivery.event_type,
      channel: channel.name,
      attempt: outcome.attempt?.attempt,
      outcome: outcome.attempt?.outcome ?? outcome.status,
      status: outcome.status,
      duration_ms: outcome.attempt?.durationMs,
      error_code: outcome.errorCode,
      error: outcome.error,
      next_attempt_in_ms: outcome.status === 'pending' ? Math.round(outcome.nextAttemptInMs) : undefined,
    };
    if (outcome.status === 'sent') logger.info('delivery attempt', fields);
    else logger.warn('delivery attempt', fields);
  }

  async function releaseBuffer(): Promise<void> {
    const ids = buffer.map((delivery) => delivery.id);
    buffer = [];
    if (ids.length === 0) return;
    try {
      await tenant.deliveries.release(ids, parts.instance);
    } catch (thrown) {
      mayHaveLostClaims = true;
      logger.warn('claimed deliveries could not be handed back', { error: errorText(thrown) });
    }
  }

  return {
    wake,
    recheckHeld() {
      if (!channel.availability) return;
      mayBeHeld = true;
      wake();
    },
    wakeIn,
    claimedIds,
    status: () => ({
      underWay: underWay.size,
      claimed: buffer.length,
      breaker: breaker.state(),
      unavailableSinceMs: breaker.openSinceMs(),
      unavailableReason: trouble?.reason,
    }),
    async stop(deadline) {
      stopped = true;
      clearTimeout(timer);
      await claiming;
      await releaseBuffer();
      const cutOffAll = () => {
        for (const cutOff of cutOffs) cutOff.abort(new Error('the gateway is stopping'));
      };
      if (deadline.aborted) cutOffAll();
      else deadline.addEventListener('abort', cutOffAll, { once: true });
      await Promise.allSettled(underWay.values());
      await releaseBuffer();
    },
  };
}
