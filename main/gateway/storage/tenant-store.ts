import type { Database, Queryable } from './database';

/**
 * A row of `tenants`. `databaseUrl` (encrypted) is set for an adopted database; otherwise `databaseName` is
 * one on the gateway's own server. `databaseRole` is set when the gateway made the database, and owns it;
 * without `databasePassword` (encrypted) it is reached with the gateway's own account.
 */
export interface TenantRow {
  readonly customerId: string;
  readonly name: string;
  readonly databaseUrl: string | null;
  readonly databaseName: string | null;
  readonly databaseRole: string | null;
  readonly databasePassword: string | null;
  readonly paused: boolean;
  readonly createdAt: Date;
  /** what is not the default; null: not taken over yet from the tenant's own table */
  readonly operatorSettings: Readonly<Record<string, unknown>> | null;
}

export type NewTenantRow = Omit<TenantRow, 'createdAt' | 'operatorSettings'> &
  Partial<Pick<TenantRow, 'createdAt' | 'operatorSettings'>>;

const columns = `
  customer_id as "customerId", name, database_url as "databaseUrl", database_name as "databaseName",
  database_role as "databaseRole", database_password as "databasePassword", paused,
  created_at as "createdAt", operator_settings as "operatorSettings"`;

export function listTenantRows(system: Queryable): Promise<TenantRow[]> {
  return system.query<TenantRow>({
    name: 'tenants.list',
    text: `select ${columns} from tenants order by customer_id`,
  });
}

export async function findTenantRow(system: Queryable, customerId: string): Promise<TenantRow | undefined> {
  const rows = await system.query<TenantRow>({
    name: 'tenants.find',
    text: `select ${columns} from tenants where customer_id = $1`,
    values: [customerId],
  });
  return rows[0];
}

/** @throws pg's error 23505 when the tenant is there */
export async function insertTenantRow(system: Queryable, row: NewTenantRow): Promise<void> {
  await system.query({
    name: 'tenants.insert',
    text: `
      insert into tenants
        (customer_id, name, database_url, database_name, database_role, database_password, paused, created_at,
         operator_settings)
      values ($1, $2, $3, $4, $5, $6, $7, coalesce($8, now()), $9)`,
    values: [
      row.customerId,
      row.name,
      row.databaseUrl,
      row.databaseName,
      row.databaseRole,
      row.databasePassword,
      row.paused,
      row.createdAt ?? null,
      row.operatorSettings ? JSON.stringify(row.operatorSettings) : null,
    ],
  });
}

/** Changes what is given. False: no such tenant. */
export async function updateTenantRow(
  system: Queryable,
  customerId: string,
  changes: { readonly name?: string; readonly paused?: boolean },
): Promise<boolean> {
  const rows = await system.query({
    name: 'tenants.update',
    text: `
      update tenants set name = coalesce($2, name), paused = coalesce($3, paused)
      where customer_id = $1 returning customer_id`,
    values: [customerId, changes.name ?? null, changes.paused ?? null],
  });
  return rows.length > 0;
}

/** Keeps these where none are kept yet; returns what holds. */
export async function keepOperatorSettings(
  system: Queryable,
  customerId: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  await system.query({
    name: 'tenants.keep_operator_settings',
    text: 'update tenants set operator_settings = $2 where customer_id = $1 and operator_settings is null',
    values: [customerId, JSON.stringify(settings)],
  });
  return (await findTenantRow(system, customerId))?.operatorSettings ?? {};
}

/** Changes some; null takes one out. */
export async function mergeOperatorSettings(
  system: Queryable,
  customerId: string,
  changes: Readonly<Record<string, unknown>>,
): Promise<void> {
  await system.query({
    name: 'tenants.merge_operator_settings',
    text: `
      update tenants set operator_settings = jsonb_strip_nulls(coalesce(operator_settings, '{}') || $2)
      where customer_id = $1`,
    values: [customerId, JSON.stringify(changes)],
  });
}

/** Its keys go with it. False: no such tenant. */
export async function deleteTenantRow(system: Queryable, customerId: string): Promise<boolean> {
  const rows = await system.query({
    name: 'tenants.delete',
    text: 'delete from tenants where customer_id = $1 returning customer_id',
    values: [customerId],
  });
  return rows.length > 0;
}

/** Runs `work` for one customer at a time, over all processes that use this database. */
export async function withTenantLock<T>(
  system: Database,
  customerId: string,
  work: () => Promise<T>,
): Promise<T> {
  const lock = await system.connect();
  try {
    await lock.query('select pg_advisory_lock(hashtextextended($1, 0))', [`tenant ${customerId}`]);
    return await work();
  } finally {
    // The session's end lets go of the lock, whatever became of the work.
    await lock.end();
  }
}

export async function readDatabaseName(database: Queryable): Promise<string> {
  const rows = await database.query<{ name: string }>({
    name: 'database.name',
    text: 'select current_database() as name',
  });
  return rows[0]?.name ?? '';
}
