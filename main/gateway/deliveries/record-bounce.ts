import { cleanEmailAddress } from '../../contracts/email-address';
import type { TenantSettings } from '../../contracts/tenant-settings';
import type { Signals } from '../signals';
import type { Database } from '../storage/database';
import type { EventStore } from '../storage/event-store';
import { findBounced, writeBounce, type RecordedBounce } from '../storage/write-bounce';
import { deliveryIdOf } from './message-identity';
import { webhookRecipient } from './plan-deliveries';

/** A mail that came back, as its report tells. */
export interface Bounce {
  readonly messageId: string;
  readonly recipients: readonly {
    readonly address: string;
    readonly originalAddress: string;
    readonly reason: string;
    readonly diagnostic: string;
  }[];
}

interface BounceOwner {
  readonly customerId: string;
  readonly settings: TenantSettings;
  readonly database: Database;
  readonly events: EventStore;
  readonly worker: { wake(channel: 'webhook'): void };
}

/**
 * Fails the delivery that a report belongs to, and announces it: live, and by the tenant's webhook.
 * @returns `ours` when it is done with, `later` when the sending itself is not recorded yet, else `not_ours`
 */
export async function recordBounce(
  owner: BounceOwner,
  signals: Signals,
  bounce: Bounce,
): Promise<'ours' | 'not_ours' | 'later'> {
  const deliveryId = deliveryIdOf(bounce.messageId);
  if (deliveryId === undefined) return 'not_ours';
  const found = await findBounced(owner.database, owner.customerId, deliveryId, bounce.messageId);
  if (!found) return 'not_ours';
  if (found.status === 'sending' || found.status === 'pending') return 'later';
  const failed = findRecipient(bounce, found.recipient);
  // A copy that came back does not undo what reached the recipient.
  if (!failed) return 'ours';

  const error = `The mail came back. ${failed.reason}${quote(failed.diagnostic)}`;
  const webhook = webhookRecipient(owner.settings);
  const recorded = await writeBounce(owner.database, owner.customerId, {
    deliveryId,
    messageId: bounce.messageId,
    error,
    response: failed.diagnostic,
    webhook:
      webhook === undefined
        ? undefined
        : {
            recipient: webhook,
            data: {
              // The webhook's own ids stand where they always do; these are of what came back.
              failed_event_id: found.event_id,
              failed_delivery_id: deliveryId,
              channel: 'email',
              recipient: found.recipient,
              message_id: bounce.messageId,
              status: 'failed',
              error_code: 'bounced',
              error,
            },
          },
  });
  if (recorded) await tell(owner, signals, recorded, bounce.messageId, error);
  if (recorded && webhook !== undefined) owner.worker.wake('webhook');
  return 'ours';
}

/** Reports of servers on the way name the address in its ASCII form, or one that it was passed on to. */
function findRecipient({ recipients }: Bounce, recipient: string): Bounce['recipients'][number] | undefined {
  const key = (address: string) => {
    const clean = cleanEmailAddress(address).toLowerCase();
    const at = clean.lastIndexOf('@');
    const domain = clean.slice(at + 1);
    const url = `http://${domain}/`;
    return `${clean.slice(0, at)}@${URL.canParse(url) ? new URL(url).hostname : domain}`;
  };
  const wanted = key(recipient);
  return recipients.find(
    ({ address, originalAddress }) => key(address) === wanted || key(originalAddress) === wanted,
  );
}

function quote(text: string): string {
  if (text === '') return '';
  return ` The report says: “${text.length > 200 ? `${text.slice(0, 199)}…` : text}”.`;
}

async function tell(
  owner: BounceOwner,
  signals: Signals,
  { delivery, event }: RecordedBounce,
  messageId: string,
  error: string,
): Promise<void> {
  const { customerId } = owner;
  signals.emit('delivery.failed', {
    customerId,
    deliveryId: delivery.id,
    eventId: delivery.event_id,
    eventType: delivery.event_type ?? '',
    channel: delivery.channel,
    recipient: delivery.recipient,
    status: 'failed',
    messageId,
    error,
    retryCount: delivery.retry_count,
    willRetry: false,
    nextAttemptAt: null,
  });
  if (!event) return;
  const progress = {
    customerId,
    eventId: event.id,
    eventType: event.event_type,
    status: event.status,
    sent: event.sent,
    failed: event.failed,
    total: event.total,
  };
  signals.emit('event.progress', progress);
  if (event.status !== 'failed') return;
  const rows = await owner.events.listDeliveries([event.id]);
  const deliveries = rows.map(({ event_id: _event, ...summary }) => summary);
  const noun = event.total === 1 ? 'delivery' : 'deliveries';
  signals.emit('event.failed', {
    ...progress,
    deliveries,
    error: `${event.failed} of ${event.total} ${noun} failed`,
  });
}
