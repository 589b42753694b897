import type { Channel } from '../channels/channel';
import { errorText } from '../errors';
import type { ClaimedDelivery } from '../storage/delivery-rows';
import type { DeliveryEngineParts, DeliveryTenant } from './delivery-tenant';

/** How long a claim is ours without being renewed; the worker renews it while the gateway lives. */
export const leaseMs = 60_000;

/** The deliveries that a lane has claimed and not begun to send. */
export interface ClaimWindow {
  readonly size: number;
  ids(): number[];
  /** The one that was claimed first; undefined: none is left. */
  next(): ClaimedDelivery | undefined;
  /** Claims what is due, up to `limit`. @returns how many; @throws when the database does not answer */
  claim(limit: number): Promise<number>;
  /** Keeps one that was begun and did not leave, for the next release. */
  putBack(delivery: ClaimedDelivery): void;
  /** Gives all of them back: they are due again, for any gateway. Never throws. */
  release(): Promise<void>;
  /** A statement got no answer and may have claimed all the same, or what was written last was not copied in time. */
  suspectLostClaims(): void;
}

/** @param idsElsewhere claims of the lane that have left the window: being sent, or with an outcome not yet written */
export function createClaimWindow(
  parts: Pick<DeliveryEngineParts, 'instance' | 'logger'>,
  tenant: DeliveryTenant,
  channel: Channel,
  idsElsewhere: () => readonly number[],
): ClaimWindow {
  const { instance, logger } = parts;
  let waiting: ClaimedDelivery[] = [];
  let mayHaveLostClaims = false;

  const ids = () => waiting.map((delivery) => delivery.id);

  /** A lane makes one claim at a time: what is in its name and not in its hands was lost. */
  async function releaseOrphaned(): Promise<void> {
    // A channel that is to be asked first is asked when the lease runs out, by recover-interrupted.
    if (!mayHaveLostClaims || channel.findInterrupted) return;
    await tenant.deliveries.releaseOrphaned(channel.name, instance, [...ids(), ...idsElsewhere()]);
    mayHaveLostClaims = false;
  }

  return {
    get size() {
      return waiting.length;
    },
    ids,
    next: () => waiting.shift(),
    async claim(limit) {
      await releaseOrphaned();
      const claimed = await tenant.deliveries.claimDue({
        channel: channel.name,
        limit,
        claimedBy: instance,
        leaseMs,
        ordered: channel.ordered,
      });
      waiting.push(...claimed);
      return claimed.length;
    },
    putBack(delivery) {
      waiting.push(delivery);
    },
    async release() {
      const released = ids();
      waiting = [];
      if (released.length === 0) return;
      try {
        await tenant.deliveries.release(released, instance);
      } catch (thrown) {
        mayHaveLostClaims = true;
        logger.warn('delivery.release_failed', 'claimed deliveries could not be released', {
          error: errorText(thrown),
        });
      }
    },
    suspectLostClaims() {
      mayHaveLostClaims = true;
    },
  };
}
