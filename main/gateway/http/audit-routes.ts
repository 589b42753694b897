import { Router } from 'express';
import type { HttpParts } from './http-parts';
import { mountTenantRoute } from './mount-route';
import { auditQuerySchema, parseFields, toCursor } from './read-query';
import { sendJson } from './send-json';

/** What was done to a customer, for whoever holds one of its keys; the operator's own entries among them. */
export function createAuditRoutes(parts: HttpParts): Router {
  const router = Router();
  mountTenantRoute(router, parts, 'GET /api/audit', async ({ request, response, caller }) => {
    const { action, cursor, limit } = parseFields(auditQuerySchema, request.query);
    const rows = await parts.audit.list(caller.customerId, { limit, beforeId: cursor, action });
    sendJson(response, 200, {
      success: true,
      entries: rows.map(({ id, at, actor, action: done, detail }) => ({
        id,
        at,
        actor,
        action: done,
        detail,
      })),
      next_cursor: toCursor(rows, limit),
    });
  });
  return router;
}
