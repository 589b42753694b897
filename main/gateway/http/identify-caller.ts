import type { Request } from 'express';
import { GatewayError } from '../errors';
import type { Caller, Credentials } from '../tenants/authentication';
import type { HttpParts } from './http-parts';

/** What a request brings to prove who it speaks for; ids may also stand in its query or body. */
export function readCredentials(
  parts: Pick<HttpParts, 'clientAddress'>,
  request: Request,
  named: Partial<Pick<Credentials, 'claimedCustomerId' | 'userId' | 'sessionId'>> = {},
): Credentials {
  return { bearer: readBearer(request), address: parts.clientAddress(request), ...named };
}

export function hasBearer(request: Request): boolean {
  return readBearer(request) !== undefined;
}

function readBearer(request: Request): string | undefined {
  const authorization = request.headers.authorization;
  if (authorization !== undefined) {
    const match = /^Bearer\s+(\S+)\s*$/i.exec(authorization);
    if (match) return match[1];
  }
  const key = request.headers['x-api-key'];
  return typeof key === 'string' && key !== '' ? key.trim() : undefined;
}

/**
 * @throws GatewayError 401 or 403, and 429 once an address has failed too often; 403 `origin_refused` when a web
 * page tries to use the trust that its visitor's address enjoys
 */
export async function identifyCaller(
  parts: Pick<HttpParts, 'config' | 'authentication' | 'failureLimit' | 'strangerLimit'>,
  request: Request,
  credentials: Credentials,
): Promise<Caller> {
  const { bearer, address, userId, sessionId } = credentials;
  const claimsSession = bearer === undefined && userId !== undefined && sessionId !== undefined;
  // The PHP application is asked for each: one address must not make it busy with guesses.
  if (claimsSession) await parts.failureLimit.check(address);
  let caller: Caller;
  try {
    caller = await parts.authentication.authenticate(credentials);
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.httpStatus === 401) {
      const limit = bearer !== undefined || claimsSession ? parts.failureLimit : parts.strangerLimit;
      await limit.take(address);
    }
    throw thrown;
  }
  if (caller.via === 'trusted-source') refuseForeignPages(parts, request);
  return caller;
}

/** @throws GatewayError 403 `key_required` for a page's token and for a session */
export function requireKey(caller: Caller, sentence: string): void {
  if (caller.via === 'key' || caller.via === 'trusted-source') return;
  throw new GatewayError('key_required', sentence, 403);
}

/** A browser on a trusted machine sends any page's requests from the trusted address. */
function refuseForeignPages(parts: Pick<HttpParts, 'config'>, request: Request): void {
  const { origin } = request.headers;
  if (origin === undefined) return;
  const allowed = parts.config.allowedOrigins;
  if (allowed !== '*' && allowed.includes(origin)) return;
  throw new GatewayError(
    'origin_refused',
    'A trusted address speaks for a customer only from programs, or from pages named in ALLOWED_ORIGINS.',
    403,
  );
}

/** A text among body or query fields; PHP sends ids as numbers too. */
export function textField(fields: unknown, name: string): string | undefined {
  if (typeof fields !== 'object' || fields === null || !Object.hasOwn(fields, name)) return undefined;
  const value = (fields as Record<string, unknown>)[name];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
