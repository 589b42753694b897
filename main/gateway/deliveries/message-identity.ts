import type { ClaimedDelivery } from '../storage/delivery-rows';

/** For ids of which nobody knows yet what they will end in: a preview's. */
const noDomain = 'localhost';

/**
 * The identifier that a message keeps over all its attempts, so that receivers can drop a repeat:
 * Message-ID for email (RFC 5322), webhook-id for webhooks (no full stop: Standard Webhooks signs `id.time.body`).
 * The time makes it unique even where a database was made again and counts from 1 again.
 * @param domain the sender's, for email
 */
export function stableMessageId(delivery: ClaimedDelivery, customerId: string, domain = noDomain): string {
  if (delivery.message_id !== null) return delivery.message_id;
  const name = customerId.replace(/[^A-Za-z0-9]/g, '-').toLowerCase();
  const time = (delivery.created_at ?? delivery.event_created_at ?? new Date(0)).getTime().toString(36);
  const identity = `${time}-${delivery.id}-${name}`;
  return delivery.channel === 'email' ? `<${identity}@${domain}>` : `msg_${identity}`;
}

/** The delivery that a Message-ID of ours is of; undefined: it is not one of ours. */
export function deliveryIdOf(messageId: string): number | undefined {
  const id = /^<[0-9a-z]+-(\d{1,10})-[a-z0-9-]*@[^<>@\s]+>$/i.exec(messageId)?.[1];
  return id === undefined ? undefined : Number(id);
}
