import type { DeliverySummary, Signals } from '../signals';

/** Tells of deliveries that failed before anything was tried, because their address is none. */
export function announceFailed(
  signals: Signals,
  event: { readonly customerId: string; readonly eventId: number; readonly eventType: string },
  deliveries: readonly (DeliverySummary & { readonly error: string })[],
): void {
  for (const { id, channel, recipient, error } of deliveries) {
    signals.emit('delivery.failed', {
      ...event,
      deliveryId: id,
      channel,
      recipient,
      status: 'failed',
      messageId: null,
      error,
      retryCount: 0,
      willRetry: false,
      nextAttemptAt: null,
    });
  }
}
