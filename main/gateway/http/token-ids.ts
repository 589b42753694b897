import type { SessionIds } from '../auth/session-verification';
import { GatewayError } from '../errors';
import { textField } from './identify-caller';

/** The three ids that a token is made for. @throws GatewayError `missing_field` (400) */
export function readTokenIds(body: unknown): SessionIds {
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
  return {
    customerId: textField(body, 'customer_id') ?? '',
    userId: textField(body, 'user_id') ?? '',
    sessionId: textField(body, 'session_id') ?? '',
  };
}
