import { Router } from 'express';
import { GatewayError } from '../errors';
import type { HttpParts } from './http-parts';
import { identifyCaller, readCredentials, requireKey, textField } from './identify-caller';
import { sendJson } from './send-json';

/** Where a customer's database is, for the program that also writes into it: the port of an embedded one may move. */
export function createDatabaseRoutes(parts: HttpParts): Router {
  const router = Router();
  router.get('/api/database', async (request, response) => {
    const claimedCustomerId = textField(request.query, 'customer_id');
    const credentials = readCredentials(parts, request, { claimedCustomerId });
    const caller = await identifyCaller(parts, request, credentials);
    requireKey(caller, 'The address of the database is told to an API key.');
    const address = await parts.databaseOf(caller.customerId);
    if (!address) throw new GatewayError('tenant_not_found', 'There is no such customer.', 404);
    sendJson(response, 200, { success: true, ...address });
  });
  return router;
}
