import type { ChannelName, DeliveryStatus, EventStatus } from '../../contracts/statuses';

export interface NewDelivery {
  readonly channel: ChannelName;
  readonly recipient: string;
  readonly audience: string;
  readonly status: 'pending' | 'held' | 'failed';
  readonly heldReason: string | null;
  /** why it is given up before anything was tried; with `failed` only */
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface NewEvent {
  readonly eventType: string;
  readonly eventData: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | null;
  /** ISO 8601 */
  readonly expiresAt: string | null;
  readonly source: 'http' | 'socket' | 'console';
  readonly deliveries: readonly NewDelivery[];
}

/** What an insert made of one event; `duplicate`: the key was used before and nothing was written. */
export type InsertedEvent =
  | { readonly duplicate: false; readonly eventId: number; readonly deliveryIds: readonly number[] }
  | { readonly duplicate: true };

/** An event row that somebody else inserted. */
export interface PendingEventRow {
  id: number;
  event_type: string;
  event_data: unknown;
  expires_at: Date | null;
}

export interface EventRow {
  id: number;
  event_type: string;
  event_data?: unknown;
  status: EventStatus;
  source: string | null;
  idempotency_key: string | null;
  error_message: string | null;
  deliveries_total: number | null;
  deliveries_sent: number | null;
  deliveries_failed: number | null;
  expires_at: Date | null;
  created_at: Date;
  updated_at: Date | null;
}

export interface EventDeliveryRow {
  event_id: number;
  id: number;
  channel: ChannelName;
  recipient: string;
  status: DeliveryStatus;
}

/** What became of a row that somebody else inserted. */
export interface PlannedRow {
  readonly id: number;
  readonly eventType: string;
  readonly status: 'processing' | 'completed' | 'failed';
  readonly error: string | null;
  readonly expiresAt: Date | null;
  readonly deliveries: readonly NewDelivery[];
}
