import { isIP } from 'node:net';
import type { Request } from 'express';
import type { Caller, Credentials } from '../auth/authentication';
import { GatewayError } from '../errors';
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
  parts: Pick<HttpParts, 'config' | 'authentication' | 'failureLimit' | 'unauthenticatedLimit'>,
  request: Request,
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
export function requireKey(caller: Caller, sentence: string): void {
  if (caller.via === 'key' || caller.via === 'trusted-source') return;
  throw new GatewayError('key_required', sentence, 403);
}

/** A browser on a trusted machine sends any page's requests from the trusted address. */
function refuseForeignPages(parts: Pick<HttpParts, 'pageOrigins'>, request: Request): void {
  const { allowed } = parts.pageOrigins;
  const { origin } = request.headers;
  if (origin === undefined ? !isStrangePage(request, allowed) : allowed !== '*' && allowed.includes(origin)) {
    return;
  }
  throw new GatewayError(
    'origin_refused',
    'A trusted address speaks for a customer only from programs, or from pages named in ALLOWED_ORIGINS.',
    403,
  );
}

/**
 * Browsers send no Origin along with what a page loads as an image, and with what it reads of its own host: which is
 * this gateway as well, once a name server says that the page's name leads here (DNS rebinding). So a browser has to
 * call the gateway by an address, or by a name that cannot be a stranger's.
 */
function isStrangePage(request: Request, allowed: HttpParts['pageOrigins']['allowed']): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') return true;
  if (!/^Mozilla\//.test(request.headers['user-agent'] ?? '')) return false;
  const named = `http://${request.headers.host ?? ''}`;
  const host = URL.canParse(named) ? new URL(named).hostname : '';
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0 || host === 'localhost') return false;
  // A name without a dot is looked up in the own network only.
  if (host !== '' && !host.includes('.')) return false;
  return allowed === '*' || !allowed.some((own) => URL.canParse(own) && new URL(own).hostname === host);
}

/** A text among body or query fields; PHP sends ids as numbers too. */
export function textField(fields: unknown, name: string): string | undefined {
  if (typeof fields !== 'object' || fields === null || !Object.hasOwn(fields, name)) return undefined;
  const value = (fields as Record<string, unknown>)[name];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
