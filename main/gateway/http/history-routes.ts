import { Router } from 'express';
import type { z } from 'zod';
import type { EventLimits } from '../auth/rate-limits';
import {
  replayDeliveries,
  resolveDelivery,
  retryDelivery,
  type DeliveryFilter,
  type ReplayAllowance,
} from '../deliveries/change-deliveries';
import { toDeliveryJson } from '../deliveries/delivery-json';
import { GatewayError } from '../errors';
import { toEventJson } from '../events/event-json';
import type { LiveTenant } from '../live-tenant';
import type { HttpParts } from './http-parts';
import { mountTenantRoute } from './mount-route';
import {
  type deliveryFilterSchema,
  deliveryQuerySchema,
  eventQuerySchema,
  parseFields,
  parseId,
  toCursor,
} from './read-query';
import { recordAuditEntry } from './record-audit-entry';
import { replaySchema, resolveSchema } from './request-schemas';
import { sendJson } from './send-json';

const eventNotFound = () => new GatewayError('event_not_found', 'There is no such event.', 404);
const deliveryNotFound = () => new GatewayError('delivery_not_found', 'There is no such delivery.', 404);

/** What became of events and deliveries, and what may be done about it; each tenant sees its own. */
export function createHistoryRoutes(parts: HttpParts): Router {
  const router = Router();

  mountTenantRoute(router, parts, 'GET /api/events', async ({ request, response, tenant }) => {
    const query = parseFields(eventQuerySchema, request.query);
    const rows = await tenant.events.list({
      eventId: query.event_id,
      eventType: query.event_type,
      channel: query.channel,
      recipient: query.recipient,
      status: query.status,
      from: query.from,
      to: query.to,
      beforeId: query.cursor,
      limit: query.limit,
    });
    const deliveries = await tenant.events.listDeliveries(rows.map((row) => row.id));
    const ofEvents = groupByEvent(deliveries);
    sendJson(response, 200, {
      success: true,
      events: rows.map((row) =>
        toEventJson(
          row,
          (ofEvents.get(row.id) ?? []).map(({ event_id, ...delivery }) => delivery),
        ),
      ),
      next_cursor: toCursor(rows, query.limit),
    });
  });

  mountTenantRoute(router, parts, 'GET /api/events/:id', async ({ request, response, tenant }) => {
    const id = parseId(request.params['id'], eventNotFound);
    const event = await tenant.events.find(id);
    if (!event) throw eventNotFound();
    const rows = await tenant.history.list({ eventId: id }, { limit: 500 });
    const attempts = await tenant.history.attempts(rows.map((row) => row.id));
    const deliveries = rows.reverse().map((row) => toDeliveryJson(row, attempts));
    sendJson(response, 200, { success: true, ...toEventJson(event, deliveries) });
  });

  mountTenantRoute(router, parts, 'GET /api/deliveries', async ({ request, response, tenant }) => {
    const query = parseFields(deliveryQuerySchema, request.query);
    const rows = await tenant.history.list(toFilter(query), { beforeId: query.cursor, limit: query.limit });
    sendJson(response, 200, {
      success: true,
      deliveries: rows.map((row) => toDeliveryJson(row)),
      next_cursor: toCursor(rows, query.limit),
    });
  });

  mountTenantRoute(router, parts, 'GET /api/deliveries/:id', async ({ request, response, tenant }) => {
    const id = parseId(request.params['id'], deliveryNotFound);
    const delivery = await tenant.history.find(id);
    if (!delivery) throw deliveryNotFound();
    const attempts = await tenant.history.attempts([id]);
    sendJson(response, 200, { success: true, ...toDeliveryJson(delivery, attempts) });
  });

  // Before /:id routes of the same shape: "replay" is no id.
  mountTenantRoute(router, parts, 'POST /api/deliveries/replay', async (call) => {
    const { request, response, tenant, caller, body } = call;
    const { filter } = parseFields(replaySchema, body, 'invalid_filter');
    if (filter.status !== undefined && filter.status !== 'failed') {
      throw new GatewayError('invalid_filter', 'Only failed deliveries can be replayed.', 422, [
        { path: 'filter.status', message: 'must be failed' },
      ]);
    }
    const { replayed, refusal } = await replayDeliveries(
      tenant,
      parts.signals,
      toFilter(filter),
      createReplayAllowance(parts.eventLimits, tenant, caller.userId),
    );
    await recordAuditEntry(parts, request, caller, 'deliveries.replayed', { filter, replayed });
    // What is left is a matter of asking again, later.
    const rest = refusal && { more: true, error: refusal.message, details: refusal.details };
    sendJson(response, 202, { success: true, replayed, ...rest });
  });

  mountTenantRoute(router, parts, 'POST /api/deliveries/:id/retry', async (call) => {
    const { request, response, tenant, caller } = call;
    const id = parseId(request.params['id'], deliveryNotFound);
    await retryDelivery(tenant, parts.signals, id, 'spaced');
    await recordAuditEntry(parts, request, caller, 'delivery.retried', { delivery_id: id });
    sendJson(response, 202, { success: true, delivery_id: id, status: 'pending' });
  });

  mountTenantRoute(router, parts, 'POST /api/deliveries/:id/resolve', async (call) => {
    const { request, response, tenant, caller, body } = call;
    const id = parseId(request.params['id'], deliveryNotFound);
    const { action } = parseFields(resolveSchema, body, 'invalid_action');
    await resolveDelivery(tenant, parts.signals, id, action, 'spaced');
    await recordAuditEntry(parts, request, caller, 'delivery.resolved', { delivery_id: id, action });
    sendJson(response, 202, {
      success: true,
      delivery_id: id,
      status: action === 'resend' ? 'pending' : 'failed',
    });
  });
  return router;
}

const largestReplayBatch = 500;

/** Messages that are sent again count like new ones. */
function createReplayAllowance(
  limits: EventLimits,
  { customerId, settings }: LiveTenant,
  userId: string | undefined,
): ReplayAllowance {
  const tightest = Math.min(
    settings.rate_limit_per_minute,
    userId === undefined ? Infinity : settings.rate_limit_user_per_minute,
  );
  return {
    size: Math.max(1, Math.min(largestReplayBatch, Math.floor(tightest / 10))),
    async take(count) {
      await limits.take(customerId, settings, userId, count);
    },
    giveBack: (count) => limits.giveBack(customerId, settings, userId, count),
  };
}

function groupByEvent<Delivery extends { readonly event_id: number | null }>(
  deliveries: readonly Delivery[],
): ReadonlyMap<number | null, Delivery[]> {
  const groups = new Map<number | null, Delivery[]>();
  for (const delivery of deliveries) {
    const group = groups.get(delivery.event_id);
    if (group) group.push(delivery);
    else groups.set(delivery.event_id, [delivery]);
  }
  return groups;
}

function toFilter(query: z.output<typeof deliveryFilterSchema>): DeliveryFilter {
  return {
    channel: query.channel,
    status: query.status,
    eventId: query.event_id,
    eventType: query.event_type,
    recipient: query.recipient,
    from: query.from,
    to: query.to,
  };
}
