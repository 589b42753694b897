import type { ClaimedDelivery } from '../storage/delivery-rows';

/**
 * The identifier that a message keeps over all its attempts, so that receivers can drop a repeat:
 * Message-ID for email (RFC 5322), webhook-id for webhooks (no full stop: Standard Webhooks signs `id.time.body`).
 * The time makes it unique even where a database was made anew and counts from 1 again.
 */
export function stableMessageId(delivery: ClaimedDelivery, customerId: string): string {
  if (delivery.message_id !== null) return delivery.message_id;
  const name = customerId.replace(/[^A-Za-z0-9]/g, '-').toLowerCase();
  const time = (delivery.created_at ?? delivery.event_created_at ?? new Date(0)).getTime().toString(36);
  const identity = `${time}-${delivery.id}-${name}`;
  return delivery.channel === 'email' ? `<${identity}@modular-gateway.local>` : `msg_${identity}`;
}
