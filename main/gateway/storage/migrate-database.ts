import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { GatewayError } from '../errors';
import type { TenantSchema } from './tenant-schema';

export type MigrateOptions = {
  /** connected, used by nobody else meanwhile, and left open */
  readonly client: pg.ClientBase;
} & ({ readonly kind: 'system' } | { readonly kind: 'tenant'; readonly schema: TenantSchema });

const migrationsTable = 'modular_gateway_migrations';

/** Beside this module in the source; beside the bundle, or above its chunks, in dist. */
function findMigrations(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const candidates = [join(here, 'migrations'), join(here, '..', 'migrations')];
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) throw new Error(`the migrations are missing from ${candidates.join(' and ')}`);
  return found;
}

const quiet = { debug: undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Runs what has not been run yet, all of it in one transaction. Another process that migrates the same
 * database is waited for.
 * @returns the names of what was run now
 * @throws pg's DatabaseError; the database is then as it was before
 */
export async function migrateDatabase(options: MigrateOptions): Promise<string[]> {
  const { client } = options;
  const directory = join(findMigrations(), options.kind);
  const schema = options.kind === 'tenant' ? options.schema : undefined;
  const migrationsSchema = schema?.baseSchema ?? 'public';
  const state = await readState(client, directory, migrationsSchema);
  // The system database may be a tenant's, too.
  const tenantsOwn = options.kind === 'system' ? await listMigrations(join(findMigrations(), 'tenant')) : [];
  const newer = state.unknown.filter((name) => !tenantsOwn.includes(name));
  if (options.kind === 'system' && newer.length > 0) {
    throw new GatewayError(
      'database_newer',
      `A newer version of the gateway has been here (${newer.join(', ')}): install that version, or restore a backup from before.`,
      409,
    );
  }
  if (state.isUpToDate) return [];
  // Only here: most starts find every database up to date and never need its megabytes.
  const { runner } = await import('node-pg-migrate');
  const searchPath = schema?.searchPath ?? ['public'];
  // The migrations name tables without a schema, and the settings table by this setting of the session.
  await client.query(
    `select set_config('search_path', $1, false), set_config('modular_gateway.settings_table', $2, false)`,
    [searchPath.join(', '), schema?.settingsTable ?? ''],
  );
  try {
    const applied = await runner({
      dbClient: client,
      dir: directory,
      direction: 'up',
      migrationsTable,
      migrationsSchema,
      singleTransaction: true,
      advisoryLockMode: 'wait',
      // It goes by the times of earlier runs, and an office PC's clock may have jumped back since.
      checkOrder: false,
      logger: quiet,
    });
    return applied.map(({ name }) => name);
  } finally {
    // Fails only when the connection is gone, and then the runner's own error says why.
    await client.query('reset search_path; reset modular_gateway.settings_table').catch(() => undefined);
  }
}

/** Which migrations of the folder have been recorded, and which recorded ones this version does not have. */
async function readState(
  client: pg.ClientBase,
  directory: string,
  schema: string,
): Promise<{ readonly isUpToDate: boolean; readonly unknown: readonly string[] }> {
  const table = `${pg.escapeIdentifier(schema)}.${migrationsTable}`;
  const found = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [
    table,
  ]);
  if (found.rows[0]?.there !== true) return { isUpToDate: false, unknown: [] };
  const { rows } = await client.query<{ name: string }>(`select name from ${table}`);
  const recorded = new Set(rows.map(({ name }) => name));
  const own = await listMigrations(directory);
  return {
    isUpToDate: own.every((name) => recorded.has(name)),
    unknown: [...recorded].filter((name) => !own.includes(name)),
  };
}

async function listMigrations(directory: string): Promise<string[]> {
  return (await readdir(directory))
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length));
}
