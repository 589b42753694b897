import type { Socket } from 'socket.io';
import { z } from 'zod';
import type { Caller } from '../auth/authentication';
import type { AddressLimit, EventLimits } from '../auth/rate-limits';
import { databaseAway, errorText, GatewayError, isDatabaseAway } from '../errors';
import { acceptEvent } from '../events/accept-event';
import type { TenantDirectory } from '../live-tenant';
import type { Logger } from '../observability/logger';
import { RefusedMessage } from './bounded-decoder';
import { isBehind } from './unread-answers';

export interface SocketParts {
  readonly tenants: TenantDirectory;
  readonly eventLimits: EventLimits;
  /** by customer */
  readonly catchUpLimit: AddressLimit;
  readonly logger: Logger;
}

const sinceSchema = z.object({
  event_id: z.coerce.number().int().min(0).max(2_147_483_647).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

type Reply = (answer: object) => void;
/** Questions of one socket about what it missed; the answers are long. */
const mostAtOnce = 2;

/** What a page may send. Arguments come from outside: any number of them, of any kind. */
export function handleSocketMessages(socket: Socket, caller: Caller, parts: SocketParts): void {
  let catchingUp = 0;
  socket.on('internal:event', (...received: unknown[]) => {
    const { payload, reply } = splitArguments(received);
    // Without a callback nobody would ever hear of it.
    const refuse = (refusal: object) => socket.emit('event:failed', toFailure(caller, payload, refusal));
    void answer(parts, reply, refuse, () => takeEvent(socket, caller, parts, payload));
  });
  socket.on('events:since', (...received: unknown[]) => {
    const { payload, reply } = splitArguments(received);
    void answer(parts, reply, undefined, async () => {
      if (catchingUp >= mostAtOnce || isBehind(socket)) {
        throw new GatewayError('busy', 'Read the answers that are under way first, then ask again.', 503);
      }
      catchingUp += 1;
      try {
        await parts.catchUpLimit.take(caller.customerId);
        return await listSince(caller, parts, payload);
      } finally {
        catchingUp -= 1;
      }
    });
  });
}

/** The acknowledgement callback is last when there is one; an event may also come without a payload. */
function splitArguments(received: readonly unknown[]): { payload: unknown; reply: Reply | undefined } {
  const last = received.at(-1);
  const reply = typeof last === 'function' ? (last as Reply) : undefined;
  return { payload: typeof received[0] === 'function' ? undefined : received[0], reply };
}

async function answer(
  parts: SocketParts,
  reply: Reply | undefined,
  refuse: Reply | undefined,
  work: () => Promise<object>,
): Promise<void> {
  try {
    const result = await work();
    reply?.(result);
  } catch (thrown) {
    if (!(thrown instanceof GatewayError) && !isDatabaseAway(thrown)) {
      parts.logger.error('socket.message_failed', 'socket message failed', { error: errorText(thrown) });
    }
    (reply ?? refuse)?.(toRefusal(thrown));
  }
}

function toRefusal(thrown: unknown): object {
  const error =
    thrown instanceof GatewayError
      ? thrown
      : isDatabaseAway(thrown)
        ? databaseAway(thrown)
        : new GatewayError('internal_error', 'Something went wrong in the gateway; its log says more.', 500);
  return {
    success: false,
    error: error.message,
    code: error.code,
    ...(error.details === undefined ? {} : { details: error.details }),
  };
}

/** What `event:failed` says of an event that was not accepted: it has no id. */
function toFailure(caller: Caller, payload: unknown, refusal: object): object {
  const type =
    typeof payload === 'object' && payload !== null && 'event_type' in payload ? payload.event_type : null;
  return {
    event_id: null,
    customer_id: caller.customerId,
    event_type: typeof type === 'string' ? type.slice(0, 100) : null,
    status: 'failed',
    ...refusal,
    result: { deliveries: [] },
  };
}

/** An event that names another customer than the token's is a mistake that must not go unnoticed. */
function refuseOtherTenant(caller: Caller, payload: unknown): void {
  if (typeof payload !== 'object' || payload === null || !Object.hasOwn(payload, 'customer_id')) return;
  const { customer_id: named } = payload as { customer_id: unknown };
  const isOwn =
    (typeof named === 'string' || typeof named === 'number') && String(named) === caller.customerId;
  if (named === null || named === '' || isOwn) return;
  throw new GatewayError('wrong_tenant', 'This token belongs to another customer.', 403);
}

async function takeEvent(
  socket: Socket,
  caller: Caller,
  parts: SocketParts,
  payload: unknown,
): Promise<object> {
  if (payload instanceof RefusedMessage) throw payload.reason;
  refuseOtherTenant(caller, payload);
  const tenant = parts.tenants.get(caller.customerId);
  await parts.eventLimits.take(tenant.customerId, tenant.settings, caller.userId, 1);
  const accepted = await acceptEvent(tenant, payload, {
    source: 'socket',
    onAccepted: (event) => {
      // Before the first progress, and to the sender only.
      socket.emit('event:acknowledged', { event_id: event.eventId, event_type: event.eventType });
      tenant.accepted(event);
    },
  });
  if (accepted.duplicate) {
    socket.emit('event:acknowledged', { event_id: accepted.eventId, event_type: accepted.eventType });
  }
  return {
    success: true,
    event_id: accepted.eventId,
    status: accepted.status,
    deliveries: accepted.deliveries,
    ...(accepted.duplicate ? { duplicate: true } : {}),
  };
}

/** What a client missed while it was away, from the database. */
async function listSince(caller: Caller, parts: SocketParts, payload: unknown): Promise<object> {
  const parsed = sinceSchema.safeParse(payload ?? {});
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => ({
      path: issue.path.join('.') || 'payload',
      message: issue.message,
    }));
    throw new GatewayError('invalid_request', 'event_id and limit must be whole numbers.', 422, problems);
  }
  const { event_id: afterId, limit } = parsed.data;
  const tenant = parts.tenants.get(caller.customerId);
  const rows = await tenant.events.listSince(afterId, limit + 1);
  const events = rows.slice(0, limit);
  const deliveries = await tenant.events.listDeliveries(events.map((event) => event.id));
  return {
    success: true,
    events: events.map((event) => ({
      event_id: event.id,
      event_type: event.event_type,
      status: event.status,
      deliveries: deliveries
        .filter((delivery) => delivery.event_id === event.id)
        .map(({ event_id, ...delivery }) => delivery),
      error: event.error_message,
      updated_at: (event.updated_at ?? event.created_at).toISOString(),
    })),
    more: rows.length > limit,
  };
}
