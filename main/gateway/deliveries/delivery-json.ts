import type { AttemptRow, DeliveryRow } from '../storage/delivery-history-store';

/** A delivery as the contract shows it; with its attempts where they were asked for. */
export function toDeliveryJson(row: DeliveryRow, attempts?: readonly AttemptRow[]) {
  return {
    id: row.id,
    event_id: row.event_id,
    event_type: row.event_type,
    channel: row.channel,
    recipient: row.recipient,
    status: row.status,
    retry_count: row.retry_count,
    message_id: row.message_id,
    ...(row.channel === 'whatsapp' ? { number: row.number } : {}),
    error: row.error_message,
    error_code: row.error_code,
    held_reason: row.held_reason,
    next_attempt_at: row.next_attempt_at,
    sent_at: row.sent_at,
    delivered_at: row.delivered_at,
    read_at: row.read_at,
    expires_at: row.expires_at,
    created_at: row.created_at,
    updated_at: row.updated_at,
    ...(attempts === undefined
      ? {}
      : {
          attempts: attempts
            .filter((attempt) => attempt.delivery_id === row.id)
            .map(({ delivery_id: _deliveryId, ...attempt }) => attempt),
        }),
  };
}
