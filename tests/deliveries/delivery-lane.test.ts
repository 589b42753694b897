import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultTenantSettings } from '../../main/contracts/tenant-settings';
import {
  type Channel,
  type ChannelAvailability,
  ChannelError,
  type OutgoingMessage,
  type SendReceipt,
} from '../../main/gateway/channels/channel';
import { createDeliveryLane } from '../../main/gateway/deliveries/delivery-lane';
import type { DeliveryEngineParts, DeliveryTenant } from '../../main/gateway/deliveries/delivery-tenant';
import type { OutcomeRecorder } from '../../main/gateway/deliveries/outcome-recorder';
import type { ClaimedDelivery, DeliveryOutcome } from '../../main/gateway/storage/delivery-rows';
import type { DeliveryStore } from '../../main/gateway/storage/delivery-store';
import { never } from '../channels/make-message';
import { createMemoryLogger } from '../support/memory-logger';
import { makeClaimedDelivery } from './claimed-delivery';

const instance = 42;

interface Sending {
  readonly id: number;
  readonly abort: AbortSignal;
  succeed(): void;
  fail(kind: ConstructorParameters<typeof ChannelError>[0], retryAfterMs?: number): void;
}

interface Recorded {
  readonly id: number;
  readonly outcome: DeliveryOutcome;
  readonly onWritten: (() => void) | undefined;
  readonly lingerMs: number | undefined;
}

interface Setup {
  readonly due?: number;
  readonly channel?: Partial<Channel>;
  /** everything is taken at once; otherwise the test answers */
  readonly isInstant?: boolean;
}

/** A lane of webhooks over rows in memory. What is released is due again. */
function openLane({ due: count = 0, channel: overrides = {}, isInstant = false }: Setup = {}) {
  const due: ClaimedDelivery[] = [];
  const overdue: ClaimedDelivery[] = [];
  const inHand = new Map<number, ClaimedDelivery>();
  const sendings: Sending[] = [];
  const recorded: Recorded[] = [];
  const claims: number[] = [];
  const released: number[][] = [];
  const orphanSearches: (readonly number[])[] = [];
  const holds: string[] = [];
  const state = {
    paused: false,
    availability: { state: 'open' } as ChannelAvailability,
    heldReleases: 0,
    databaseIsAway: false,
    whileClaiming: (): void => undefined,
  };
  let nextId = 1;
  const add = (more: number) => {
    for (let row = 0; row < more; row += 1)
      due.push(makeClaimedDelivery({ id: nextId++, channel: 'webhook' }));
  };
  add(count);

  const store: Partial<DeliveryStore> = {
    claimDue({ limit }) {
      claims.push(limit);
      state.whileClaiming();
      if (state.databaseIsAway) return Promise.reject(new Error('Connection terminated'));
      const taken = due.splice(0, limit);
      for (const delivery of taken) inHand.set(delivery.id, delivery);
      return Promise.resolve(taken);
    },
    claimOverdue: () => Promise.resolve(overdue.splice(0)),
    release(ids) {
      released.push([...ids]);
      due.unshift(...ids.flatMap((id) => inHand.get(id) ?? []));
      return Promise.resolve();
    },
    releaseOrphaned(_channel, claimedBy, heldIds) {
      expect(claimedBy).toBe(instance);
      orphanSearches.push(heldIds);
      return Promise.resolve();
    },
    hold: (_channel, reason) => Promise.resolve(holds.push(reason)),
    releaseHeld: () => Promise.resolve((state.heldReleases += 1)),
  };
  const channel = {
    name: 'webhook',
    concurrency: 2,
    ordered: false,
    send(_tenant: unknown, { deliveryId }: OutgoingMessage, abort: AbortSignal) {
      if (isInstant) return Promise.resolve({ messageId: String(deliveryId), response: 'ok' });
      return new Promise<SendReceipt>((resolve, reject) => {
        sendings.push({
          id: deliveryId,
          abort,
          succeed: () => resolve({ messageId: String(deliveryId), response: 'ok' }),
          fail: (kind, retryAfterMs) =>
            reject(new ChannelError(kind, 'some_code', 'It did not work.', { retryAfterMs })),
        });
        abort.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
      });
    },
    ...overrides,
  } as Channel;
  const logger = createMemoryLogger();
  const recorder: Pick<OutcomeRecorder, 'record' | 'unwrittenIds'> = {
    record(delivery, outcome, onWritten, lingerMs) {
      recorded.push({ id: delivery.id, outcome, onWritten, lingerMs });
    },
    unwrittenIds: () => [900],
  };
  const tenant = {
    customerId: 'ACC001',
    settings: { ...defaultTenantSettings, max_retries: 2, first_retry_seconds: 1 },
    get paused() {
      return state.paused;
    },
    deliveries: store,
    templatesFor: () => undefined,
  } as unknown as DeliveryTenant;
  const lane = createDeliveryLane(
    { logger, instance } as unknown as DeliveryEngineParts,
    tenant,
    channel,
    recorder as OutcomeRecorder,
    () => undefined,
  );
  return {
    lane,
    add,
    overdue,
    sendings,
    recorded,
    claims,
    released,
    orphanSearches,
    holds,
    state,
    logger,
    sent: () => sendings.map(({ id }) => id),
    /** Lets everything happen that needs no time. */
    wake: async () => {
      lane.wake();
      await soon();
    },
  };
}

