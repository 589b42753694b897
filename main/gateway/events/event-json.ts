import type { EventRow } from '../storage/event-rows';

/** An event as the contract shows it. */
export function toEventJson(row: EventRow, deliveries: readonly { readonly id: number }[]) {
  return {
    event_id: row.id,
    event_type: row.event_type,
    status: row.status,
    ...(row.event_data === undefined ? {} : { event_data: row.event_data }),
    source: row.source,
    idempotency_key: row.idempotency_key,
    error: row.error_message,
    expires_at: row.expires_at,
    created_at: row.created_at,
    updated_at: row.updated_at ?? row.created_at,
    deliveries,
  };
}
