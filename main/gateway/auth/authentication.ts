import { GatewayError } from '../errors';
import type { ApiKeys } from './api-keys';
import type { SessionTokens } from './session-tokens';
import type { SessionIds, SessionVerification } from './session-verification';
import type { TrustedSources } from './trusted-sources';

/** Who speaks for a tenant, and how it was proven. */
export interface Caller {
  readonly customerId: string;
  /** of a token or a verified session */
  readonly userId?: string;
  readonly sessionId?: string;
  readonly via: 'key' | 'token' | 'session' | 'trusted-source';
  /** epoch, ms; with tokens only */
  readonly expiresAtMs?: number;
}

/** What a request brings along to prove who it speaks for. */
export interface Credentials {
  /** the value behind `Bearer`, of `X-API-Key`, or of a socket's `auth.token` */
  readonly bearer?: string;
  /** the peer's address, never a forwarded one unless a proxy is configured */
  readonly address: string;
  /** the tenant that the path or the body names */
  readonly claimedCustomerId?: string;
  /** ids of a session of the PHP app */
  readonly userId?: string;
  readonly sessionId?: string;
}

export interface Authentication {
  /**
   * @throws GatewayError 401 `unauthorized` when nothing proves anything, 403 `wrong_tenant` when the proof is
   * another tenant's
   */
  authenticate(credentials: Credentials): Promise<Caller>;
  /** Is what the head of a request brings enough to say who speaks, or that nothing in its body could? */
  canDecide(head: Credentials): boolean;
  /** May this address speak for some customer without a key? */
  isTrusted(address: string): boolean;
  /** A token for a page, which ends with its tenant, and with the key that it is made with. */
  issueToken(bearer: string | undefined, ids: SessionIds): Promise<string>;
}

export function createAuthentication(parts: {
  readonly keys: Pick<ApiKeys, 'verify' | 'idOf' | 'isGood'>;
  readonly tokens: SessionTokens;
  readonly sessions: SessionVerification;
  readonly trusted: TrustedSources;
  /** Is there such a tenant? Trusted sources and sessions may name any. */
  exists(customerId: string): boolean;
  /** Tells a tenant from those that had its id before it. */
  generationOf(customerId: string): string | undefined;
  /** called for each request that proved who it speaks for */
  onProven?(customerId: string, address: string): void;
}): Authentication {
  async function byBearer(bearer: string): Promise<Caller | undefined> {
    // A token has three parts; a key has none.
    if (bearer.includes('.')) {
      const claims = parts.tokens.verify(bearer);
      if (!claims) return undefined;
      const { keyId, generation, ...caller } = claims;
      if (generation !== undefined && generation !== parts.generationOf(claims.customerId)) return undefined;
      if (keyId !== undefined && !(await parts.keys.isGood(keyId))) return undefined;
      return { ...caller, via: 'token' };
    }
    const customerId = await parts.keys.verify(bearer);
    return customerId === undefined ? undefined : { customerId, via: 'key' };
  }

  async function withoutBearer(credentials: Credentials): Promise<Caller | undefined> {
    const customerId = credentials.claimedCustomerId ?? parts.trusted.onlyTenant(credentials.address);
    if (customerId === undefined || !parts.exists(customerId)) return undefined;
    if (parts.trusted.speaksFor(credentials.address, customerId)) {
      return { customerId, userId: credentials.userId, via: 'trusted-source' };
    }
    const { userId, sessionId } = credentials;
    if (!parts.sessions.enabled || !userId || !sessionId) return undefined;
    const valid = await parts.sessions.verify({ customerId, userId, sessionId });
    return valid ? { customerId, userId, sessionId, via: 'session' } : undefined;
  }

  return {
    async issueToken(bearer, ids) {
      const keyId = bearer === undefined ? undefined : await parts.keys.idOf(bearer);
      return parts.tokens.issue({ ...ids, keyId, generation: parts.generationOf(ids.customerId) });
    },
    isTrusted: (address) => parts.trusted.knows(address),
    canDecide({ bearer, address, claimedCustomerId: named, userId, sessionId }) {
      if (bearer !== undefined) return true;
      if (named !== undefined && parts.trusted.speaksFor(address, named)) return true;
      const hasIds = named !== undefined && userId !== undefined && sessionId !== undefined;
      if (parts.sessions.enabled) return hasIds;
      // A trusted address may name its customer in the body.
      return named !== undefined || !parts.trusted.knows(address);
    },
    async authenticate(credentials) {
      const caller =
        credentials.bearer === undefined || credentials.bearer === ''
          ? await withoutBearer(credentials)
          : await byBearer(credentials.bearer);
      if (!caller || !parts.exists(caller.customerId)) {
        throw new GatewayError(
          'unauthorized',
          'Send a valid API key or token (Authorization: Bearer …, or X-API-Key).',
          401,
        );
      }
      if (
        credentials.claimedCustomerId !== undefined &&
        credentials.claimedCustomerId !== caller.customerId
      ) {
        throw new GatewayError('wrong_tenant', 'This key or token belongs to another customer.', 403);
      }
      parts.onProven?.(caller.customerId, credentials.address);
      return caller;
    },
  };
}
