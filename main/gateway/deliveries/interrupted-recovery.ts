import type { ChannelName } from '../../contracts/statuses';
import type { Channel } from '../channels/channel';
import { errorText } from '../errors';
import type { ClaimedDelivery, DeliveryOutcome } from '../storage/delivery-rows';
import { baseOutcome } from './base-outcome';
import { buildMessage } from './build-message';
import { leaseMs } from './claim-window';
import type { DeliveryEngineParts, DeliveryTenant } from './delivery-tenant';
import type { OutcomeRecorder } from './outcome-recorder';

const batchSize = 200;

/**
 * Takes over what a gateway that is gone was sending. Email and webhooks go out again under the same id;
 * a channel that can look (WhatsApp) is asked first, and when it cannot tell, a person decides.
 */
export interface InterruptedRecovery {
  /** Looks for such deliveries; asking a channel goes on in the background. */
  run(): Promise<void>;
  /** what is being asked about, for renewing leases */
  claimedIds(): number[];
  /** Waits for the answers until `deadline`; what is open then is found again by the next start. */
  stop(deadline: AbortSignal): Promise<void>;
}

/** @param heldIds what this gateway knows to be its own: being sent, or with an outcome not yet written */
export function createInterruptedRecovery(
  parts: DeliveryEngineParts,
  tenant: DeliveryTenant,
  recorder: OutcomeRecorder,
  wake: (channel: ChannelName) => void,
  heldIds: () => readonly number[],
): InterruptedRecovery {
  const asking = new Map<number, Promise<void>>();

  async function ask(channel: Channel, delivery: ClaimedDelivery): Promise<void> {
    const outcome = await askChannel(parts, tenant, channel, delivery);
    recorder.record(delivery, outcome, () => wake(channel.name));
  }

  return {
    async run() {
      const interrupted = await tenant.deliveries.claimInterrupted(
        parts.instance,
        leaseMs,
        batchSize,
        heldIds(),
      );
      if (interrupted.length === 0) return;
      parts.logger.info('delivery.taken_over', 'deliveries of a stopped gateway taken over', {
        customer_id: tenant.customerId,
        deliveries: interrupted.length,
      });
      const toSendAgain: number[] = [];
      for (const delivery of interrupted) {
        const channel = parts.channels.get(delivery.channel);
        if (channel?.findInterrupted) {
          const answer = ask(channel, delivery).finally(() => asking.delete(delivery.id));
          asking.set(delivery.id, answer);
        } else {
          toSendAgain.push(delivery.id);
        }
      }
      if (toSendAgain.length > 0) await tenant.deliveries.release(toSendAgain, parts.instance);
    },
    claimedIds: () => [...asking.keys()],
    async stop(deadline) {
      const aborted = new Promise<void>((resolve) => {
        if (deadline.aborted) resolve();
        else deadline.addEventListener('abort', () => resolve(), { once: true });
      });
      await Promise.race([Promise.allSettled(asking.values()), aborted]);
    },
  };
}

async function askChannel(
  parts: DeliveryEngineParts,
  tenant: DeliveryTenant,
  channel: Channel,
  delivery: ClaimedDelivery,
): Promise<DeliveryOutcome> {
  const base = baseOutcome(delivery);
  try {
    const message = await buildMessage(parts, tenant, delivery, channel);
    const found = await channel.findInterrupted?.(tenant, message);
    if (found?.outcome === 'sent') return { ...base, status: 'sent', messageId: found.receipt.messageId };
    if (found?.outcome === 'absent') return base;
    return unknownOutcome(base, found?.reason ?? 'the channel cannot tell');
  } catch (thrown) {
    return unknownOutcome(base, errorText(thrown));
  }
}

function unknownOutcome(base: DeliveryOutcome, reason: string): DeliveryOutcome {
  return {
    ...base,
    status: 'unknown',
    errorCode: 'outcome_unknown',
    error: `The gateway stopped while this message was being handed over, and whether it left is not known (${reason}). Resend or close it.`,
  };
}
