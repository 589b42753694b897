import { Router } from 'express';
import { GatewayError } from '../errors';
import { acceptEvent, type AcceptedEvent } from '../events/accept-event';
import type { LiveTenant } from '../live-tenant';
import type { HttpParts } from './http-parts';
import { textField } from './identify-caller';
import { mountTenantRoute, type RouteRequest, type TenantCall } from './mount-route';
import { sendJson, setRateLimitHeaders } from './send-json';

const largestBatch = 1_000;

/** Intake by HTTP: the ways to post an event, and a batch of them. */
export function createEventRoutes(parts: HttpParts): Router {
  const router = Router();

  // The existing PHP client takes no other status than 200.
  mountTenantRoute(router, parts, 'POST /api/events', postEvent(202));
  mountTenantRoute(router, parts, 'POST /api/websocket-events.php', postEvent(200));
  mountTenantRoute(router, parts, 'POST /emit-event', postEvent(200));

  mountTenantRoute(router, parts, 'POST /api/events/batch', async ({ response, caller, tenant, body }) => {
    const events = readBatch(body);
    const state = await parts.eventLimits.take(
      tenant.customerId,
      tenant.settings,
      caller.userId,
      events.length,
    );
    setRateLimitHeaders(response, state);
    const results = await Promise.all(events.map((event, index) => acceptOfBatch(tenant, event, index)));
    const success = results.every((result) => result.status < 400);
    sendJson(response, 207, { success, results });
  });
  return router;
}

function postEvent(status: 200 | 202) {
  return async ({ request, response, tenant, body }: TenantCall): Promise<void> => {
    const accepted = await acceptEvent(tenant, body, {
      source: 'http',
      headerKey: readHeaderKey(request),
      onAccepted: (event) => tenant.accepted(event),
    });
    sendJson(response, accepted.duplicate ? 200 : status, toAnswer(accepted));
  };
}

function readHeaderKey(request: RouteRequest): string | undefined {
  const header = request.headers['idempotency-key'];
  return typeof header === 'string' ? header : undefined;
}

function readBatch(body: unknown): unknown[] {
  const events = typeof body === 'object' && body !== null && 'events' in body ? body.events : undefined;
  if (!Array.isArray(events)) {
    throw new GatewayError('invalid_batch', 'events must be a list of events.', 422, [
      { path: 'events', message: 'must be a list' },
    ]);
  }
  if (events.length > largestBatch) {
    throw new GatewayError(
      'invalid_batch',
      `events holds ${events.length}; at most ${largestBatch} go in a batch.`,
      422,
      [{ path: 'events', message: `must hold at most ${largestBatch}` }],
    );
  }
  return events;
}

interface BatchResult {
  readonly index: number;
  readonly status: number;
}

async function acceptOfBatch(tenant: LiveTenant, event: unknown, index: number): Promise<BatchResult> {
  try {
    const named = textField(event, 'customer_id');
    if (named !== undefined && named !== tenant.customerId) {
      throw new GatewayError('wrong_tenant', 'This event names another customer.', 403);
    }
    const accepted = await acceptEvent(tenant, event, {
      source: 'http',
      onAccepted: (done) => tenant.accepted(done),
    });
    const { success, status, ...answer } = toAnswer(accepted);
    return { index, ...answer, status: accepted.duplicate ? 200 : 202, event_status: status } as BatchResult;
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    const { message, code, details } = thrown;
    return {
      index,
      status: thrown.httpStatus,
      error: message,
      code,
      ...(details === undefined ? {} : { details }),
    } as BatchResult;
  }
}

/** The answer of the contract. */
function toAnswer(accepted: AcceptedEvent) {
  return {
    success: true,
    event_id: accepted.eventId,
    status: accepted.status,
    deliveries: accepted.deliveries,
    ...(accepted.duplicate ? { duplicate: true } : {}),
  };
}
