import type { ClaimedDelivery, DeliveryOutcome } from '../storage/delivery-rows';

/** A delivery that is due again at once, as if nothing had been tried: what every outcome differs from. */
export function baseOutcome(delivery: ClaimedDelivery): DeliveryOutcome {
  return {
    id: delivery.id,
    status: 'pending',
    retryCount: delivery.retry_count,
    nextAttemptInMs: 0,
    messageId: null,
    message: null,
    errorCode: null,
    error: null,
    heldReason: null,
    attempt: null,
  };
}
