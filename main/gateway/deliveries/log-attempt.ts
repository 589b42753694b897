import type { Logger } from '../observability/logger';
import type { ClaimedDelivery, DeliveryOutcome } from '../storage/delivery-rows';

/** One line for each attempt: what was tried, and what became of it. */
export function logAttempt(
  logger: Logger,
  customerId: string,
  delivery: ClaimedDelivery,
  outcome: DeliveryOutcome,
): void {
  const fields = {
    customer_id: customerId,
    delivery_id: delivery.id,
    event_id: delivery.event_id,
    event_type: delivery.event_type,
    channel: delivery.channel,
    attempt: outcome.attempt?.attempt,
    outcome: outcome.attempt?.outcome ?? outcome.status,
    status: outcome.status,
    duration_ms: outcome.attempt?.durationMs,
    error_code: outcome.errorCode,
    error: outcome.error,
    next_attempt_in_ms: outcome.status === 'pending' ? Math.round(outcome.nextAttemptInMs) : undefined,
  };
  if (outcome.status === 'sent') logger.info('delivery.attempted', 'delivery attempt', fields);
  else logger.warn('delivery.attempted', 'delivery attempt', fields);
}
