import { Router } from 'express';
import { GatewayError } from '../errors';
import type { HttpParts } from './http-parts';
import { mountTenantRoute } from './mount-route';
import { sendJson } from './send-json';

/** Where a customer's database is, for the program that also writes into it: the port of an embedded one may move. */
export function createDatabaseRoutes(parts: HttpParts): Router {
  const router = Router();
  mountTenantRoute(router, parts, 'GET /api/database', async ({ response, caller }) => {
    const address = await parts.databaseOf(caller.customerId);
    if (!address) throw new GatewayError('tenant_not_found', 'There is no such customer.', 404);
    sendJson(response, 200, { success: true, ...address });
  });
  return router;
}
