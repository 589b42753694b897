import { Router, type Request, type Response } from 'express';
import type { Caller } from '../auth/authentication';
import { GatewayError } from '../errors';
import { acceptEvent, type AcceptedEvent } from '../events/accept-event';
import type { LiveTenant } from '../live-tenant';
import type { HttpParts } from './http-parts';
import { identifyCaller, readCredentials, textField } from './identify-caller';
import { batchBodyLimit, eventBodyLimit, readBody } from './read-body';
import { sendJson, setRateLimitHeaders } from './send-json';

const largestBatch = 1_000;

/** Intake by HTTP: the ways to post an event, and a batch of them. */
export function createEventRoutes(parts: HttpParts): Router {
  const router = Router();

  // The existing PHP client takes no other status than 200.
  router.post('/api/events', postEvent(parts, 202));
  router.post('/api/websocket-events.php', postEvent(parts, 200));
  router.post('/emit-event', postEvent(parts, 200));

  router.post('/api/events/batch', async (request, response) => {
    const { tenant, caller, body } = await admit(parts, request, batchBodyLimit);
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

function postEvent(parts: HttpParts, status: 200 | 202) {
  return async (request: Request, response: Response): Promise<void> => {
    const { tenant, caller, body } = await admit(parts, request, eventBodyLimit);
    setRateLimitHeaders(
      response,
      await parts.eventLimits.take(tenant.customerId, tenant.settings, caller.userId, 1),
    );
    const accepted = await acceptEvent(tenant, body, {
      source: 'http',
      headerKey: readHeaderKey(request),
      onAccepted: (event) => tenant.accepted(event),
    });
    sendJson(response, accepted.duplicate ? 200 : status, toAnswer(accepted));
  };
}

interface Admitted {
  readonly tenant: LiveTenant;
  readonly caller: Caller;
  readonly body: unknown;
}

/** Who speaks, then the body: a stranger's body is not read where no id in it could help. */
async function admit(parts: HttpParts, request: Request, limitBytes: number): Promise<Admitted> {
  const proof = readCredentials(parts, request);
  if (proof.bearer !== undefined) {
    const caller = await identifyCaller(parts, request, proof);
    const body = await readBody(request, limitBytes, caller.customerId);
    refuseOtherTenant(caller, body);
    return { tenant: parts.tenants.get(caller.customerId), caller, body };
  }
  const named = request.headers['x-customer-id'];
  const body = parts.authentication.mayIdentifyByIds(proof.address)
    ? await readBody(request, limitBytes)
    : {};
  const caller = await identifyCaller(parts, request, {
    ...proof,
    claimedCustomerId: textField(body, 'customer_id') ?? (typeof named === 'string' ? named : undefined),
    userId: textField(body, 'user_id'),
    sessionId: textField(body, 'session_id'),
  });
  return { tenant: parts.tenants.get(caller.customerId), caller, body };
}

/** A body that names another customer than the key's is a mistake that must not go unnoticed. */
function refuseOtherTenant(caller: Caller, body: unknown): void {
  const named = textField(body, 'customer_id');
  if (named !== undefined && named !== caller.customerId) {
    throw new GatewayError('wrong_tenant', 'This key or token belongs to another customer.', 403);
  }
}

function readHeaderKey(request: Request): string | undefined {
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
