import type { ChannelName } from '../../contracts/statuses';
import { createSingleFlight } from '../concurrency/single-flight';
import { errorText } from '../errors';
import { leaseMs } from './claim-window';
import { createDeliveryLane, type DeliveryLane, type LaneStatus } from './delivery-lane';
import type { DeliveryEngineParts, DeliveryTenant } from './delivery-tenant';
import { createInterruptedRecovery } from './interrupted-recovery';
import { createOutcomeRecorder } from './outcome-recorder';
import { expiredOutcome } from './send-delivery';

const renewLeasesEveryMs = leaseMs / 3;
const expiredBatch = 500;

/** Everything that leaves for one tenant: a lane a channel. */
export interface DeliveryWorker {
  /** Called after a commit that made or freed deliveries. */
  wake(channel?: ChannelName): void;
  /** A channel opened or closed: held deliveries may have to move. */
  recheckHeld(channel: ChannelName): void;
  /** The database has gone over to a standby: what this gateway recorded last may be missing there. */
  recheckClaims(): void;
  /** The safety net: finds what no wake-up announced. Called every few seconds; never throws. */
  sweep(): Promise<void>;
  lanes(): ReadonlyMap<ChannelName, LaneStatus>;
  /** @param deadline when it aborts, what is under way is cut off and given back */
  stop(deadline: AbortSignal): Promise<void>;
}

export function createDeliveryWorker(parts: DeliveryEngineParts, tenant: DeliveryTenant): DeliveryWorker {
  const recorder = createOutcomeRecorder(parts, tenant);
  const lanes = new Map<ChannelName, DeliveryLane>();
  for (const channel of parts.channels.values()) {
    lanes.set(
      channel.name,
      createDeliveryLane(parts, tenant, channel, recorder, (other) => lanes.get(other)?.wake()),
    );
  }
  const recovery = createInterruptedRecovery(
    parts,
    tenant,
    recorder,
    (channel) => lanes.get(channel)?.wake(),
    heldIds,
  );
  const sweeping = createSingleFlight(sweepOnce);
  let stopped = false;

  const renewal = setInterval(() => {
    const ids = heldIds();
    if (ids.length === 0) return;
    tenant.deliveries.extendLeases(parts.instance, ids, leaseMs).catch((thrown: unknown) => {
      parts.logger.warn('delivery.lease_renewal_failed', 'leases could not be renewed', {
        customer_id: tenant.customerId,
        error: errorText(thrown),
      });
    });
  }, renewLeasesEveryMs);

  function heldIds(): number[] {
    const inLanes = [...lanes.values()].flatMap((lane) => lane.claimedIds());
    return [...inLanes, ...recovery.claimedIds(), ...recorder.unwrittenIds()];
  }

  async function sweepOnce(): Promise<void> {
    try {
      await recovery.run();
      await failExpired();
      for (const { channel, due_in_ms } of await tenant.deliveries.nextDue([...lanes.keys()])) {
        lanes.get(channel)?.wakeIn(due_in_ms);
      }
      for (const lane of lanes.values()) lane.recheckHeld();
    } catch (thrown) {
      parts.logger.warn('delivery.sweep_failed', 'sweep failed', {
        customer_id: tenant.customerId,
        error: errorText(thrown),
      });
    }
  }

  async function failExpired(): Promise<void> {
    for (const delivery of await tenant.deliveries.claimExpired(parts.instance, expiredBatch)) {
      // The database's clock said that it expired; ours may run behind.
      const outcome = expiredOutcome(delivery, Infinity);
      if (outcome) recorder.record(delivery, outcome);
    }
  }

  return {
    wake(channel) {
      if (stopped) return;
      if (channel) lanes.get(channel)?.wake();
      else for (const lane of lanes.values()) lane.wake();
    },
    recheckHeld(channel) {
      if (!stopped) lanes.get(channel)?.recheckHeld();
    },
    recheckClaims() {
      if (stopped) return;
      for (const lane of lanes.values()) lane.recheckClaims();
    },
    sweep: () => (stopped ? Promise.resolve() : sweeping.run()),
    lanes: () => new Map([...lanes].map(([name, lane]) => [name, lane.status()])),
    async stop(deadline) {
      stopped = true;
      clearInterval(renewal);
      await sweeping.running;
      await recovery.stop(deadline);
      await Promise.all([...lanes.values()].map((lane) => lane.stop(deadline)));
      await recorder.drain(deadline);
    },
  };
}
