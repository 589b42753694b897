import { Router } from 'express';
import { tokenLifetimeSeconds } from '../auth/session-tokens';
import { GatewayError } from '../errors';
import type { HttpParts } from './http-parts';
import { readCredentials, textField } from './identify-caller';
import { mountTenantRoute } from './mount-route';
import { sendJson } from './send-json';

/** `POST /auth/token`: a browser page's token, for whoever proves that the three ids belong together. */
export function createAuthRoutes(parts: HttpParts): Router {
  const router = Router();
  mountTenantRoute(router, parts, 'POST /auth/token', async ({ request, response, caller, body }) => {
    const missing = ['customer_id', 'user_id', 'session_id'].filter(
      (name) => textField(body, name) === undefined,
    );
    if (missing.length > 0) {
      throw new GatewayError(
        'missing_field',
        `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} required.`,
        400,
        missing.map((path) => ({ path, message: 'is required' })),
      );
    }
    const ids = {
      customerId: textField(body, 'customer_id') ?? '',
      userId: textField(body, 'user_id') ?? '',
      sessionId: textField(body, 'session_id') ?? '',
    };
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
