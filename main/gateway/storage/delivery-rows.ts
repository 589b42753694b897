import type { ChannelName } from '../../contracts/statuses';

/** A delivery that this gateway has taken for sending, with its event. */
export interface ClaimedDelivery {
  id: number;
  event_id: number | null;
  event_type: string | null;
  channel: ChannelName;
  recipient: string;
  audience: string | null;
  retry_count: number;
  message_id: string | null;
  queued_at: Date | null;
  created_at: Date | null;
  expires_at: Date | null;
  direct_message: unknown;
  /** of the file that belongs to `direct_message`: load it when its turn comes; null: there is none */
  direct_content_bytes: number | null;
  event_created_at: Date | null;
  /** absent when it is large: load it when its turn comes, so that a claim stays small */
  event_data: Record<string, unknown> | null;
}

interface AttemptRecord {
  /** 1 for the first */
  readonly attempt: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly outcome: 'sent' | 'retry' | 'failed' | 'unknown';
  readonly errorCode: string | null;
  readonly response: string | null;
  /** of a channel that speaks HTTP: kept as it is */
  readonly exchange?: object;
}

/** What a claimed delivery becomes. */
export interface DeliveryOutcome {
  readonly id: number;
  readonly status: 'sent' | 'pending' | 'held' | 'failed' | 'unknown';
  readonly retryCount: number;
  /** ms from now until the next attempt; 0 for final states */
  readonly nextAttemptInMs: number;
  readonly messageId: string | null;
  readonly message: {
    readonly subject: string | null;
    readonly text: string | null;
    readonly html: string | null;
  } | null;
  readonly errorCode: string | null;
  readonly error: string | null;
  readonly heldReason: string | null;
  /** the message leaves by another channel instead; its state is `pending` then */
  readonly reroute?: { readonly channel: ChannelName; readonly recipient: string };
  /** absent when nothing was tried */
  readonly attempt: AttemptRecord | null;
}

/** How an event stands after some of its deliveries changed. */
export interface EventCounters {
  id: number;
  event_type: string;
  status: 'processing' | 'completed' | 'failed';
  sent: number;
  failed: number;
  total: number;
}

export interface RecordedOutcomes {
  /** deliveries that were really ours and are written */
  ids: number[];
  events: EventCounters[];
}
