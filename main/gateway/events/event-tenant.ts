import type { z } from 'zod';
import type { EventType } from '../../contracts/event-types';
import type { ChannelName } from '../../contracts/statuses';
import type { TenantSettings } from '../../contracts/tenant-settings';
import type { PlannedDelivery } from '../deliveries/plan-deliveries';
import type { Database } from '../storage/database';
import type { EventStore } from '../storage/event-store';
import type { InsertBatcher } from './insert-batcher';

/** An event type with the schema that its data must fit. */
export interface KnownEventType {
  readonly definition: EventType;
  readonly schema: z.ZodType<Record<string, unknown>>;
}

/** What intake needs to know of a tenant; settings and event types change while it runs. */
export interface EventTenant {
  readonly customerId: string;
  readonly settings: TenantSettings;
  readonly eventTypes: ReadonlyMap<string, KnownEventType>;
  readonly events: EventStore;
  readonly commits: InsertBatcher;
  readonly database: Database;
  /** Channels that take every event's data, with the recipient of each. Absent: none but the tenant's webhook. */
  endpoints?(): readonly PlannedDelivery[];
  /** Why messages of this channel wait at the moment; undefined: they may leave. */
  heldReason(channel: ChannelName): string | undefined;
}
