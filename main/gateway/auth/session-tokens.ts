import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';

/** By contract: a token is good for one hour. */
export const tokenLifetimeSeconds = 3600;
const issuer = 'modular-gateway';
const audience = 'modular-gateway-clients';
const largestCache = 10_000;

const claimsSchema = z.object({
  customer_id: z.string().min(1),
  user_id: z.string(),
  session_id: z.string(),
  exp: z.number(),
  // Older tokens, and those that somebody else signs with the same secret, name neither.
  key_id: z.number().int().optional(),
  generation: z.string().optional(),
});

interface TokenClaims {
  readonly customerId: string;
  readonly userId: string;
  readonly sessionId: string;
  /** of the API key that it was made with, where it was one: they end together */
  readonly keyId?: number;
  /** which of the tenants that had this id, one after the other */
  readonly generation?: string;
  /** epoch, ms */
  readonly expiresAtMs: number;
}

/** Tokens for browser pages of the PHP app: HS256 and nothing else, issuer and audience checked. */
export interface SessionTokens {
  issue(claims: Omit<TokenClaims, 'expiresAtMs'>): string;
  /** undefined: not ours, changed, or expired */
  verify(token: string): TokenClaims | undefined;
}

export function createSessionTokens(secret: string): SessionTokens {
  // A page sends the same token with every call; the signature of each is worked out once.
  const verified = new LRUCache<string, TokenClaims>({ max: largestCache });

  return {
    issue: ({ customerId, userId, sessionId, keyId, generation }) =>
      jwt.sign(
        {
          customer_id: customerId,
          user_id: userId,
          session_id: sessionId,
          ...(keyId === undefined ? {} : { key_id: keyId }),
          ...(generation === undefined ? {} : { generation }),
        },
        secret,
        { algorithm: 'HS256', expiresIn: tokenLifetimeSeconds, issuer, audience },
      ),
    verify(token) {
      const known = verified.get(token);
      if (known) {
        if (known.expiresAtMs > Date.now()) return known;
        verified.delete(token);
        return undefined;
      }
      const claims = verifySignature(token, secret);
      if (claims) verified.set(token, claims);
      return claims;
    },
  };
}

function verifySignature(token: string, secret: string): TokenClaims | undefined {
  try {
    const claims = claimsSchema.parse(jwt.verify(token, secret, { algorithms: ['HS256'], issuer, audience }));
    return {
      customerId: claims.customer_id,
      userId: claims.user_id,
      sessionId: claims.session_id,
      ...(claims.key_id === undefined ? {} : { keyId: claims.key_id }),
      ...(claims.generation === undefined ? {} : { generation: claims.generation }),
      expiresAtMs: claims.exp * 1000,
    };
  } catch {
    return undefined;
  }
}
