import type { ClaimedDelivery, DeliveryOutcome } from '../../main/gateway/storage/delivery-rows';

/** A delivery as a lane has claimed it: by default an email with nothing unusual about it. */
export function makeClaimedDelivery(fields: Partial<ClaimedDelivery> = {}): ClaimedDelivery {
  return {
    id: 1,
    event_id: 7,
    event_type: 'invoice:sent',
    channel: 'email',
    recipient: 'client@example.com',
    audience: 'client',
    retry_count: 0,
    message_id: null,
    queued_at: null,
    created_at: new Date('2026-03-01T08:00:00Z'),
    expires_at: null,
    direct_message: null,
    direct_content_bytes: null,
    event_created_at: new Date('2026-03-01T08:00:00Z'),
    event_data: {},
    ...fields,
  };
}

/** What became of a delivery: sent, unless told otherwise. */
export function makeOutcome(fields: Partial<DeliveryOutcome> = {}): DeliveryOutcome {
  return {
    id: 1,
    status: 'sent',
    retryCount: 0,
    nextAttemptInMs: 0,
    messageId: '<1@modular-gateway.local>',
    message: null,
    errorCode: null,
    error: null,
    heldReason: null,
    attempt: null,
    ...fields,
  };
}
