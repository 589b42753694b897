import { Router } from 'express';
import { tokenLifetimeSeconds } from '../auth/session-tokens';
import { GatewayError } from '../errors';
import type { HttpParts } from './http-parts';
import { readCredentials } from './identify-caller';
import { mountTenantRoute } from './mount-route';
import { sendJson } from './send-json';
import { readTokenIds } from './token-ids';

/** `POST /auth/token`: a browser page's token, for whoever proves that the three ids belong together. */
export function createAuthRoutes(parts: HttpParts): Router {
  const router = Router();
  mountTenantRoute(router, parts, 'POST /auth/token', async ({ request, response, caller, body }) => {
    const ids = readTokenIds(body);
    if (caller.via === 'token') {
      // Else one stolen token would be good for ever.
      throw new GatewayError('unauthorized', 'A token cannot be exchanged for a new one.', 401);
    }
    const { bearer } = readCredentials(parts, request);
    const token = await parts.authentication.issueToken(bearer, ids);
    sendJson(response, 200, { success: true, token, token_type: 'Bearer', expires_in: tokenLifetimeSeconds });
  });
  return router;
}
