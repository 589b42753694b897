import type { ApiKeys } from '../auth/api-keys';
import { createAuditLog } from '../auth/audit-log';
import { createAuthentication } from '../auth/authentication';
import { createClientAddressReader } from '../auth/client-address';
import { createCpuBudget } from '../auth/cpu-budget';
import { createLastSeen, type LastSeen } from '../auth/last-seen';
import type { LimitCounter } from '../auth/limit-windows';
import { createOwnHosts } from '../auth/own-hosts';
import { createPageOrigins, type PageOrigins } from '../auth/page-origins';
import { createAddressLimit, createEventLimits, type AddressLimit } from '../auth/rate-limits';
import { createSameOrigin } from '../auth/same-origin';
import { createSessionTokens } from '../auth/session-tokens';
import { createSessionVerification } from '../auth/session-verification';
import { createTrustedSources } from '../auth/trusted-sources';
import { createHeavyTurns } from '../concurrency/heavy-turns';
import type { GatewayConfig } from '../config/config';
import type { HttpParts } from '../http/http-parts';
import type { Logger } from '../observability/logger';
import type { Signals } from '../signals';
import type { Database } from '../storage/database';
import type { RunningDirectory } from './tenant-directory';

/** A PHP server asks for all its users from one address; guesses are limited by their failures. */
const tokensPerMinute = 300;
const failuresPerMinute = 60;
/** `events:since`, of all pages of a customer: after a restart each asks once or twice. */
const catchUpsPerMinute = 1_200;
/** Large requests are read in the one thread that serves everybody: a tenth of it, and what hardly takes time is free. */
const parsingMsPerMinute = 6_000;
const freeParsingMs = 20;
const unauthenticatedPerMinute = 600;

type AccessControl = Pick<
  HttpParts,
  | 'clientAddress'
  | 'authentication'
  | 'eventLimits'
  | 'heavyTurns'
  | 'bodyBudget'
  | 'ownHosts'
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
  /** counts what is limited */
  readonly counter: LimitCounter;
  readonly signals: Signals;
  readonly logger: Logger;
}): AccessControl & { readonly contacts: LastSeen; readonly catchUpLimit: AddressLimit } {
  const { config, keys, tenants, counter, signals, logger } = parts;
  const contacts = createLastSeen((customerId, contact) =>
    signals.emit('tenant.contact', { customerId, ...contact }),
  );
  const clientAddress = createClientAddressReader(config.trustProxy);
  return {
    clientAddress,
    ownHosts: createOwnHosts(config),
    pageOrigins: createPageOrigins({
      configured: config.allowedOrigins,
      sameOrigin: createSameOrigin(config.trustProxy),
      addressOf: clientAddress,
    }),
    eventLimits: createEventLimits(counter),
    heavyTurns: createHeavyTurns(),
    bodyBudget: createCpuBudget(
      parsingMsPerMinute,
      'milliseconds of reading large requests of this customer in a minute',
      { freeMs: freeParsingMs },
    ),
    tokenLimit: createAddressLimit(tokensPerMinute, 'tokens for this address in a minute', counter),
    failureLimit: createAddressLimit(
      failuresPerMinute,
      'failed logins from this address in a minute',
      counter,
    ),
    unauthenticatedLimit: createAddressLimit(
      unauthenticatedPerMinute,
      'requests without key or token from this address in a minute',
      counter,
    ),
    catchUpLimit: createAddressLimit(
      catchUpsPerMinute,
      'questions of this customer about what it missed in a minute',
      counter,
    ),
    contacts,
    authentication: createAuthentication({
      keys,
      tokens: createSessionTokens(parts.jwtSecret),
      sessions: createSessionVerification(config.sessionVerifyUrl, logger),
      trusted: createTrustedSources(config.trustedSources),
      exists: (customerId) => tenants.exists(customerId),
      generationOf: (customerId) => tenants.generationOf(customerId),
      onProven: (customerId, address) => contacts.note(customerId, address),
    }),
    audit: createAuditLog(parts.system, logger),
  };
}
