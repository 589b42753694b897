import type { EventStatus } from '../../contracts/statuses';
import { errorCode, errorText, GatewayError } from '../errors';
import type { DeliverySummary } from '../signals';
import type { InsertedEvent, NewEvent } from '../storage/event-rows';
import type { EventTenant } from './event-tenant';
import { invalidEvent } from './field-problem';
import { addressProblem, planEvent } from './plan-event';
import { readEvent } from './read-event';

export interface AcceptedEvent {
  readonly eventId: number;
  readonly eventType: string;
  readonly status: EventStatus;
  readonly deliveries: readonly DeliverySummary[];
  readonly source: NewEvent['source'];
  /** the idempotency key was used before: this is the first answer again */
  readonly duplicate: boolean;
}

/** Called after the commit of an event with deliveries; wakes its lanes. */
export type OnAccepted = (accepted: AcceptedEvent) => void;

/**
 * The one way in: validates, plans the deliveries, stores event and deliveries in one transaction, and answers
 * after the commit.
 * @throws GatewayError `invalid_event` (422), or `database_unavailable` (503) when nothing could be stored
 */
export async function acceptEvent(
  tenant: EventTenant,
  envelope: unknown,
  options: {
    readonly source: NewEvent['source'];
    readonly headerKey?: string;
    readonly onAccepted: OnAccepted;
  },
): Promise<AcceptedEvent> {
  const event = readEvent(tenant, envelope, options.headerKey);
  const deliveries = planEvent(tenant, event);
  const inserted = await commit(tenant, {
    eventType: event.type.definition.type,
    eventData: event.data,
    idempotencyKey: event.idempotencyKey,
    expiresAt: event.expiresAt,
    source: options.source,
    deliveries,
  });
  if (inserted.duplicate) return firstAnswer(tenant, event.idempotencyKey ?? '', options.source);
  const accepted: AcceptedEvent = {
    eventId: inserted.eventId,
    eventType: event.type.definition.type,
    status: deliveries.length === 0 ? 'completed' : 'processing',
    deliveries: deliveries.map((delivery, index) => ({
      id: inserted.deliveryIds[index] ?? 0,
      channel: delivery.channel,
      recipient: delivery.recipient,
      status: delivery.status,
      ...(delivery.error === null ? {} : { error: delivery.error.message }),
    })),
    source: options.source,
    duplicate: false,
  };
  options.onAccepted(accepted);
  return accepted;
}

async function commit(tenant: EventTenant, event: NewEvent): Promise<InsertedEvent> {
  try {
    return await tenant.commits.commit(event);
  } catch (thrown) {
    const code = errorCode(thrown);
    if (code !== undefined && /^(22|54)/.test(code)) {
      throw invalidEvent([
        { path: 'event_data', message: `was refused by the database: ${errorText(thrown)}` },
      ]);
    }
    throw new GatewayError(
      'database_unavailable',
      'The event was not stored: the database is out of reach. Send it again.',
      503,
      undefined,
      { cause: thrown },
    );
  }
}

/** What the first request with this key was answered: the states in which everything started. */
async function firstAnswer(
  tenant: EventTenant,
  key: string,
  source: NewEvent['source'],
): Promise<AcceptedEvent> {
  const event = await tenant.events.findByIdempotencyKey(key);
  if (!event) {
    throw new GatewayError('database_unavailable', 'The event could not be read back. Send it again.', 503);
  }
  const deliveries = await tenant.events.listDeliveries([event.id]);
  const startedAsFailed = (delivery: Omit<DeliverySummary, 'id'>) =>
    delivery.status === 'failed' && addressProblem(tenant, delivery) !== undefined;
  return {
    eventId: event.id,
    eventType: event.event_type,
    status: deliveries.length === 0 ? 'completed' : 'processing',
    deliveries: deliveries.map(({ id, channel, recipient, status }) => ({
      id,
      channel,
      recipient,
      status:
        status === 'held' ? 'held' : startedAsFailed({ channel, recipient, status }) ? 'failed' : 'pending',
    })),
    source,
    duplicate: true,
  };
}
