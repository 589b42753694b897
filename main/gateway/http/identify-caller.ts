import type { Caller, Credentials } from '../auth/authentication';
import type { RequestHead } from '../auth/client-address';
import { GatewayError } from '../errors';
import type { HttpParts } from './http-parts';

/** What a request brings to prove who it speaks for, read once; ids may be `named` in its query or body besides. */
export function readCredentials(
  parts: Pick<HttpParts, 'clientAddress'>,
  request: RequestHead,
  named: Partial<Pick<Credentials, 'claimedCustomerId' | 'userId' | 'sessionId'>> = {},
): Credentials {
  return { bearer: readBearer(request), address: parts.clientAddress(request), ...named };
}

function readBearer(request: RequestHead): string | undefined {
  const authorization = request.headers.authorization;
  if (authorization !== undefined) {
    const match = /^Bearer\s+(\S+)\s*$/i.exec(authorization);
    if (match) return match[1];
  }
  const key = request.headers['x-api-key'];
  return typeof key === 'string' && key !== '' ? key.trim() : undefined;
}

/**
 * @throws GatewayError 401 or 403, and 429 once an address has failed too often; 403 `origin_refused` or
 * `host_refused` when a web page tries to use the trust that its visitor's address enjoys
 */
export async function identifyCaller(
  parts: Pick<
    HttpParts,
    'pageOrigins' | 'ownHosts' | 'authentication' | 'failureLimit' | 'unauthenticatedLimit'
  >,
  request: RequestHead,
  credentials: Credentials,
): Promise<Caller> {
  const { bearer, address, userId, sessionId } = credentials;
  const claimsSession = bearer === undefined && userId !== undefined && sessionId !== undefined;
  // The PHP application is asked for each: one address must not make it busy with guesses. Counted before it is
  // asked: a hundred guesses at once are a hundred.
  if (claimsSession) await parts.failureLimit.take(address);
  let caller: Caller;
  try {
    caller = await parts.authentication.authenticate(credentials);
  } catch (thrown) {
    const isRefused = thrown instanceof GatewayError && thrown.httpStatus === 401;
    if (isRefused && !claimsSession) {
      await (bearer === undefined ? parts.unauthenticatedLimit : parts.failureLimit).take(address);
    }
    if (claimsSession && !isRefused) await parts.failureLimit.giveBack(address);
    throw thrown;
  }
  if (claimsSession) await parts.failureLimit.giveBack(address);
  if (caller.via === 'trusted-source') refuseForeignPages(parts, request);
  return caller;
}

/** @throws GatewayError 403 `key_required` for a page's token and for a session */
export function refuseKeyless(caller: Caller, sentence: string): void {
  if (caller.via === 'key' || caller.via === 'trusted-source') return;
  throw new GatewayError('key_required', sentence, 403);
}

/**
 * A browser on a trusted machine sends any page's requests from the trusted address. It sends no Origin along with
 * what a page loads as an image, and with what a page reads of its own host: so its host has to be this gateway's.
 * @throws GatewayError 403 `origin_refused`
 */
export function refuseForeignPages(
  parts: Pick<HttpParts, 'pageOrigins' | 'ownHosts'>,
  request: RequestHead,
): void {
  const allowed = parts.pageOrigins.allowed;
  const { origin, 'sec-fetch-site': site } = request.headers;
  const isOtherSite = site === 'cross-site' || site === 'same-site';
  const isAllowed = origin === undefined ? !isOtherSite : allowed !== '*' && allowed.includes(origin);
  if (!isAllowed) {
    throw new GatewayError(
      'origin_refused',
      'A trusted address speaks for a customer only from programs, or from pages named in ALLOWED_ORIGINS.',
      403,
    );
  }
  refuseForeignHost(parts, request);
}

/** @throws GatewayError 403 `host_refused` */
export function refuseForeignHost({ ownHosts }: Pick<HttpParts, 'ownHosts'>, request: RequestHead): void {
  if (ownHosts.isNamedIn(request)) return;
  throw new GatewayError(
    'host_refused',
    'The gateway does not know this host name as its own. Call it by its address, or add the name to ALLOWED_HOSTS.',
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