const soon = () => vi.advanceTimersByTimeAsync(0);
const withAvailability = (read: () => ChannelAvailability): Setup['channel'] => ({ availability: read });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('sending', () => {
  it('starts as many as the channel allows, and the next when one is done', async () => {
    const { wake, sent, sendings, lane } = openLane({ due: 3 });
    await wake();
    expect(sent()).toEqual([1, 2]);
    expect(lane.status()).toMatchObject({ underWay: 2, claimed: 1, breaker: 'closed' });
    expect(lane.claimedIds()).toEqual([1, 2, 3]);
    sendings[1]?.succeed();
    await soon();
    expect(sent()).toEqual([1, 2, 3]);
  });

  it('allows as many as the tenant’s settings say, where those decide', async () => {
    const { wake, sent } = openLane({ due: 3, channel: { concurrencyOf: () => 1 } });
    await wake();
    expect(sent()).toEqual([1]);
  });

  it('claims before it runs dry, more at a time while the channel is fast, and each row once', async () => {
    const { wake, claims, recorded } = openLane({ due: 500, isInstant: true });
    await wake();
    expect(recorded.map(({ id }) => id)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    expect(claims.slice(0, 7)).toEqual([4, 4, 8, 16, 32, 64, 128]);
    expect(Math.max(...claims)).toBe(128);
  });

  it('claims nothing while nobody says that there is something', async () => {
    const { wake, claims, sendings, add } = openLane({ due: 1 });
    await wake();
    sendings[0]?.succeed();
    await soon();
    expect(claims).toHaveLength(1);
    add(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(claims).toHaveLength(1);
    await wake();
    expect(claims).toHaveLength(2);
  });

  it('looks again when it was woken during a claim', async () => {
    const { wake, lane, claims, state } = openLane();
    state.whileClaiming = () => {
      if (claims.length === 1) lane.wake();
    };
    await wake();
    expect(claims).toHaveLength(2);
  });

  it('comes back for a message when its next attempt is due, which counts from the commit', async () => {
    const { wake, claims, sendings, recorded } = openLane({ due: 1 });
    await wake();
    sendings[0]?.fail('deferred', 5_000);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(claims).toHaveLength(1);
    recorded[0]?.onWritten?.();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(claims).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(claims).toHaveLength(2);
  });

  it('tries again after a second when the database is away, and gives back what that claim may have taken', async () => {
    const { wake, claims, state, sent, orphanSearches, logger, add, sendings } = openLane({ due: 1 });
    await wake();
    state.databaseIsAway = true;
    add(1);
    await wake();
    expect(logger.lines.map(({ event }) => event)).toContain('delivery.claim_failed');
    state.databaseIsAway = false;
    await vi.advanceTimersByTimeAsync(999);
    expect(claims).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    // What is under way, and what the recorder has not written yet, is in good hands.
    expect(orphanSearches).toEqual([[1, 900]]);
    expect(sent()).toEqual([1, 2]);
    sendings[0]?.succeed();
    await wake();
    expect(orphanSearches).toHaveLength(1);
  });

  it('leaves such claims to the recovery where the channel has to be asked first', async () => {
    const findInterrupted = () => Promise.resolve({ outcome: 'absent' } as const);
    const { wake, state, orphanSearches, sent } = openLane({ due: 1, channel: { findInterrupted } });
    state.databaseIsAway = true;
    await wake();
    state.databaseIsAway = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent()).toEqual([1]);
    expect(orphanSearches).toEqual([]);
  });
});

describe('an ordered lane', () => {
  it('claims no more than may be under way, and keeps two ready', async () => {
    const { wake, claims, lane } = openLane({ due: 20, channel: { ordered: true, concurrency: 3 } });
    await wake();
    expect(claims).toEqual([3, 3]);
    expect(lane.status()).toMatchObject({ underWay: 3, claimed: 3 });
  });

  it('lets outcomes wait for company only while others have not begun', async () => {
    const { wake, sendings, recorded } = openLane({ due: 3, channel: { ordered: true, concurrency: 1 } });
    await wake();
    for (const index of [0, 1, 2]) {
      sendings[index]?.succeed();
      await soon();
    }
    expect(recorded.map(({ lingerMs }) => lingerMs)).toEqual([30, 30, 0]);
  });

  it('looks for the recipient’s next message once the outcome is written', async () => {
    const { wake, sendings, recorded, claims } = openLane({ due: 1, channel: { ordered: true } });
    await wake();
    sendings[0]?.succeed();
    await soon();
    const before = claims.length;
    recorded[0]?.onWritten?.();
    await soon();
    expect(claims).toHaveLength(before + 1);
  });
});

describe('paused', () => {
  it('nothing is claimed', async () => {
    const { wake, claims, state } = openLane({ due: 3 });
    state.paused = true;
    await wake();
    expect(claims).toEqual([]);
  });

  it('what has not begun is released, what has ends, and the rest follows when the pause is over', async () => {
    const { wake, state, released, sendings, recorded, sent } = openLane({ due: 4 });
    await wake();
    state.paused = true;
    await wake();
    expect(released).toEqual([[3, 4]]);
    sendings[0]?.succeed();
    await soon();
    expect(recorded.map(({ id }) => id)).toEqual([1]);
    expect(sent()).toEqual([1, 2]);
    state.paused = false;
    await wake();
    expect(sent()).toEqual([1, 2, 3]);
  });
});

describe('a channel that is not open', () => {
  it('held: what is due is held with the reason, until the channel opens', async () => {
    let availability: ChannelAvailability = { state: 'held', reason: 'WhatsApp is connecting.' };
    const { wake, lane, claims, holds, state, sent } = openLane({
      due: 1,
      channel: withAvailability(() => availability),
    });
    await wake();
    expect([holds, claims]).toEqual([['WhatsApp is connecting.'], []]);
    availability = { state: 'open' };
    lane.recheckHeld();
    await soon();
    expect(state.heldReleases).toBe(1);
    expect(sent()).toEqual([1]);
    // Nothing can be held any more: the database is not asked again.
    await wake();
    expect(state.heldReleases).toBe(1);
  });

  it('held before this start: released with the first claim', async () => {
    const { wake, state } = openLane({ due: 1, channel: withAvailability(() => ({ state: 'open' })) });
    await wake();
    expect(state.heldReleases).toBe(1);
  });

  it('one that is always open is never asked to hold or release', async () => {
    const { wake, lane, state, claims } = openLane({ due: 1 });
    await wake();
    lane.recheckHeld();
    await soon();
    expect(state.heldReleases).toBe(0);
    expect(claims).toHaveLength(1);
  });

  it('paced: claims when the next message may leave', async () => {
    const untilMs = Date.now() + 5_000;
    const { wake, claims } = openLane({
      due: 1,
      channel: withAvailability(() =>
        Date.now() < untilMs ? { state: 'paced', untilMs } : { state: 'open' },
      ),
    });
    await wake();
    await vi.advanceTimersByTimeAsync(4_999);
    expect(claims).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(claims).toHaveLength(1);
  });
});

describe('the other side is away', () => {
  /** Five messages found nobody there, and five more wait in memory. */
  async function openDeadLane() {
    const opened = openLane({ due: 10, channel: { concurrency: 5 } });
    await opened.wake();
    for (const sending of opened.sendings) sending.fail('unavailable');
    await soon();
    return opened;
  }

  it('after five failures what waits is released, and nothing leaves before the probe', async () => {
    const { released, lane, claims, sent, wake, logger } = await openDeadLane();
    expect(released).toEqual([[6, 7, 8, 9, 10]]);
    expect(lane.status()).toMatchObject({ breaker: 'open', claimed: 0, underWay: 0 });
    expect(logger.lines.filter(({ event }) => event === 'channel.unavailable')).toHaveLength(1);
    const before = claims.length;
    await wake();
    await vi.advanceTimersByTimeAsync(1_999);
    expect(claims).toHaveLength(before);
    await vi.advanceTimersByTimeAsync(1);
    expect(claims.slice(before)).toEqual([1]);
    expect(sent()).toHaveLength(6);
  });

  it('one probe at a time, later each time', async () => {
    const { sent, sendings, wake } = await openDeadLane();
    await vi.advanceTimersByTimeAsync(2_000);
    await wake();
    expect(sent()).toHaveLength(6);
    sendings.at(-1)?.fail('unavailable');
    await vi.advanceTimersByTimeAsync(3_999);
    expect(sent()).toHaveLength(6);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent()).toHaveLength(7);
  });

  it('a probe that gets through opens the lane again', async () => {
    const { sent, sendings, lane, recorded } = await openDeadLane();
    await vi.advanceTimersByTimeAsync(2_000);
    sendings.at(-1)?.succeed();
    await soon();
    expect(lane.status()).toMatchObject({ breaker: 'closed', unavailableSinceMs: undefined });
    expect(recorded.at(-1)?.outcome).toMatchObject({ status: 'sent' });
    expect(new Set(sent())).toEqual(new Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
  });

  it('what waited longer than all retries would have taken is given up in words, before the probe', async () => {
    const { overdue, recorded, sent } = await openDeadLane();
    overdue.push(makeClaimedDelivery({ id: 77, retry_count: 1 }));
    const since = new Date(Date.now()).toISOString();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(recorded.at(-1)).toMatchObject({
      id: 77,
      outcome: {
        status: 'failed',
        retryCount: 1,
        errorCode: 'channel_unavailable',
        error: `Given up: the other side has not been reachable since ${since}, longer than the retries allow.`,
      },
    });
    expect(sent()).toHaveLength(6);
  });
});

describe('stop', () => {
  it('releases what has not begun, waits for what has, and takes no more', async () => {
    const { wake, lane, released, sendings, recorded, claims } = openLane({ due: 4 });
    await wake();
    let isStopped = false;
    const stopping = lane.stop(never()).then(() => (isStopped = true));
    await soon();
    expect(released).toEqual([[3, 4]]);
    expect(isStopped).toBe(false);
    for (const sending of sendings) sending.succeed();
    await stopping;
    expect(recorded.map(({ id }) => id)).toEqual([1, 2]);
    await wake();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(claims).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('at the deadline cuts off what is under way: it is released, and costs no attempt', async () => {
    const { wake, lane, released, sendings, recorded } = openLane({ due: 2 });
    await wake();
    const deadline = new AbortController();
    const stopping = lane.stop(deadline.signal);
    sendings[0]?.succeed();
    await soon();
    deadline.abort();
    await stopping;
    expect(sendings[1]?.abort.aborted).toBe(true);
    expect(recorded.map(({ id }) => id)).toEqual([1]);
    expect(released).toEqual([[2]]);
  });

  it('releases what a claim brings that was under way', async () => {
    const { lane, released, sent } = openLane({ due: 2 });
    lane.wake();
    await lane.stop(AbortSignal.abort());
    expect(released).toEqual([[1, 2]]);
    expect(sent()).toEqual([]);
  });
});
