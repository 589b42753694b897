import { createHash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { errorCode, errorText, GatewayError } from '../errors';
import type { Logger } from '../observability/logger';
import {
  findValidApiKey,
  insertApiKey,
  isValidApiKey,
  listApiKeys,
  revokeApiKey,
  touchApiKey,
  type ApiKeyRow,
} from '../storage/api-key-store';
import type { Database, Queryable } from '../storage/database';

type ApiKey = ApiKeyRow;

export interface NewApiKey {
  readonly id: number;
  /** shown once: only its hash is kept */
  readonly key: string;
  readonly prefix: string;
}

export interface ApiKeys {
  /** @throws GatewayError `tenant_not_found` */
  create(customerId: string, name?: string): Promise<NewApiKey>;
  /** Revoked ones too, oldest first. */
  list(customerId: string): Promise<ApiKey[]>;
  /**
   * By id, by prefix or by the whole key. Revoking twice is no error.
   * @throws GatewayError `key_not_found`, `key_ambiguous`
   */
  revoke(customerId: string, idOrPrefix: string): Promise<ApiKey>;
  /** The customer that the key speaks for. @throws when the database is away and the key is not known yet */
  verify(key: string): Promise<string | undefined>;
  /** The id of a key that is good; undefined when it is not. @throws as `verify` does */
  idOf(key: string): Promise<number | undefined>;
  /** Is the key with this id still good? @throws as `verify` does */
  isGood(id: number): Promise<boolean>;
  /** Forgets what is known of keys: call it when the database says that they changed, and after it was away. */
  invalidate(): void;
  /** Waits for what is being written. */
  stop(): Promise<void>;
}

const keyPattern = /^mgw_[A-Za-z0-9_-]{43}$/;
const prefixLength = 12;
/** NOTIFY announces changes; this bounds how long a lost notification keeps a revoked key alive. */
const knownForMs = 30_000;
const unknownForMs = 5_000;
const touchIntervalMs = 60_000;
const maxEntries = 10_000;

interface CacheEntry {
  readonly customerId: string | undefined;
  readonly keyId: number;
  readonly validUntil: number;
  nextTouch: number;
  readonly answer: Promise<string | undefined>;
}

function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** Makes a key for a tenant that is there, or in the transaction that makes it. */
export async function createApiKey(system: Queryable, customerId: string, name = ''): Promise<NewApiKey> {
  const key = `mgw_${randomBytes(32).toString('base64url')}`;
  const prefix = key.slice(0, prefixLength);
  try {
    const id = await insertApiKey(system, { customerId, name, prefix, hash: hashKey(key) });
    return { id, key, prefix };
  } catch (thrown) {
    if (errorCode(thrown) !== '23503') throw thrown;
    throw new GatewayError('tenant_not_found', `There is no tenant ${customerId}.`, 404);
  }
}

export function createApiKeys(options: { readonly system: Database; readonly logger: Logger }): ApiKeys {
  const { system, logger } = options;
  const cache = new LRUCache<string, CacheEntry>({ max: maxEntries });
  const lookups = new Map<string, Promise<string | undefined>>();
  /** what tokens name of the key that they were made with */
  const goodIds = new Map<number, { readonly validUntil: number; readonly answer: Promise<boolean> }>();
  const touchedAt = new Map<number, number>();
  const touches = new Set<Promise<void>>();
  /** Counts invalidations: an answer that was asked for before one is not kept after it. */
  let generation = 0;

  function touch(entry: CacheEntry, now: number): void {
    entry.nextTouch = now + touchIntervalMs;
    touchedAt.set(entry.keyId, now);
    const write = touchApiKey(system, entry.keyId)
      .catch((thrown: unknown) =>
        logger.warn('api_key.use_unrecorded', 'last use of an API key could not be recorded', {
          error: errorText(thrown),
        }),
      )
      .finally(() => touches.delete(write));
    touches.add(write);
  }

  function remember(key: string, found: { id: number; customerId: string } | undefined): void {
    const now = Date.now();
    cache.set(key, {
      customerId: found?.customerId,
      keyId: found?.id ?? 0,
      validUntil: now + (found ? knownForMs : unknownForMs),
      nextTouch: found ? (touchedAt.get(found.id) ?? -Infinity) + touchIntervalMs : Infinity,
      // Kept, so that a hit allocates nothing.
      answer: Promise.resolve(found?.customerId),
    });
  }

  async function lookUp(key: string): Promise<string | undefined> {
    const askedIn = generation;
    const found = await findValidApiKey(system, hashKey(key));
    if (askedIn === generation) remember(key, found);
    const entry = cache.get(key);
    if (found && entry && entry.nextTouch <= Date.now()) touch(entry, Date.now());
    return found?.customerId;
  }

  function invalidate(): void {
    generation += 1;
    cache.clear();
    lookups.clear();
    goodIds.clear();
  }

  return {
    async create(customerId, name) {
      const created = await createApiKey(system, customerId, name);
      invalidate();
      return created;
    },
    list: (customerId) => listApiKeys(system, customerId),
    async revoke(customerId, idOrPrefix) {
      const keys = await listApiKeys(system, customerId);
      const byId = keys.filter((key) => String(key.id) === idOrPrefix);
      const prefix = idOrPrefix.slice(0, prefixLength);
      const matches = byId.length > 0 ? byId : keys.filter((key) => key.prefix === prefix);
      const [match] = matches;
      if (!match) {
        throw new GatewayError('key_not_found', `${customerId} has no key ${JSON.stringify(prefix)}.`, 404);
      }
      if (matches.length > 1) {
        throw new GatewayError('key_ambiguous', `Several keys begin with ${prefix}: use the id.`, 409);
      }
      const revoked = await revokeApiKey(system, match.id);
      invalidate();
      return revoked ?? match;
    },
    verify(key) {
      const entry = cache.get(key);
      const now = Date.now();
      if (entry && entry.validUntil > now) {
        if (entry.nextTouch <= now) touch(entry, now);
        return entry.answer;
      }
      if (!keyPattern.test(key)) return Promise.resolve(undefined);
      const underWay = lookups.get(key);
      if (underWay) return underWay;
      const lookup = lookUp(key).finally(() => {
        if (lookups.get(key) === lookup) lookups.delete(key);
      });
      lookups.set(key, lookup);
      return lookup;
    },
    async idOf(key) {
      if (!keyPattern.test(key)) return undefined;
      const entry = cache.get(key);
      if (entry && entry.validUntil > Date.now())
        return entry.customerId === undefined ? undefined : entry.keyId;
      return (await findValidApiKey(system, hashKey(key)))?.id;
    },
    isGood(id) {
      const known = goodIds.get(id);
      if (known && known.validUntil > Date.now()) return known.answer;
      if (goodIds.size >= maxEntries) goodIds.clear();
      const answer = isValidApiKey(system, id);
      const entry = { validUntil: Date.now() + knownForMs, answer };
      goodIds.set(id, entry);
      // A database that was away says nothing of the key.
      answer.catch(() => {
        if (goodIds.get(id) === entry) goodIds.delete(id);
      });
      return answer;
    },
    invalidate,
    async stop() {
      await Promise.all(touches);
    },
  };
}
