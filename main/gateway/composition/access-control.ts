import type { ApiKeys } from '../auth/api-keys';
import { createAuditLog } from '../auth/audit-log';
import { createAuthentication } from '../auth/authentication';
import { createClientAddressReader } from '../auth/client-address';
import { createLastSeen, type LastSeen } from '../auth/last-seen';
import { createAddressLimit, createEventLimits } from '../auth/rate-limits';
import { createPageOrigins, type PageOrigins } from '../auth/page-origins';
import { createSameOrigin } from '../auth/same-origin';
import { createSessionTokens } from '../auth/session-tokens';
import { createSessionVerification } from '../auth/session-verification';
import { createTrustedSources } from '../auth/trusted-sources';
import type { GatewayConfig } from '../config/config';
import type { HttpParts } from '../http/http-parts';
import type { Logger } from '../observability/logger';
import type { Signals } from '../signals';
import type { Database } from '../storage/database';
import type { RunningDirectory } from './tenant-directory';

/** A PHP server asks for all its users from one address; guesses are limited by their failures. */
const tokensPerMinute = 300;
const failuresPerMinute = 60;
const unauthenticatedPerMinute = 600;

type AccessControl = Pick<
  HttpParts,
  | 'clientAddress'
  | 'authentication'
  | 'eventLimits'
  | 'tokenLimit'
  | 'failureLimit'
  | 'unauthenticatedLimit'
  | 'audit'
> & { readonly pageOrigins: PageOrigins };

/** Who may come in, how often, and what is written down of it: the same for routes and sockets. */
export function createAccessControl(parts: {
  readonly config: GatewayConfig;
  readonly system: Database;
  readonly jwtSecret: string;
  readonly keys: ApiKeys;
  readonly tenants: RunningDirectory;
  readonly signals: Signals;
  readonly logger: Logger;
}): AccessControl & { readonly contacts: LastSeen } {
  const { config, keys, tenants, signals, logger } = parts;
  const contacts = createLastSeen((customerId, contact) =>
    signals.emit('tenant.contact', { customerId, ...contact }),
  );
  const clientAddress = createClientAddressReader(config.trustProxy);
  return {
    clientAddress,
    pageOrigins: createPageOrigins({
      configured: config.allowedOrigins,
      sameOrigin: createSameOrigin(config.trustProxy),
      addressOf: clientAddress,
    }),
    eventLimits: createEventLimits(),
    tokenLimit: createAddressLimit(tokensPerMinute, 'tokens for this address in a minute'),
    failureLimit: createAddressLimit(failuresPerMinute, 'failed logins from this address in a minute'),
    unauthenticatedLimit: createAddressLimit(
      unauthenticatedPerMinute,
      'requests without key or token from this address in a minute',
    ),
    contacts,
    authentication: createAuthentication({
      keys,
      tokens: createSessionTokens(parts.jwtSecret),
      sessions: createSessionVerification(config.sessionVerifyUrl, logger),
      trusted: createTrustedSources(config.trustedSources),
      exists: (customerId) => tenants.exists(customerId),
      onProven: (customerId, address) => contacts.note(customerId, address),
    }),
    audit: createAuditLog(parts.system, logger),
  };
}
