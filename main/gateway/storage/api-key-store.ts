import type { Queryable } from './database';

export interface ApiKeyRow {
  readonly id: number;
  readonly customerId: string;
  readonly name: string;
  /** the first characters of the key, for people to tell keys apart by */
  readonly prefix: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

const columns = `
  id, customer_id as "customerId", name, prefix, created_at as "createdAt",
  last_used_at as "lastUsedAt", revoked_at as "revokedAt"`;

/** @throws pg's error 23503 when there is no such tenant */
export async function insertApiKey(
  system: Queryable,
  key: { readonly customerId: string; readonly name: string; readonly prefix: string; readonly hash: string },
): Promise<number> {
  const rows = await system.query<{ id: number }>({
    name: 'api_keys.insert',
    text: `insert into api_keys (customer_id, name, prefix, key_hash) values ($1, $2, $3, $4) returning id`,
    values: [key.customerId, key.name, key.prefix, key.hash],
  });
  const row = rows[0];
  if (!row) throw new Error('the new key has no row');
  return row.id;
}

export function listApiKeys(system: Queryable, customerId: string): Promise<ApiKeyRow[]> {
  return system.query<ApiKeyRow>({
    name: 'api_keys.list',
    text: `select ${columns} from api_keys where customer_id = $1 order by id`,
    values: [customerId],
  });
}

/** The key with this hash, unless it was revoked. */
export async function findValidApiKey(
  system: Queryable,
  hash: string,
): Promise<{ id: number; customerId: string } | undefined> {
  const rows = await system.query<{ id: number; customerId: string }>({
    name: 'api_keys.verify',
    text: `select id, customer_id as "customerId" from api_keys where key_hash = $1 and revoked_at is null`,
    values: [hash],
  });
  return rows[0];
}

/** Whether the key with this id is there and was not revoked. */
export async function isValidApiKey(system: Queryable, id: number): Promise<boolean> {
  const rows = await system.query<{ id: number }>({
    name: 'api_keys.is-valid',
    text: 'select id from api_keys where id = $1 and revoked_at is null',
    values: [id],
  });
  return rows.length > 0;
}

/** Revoked already: the first time stays. */
export async function revokeApiKey(system: Queryable, id: number): Promise<ApiKeyRow | undefined> {
  const rows = await system.query<ApiKeyRow>({
    name: 'api_keys.revoke',
    text: `update api_keys set revoked_at = coalesce(revoked_at, now()) where id = $1 returning ${columns}`,
    values: [id],
  });
  return rows[0];
}

/** At most one write a minute and key, however many gateways share the database. */
export async function touchApiKey(system: Queryable, id: number): Promise<void> {
  await system.query({
    name: 'api_keys.touch',
    text: `
      update api_keys set last_used_at = now()
      where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
    values: [id],
  });
}
