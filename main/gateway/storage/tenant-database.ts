import type { Logger } from '../observability/logger';
import { databaseUnreachable } from './connection-trouble';
import { searchPathOf, withTlsDecided } from './connection-url';
import { createDatabase, type Database } from './database';
import { migrateDatabase } from './migrate-database';
import { detectTenantSchema, type TenantSchema } from './tenant-schema';

/** A tenant's database, up to date and connected. */
export interface TenantDatabase {
  readonly db: Database;
  /** for what may be repeated after a crash: its commits do not wait for the disk */
  readonly bookkeeping: Database;
  /** for what people look at: takes no connection from intake, and no statement lasts longer than its time */
  readonly reading: Database;
  readonly layout: TenantSchema;
  stop(): Promise<void>;
}

export interface TenantDatabaseOptions {
  readonly url: string;
  readonly logger: Logger;
  readonly customerId: string;
}

/** Small: a server has a hundred connections by default, and many tenants share it. */
const poolSize = 4;
const bookkeepingPoolSize = 2;
const readingPoolSize = 2;
const readWithinMs = 5_000;
/**
 * Waiting for a place in the pool included. When fifty tenants that were quiet become busy at once, a small machine
 * takes seconds to open their connections; the PHP client waits for 10 s.
 */
const connectTimeoutMs = 9_000;

/**
 * Brings the database's tables up to date and opens it.
 * @throws GatewayError `database_unreachable` with one sentence, without the password
 */
export async function openTenantDatabase(options: TenantDatabaseOptions): Promise<TenantDatabase> {
  const { logger, customerId } = options;
  const url = await withTlsDecided(options.url);
  const layout = await migrateTenantDatabase({ ...options, url });
  const common = { url, logger, searchPath: layout.searchPath, connectTimeoutMs };
  const db = createDatabase({
    ...common,
    applicationName: `modular-gateway ${customerId}`,
    maxConnections: poolSize,
  });
  const bookkeeping = createDatabase({
    ...common,
    applicationName: `modular-gateway ${customerId} bookkeeping`,
    maxConnections: bookkeepingPoolSize,
    synchronousCommit: false,
  });
  const reading = createDatabase({
    ...common,
    applicationName: `modular-gateway ${customerId} reading`,
    maxConnections: readingPoolSize,
    statementTimeoutMs: readWithinMs,
  });
  return {
    db,
    bookkeeping,
    reading,
    layout,
    async stop() {
      await Promise.all([db.stop(), bookkeeping.stop(), reading.stop()]);
    },
  };
}

/** Brings the tables up to date, or makes them. @throws GatewayError `database_unreachable` */
async function migrateTenantDatabase(options: TenantDatabaseOptions): Promise<TenantSchema> {
  const url = await withTlsDecided(options.url);
  const database = createDatabase({
    ...options,
    url,
    applicationName: `modular-gateway ${options.customerId} migrations`,
    maxConnections: 1,
  });
  try {
    const client = await database.connect();
    try {
      const isNamed = searchPathOf(url) !== undefined;
      const schema = await detectTenantSchema(client, isNamed);
      await migrateDatabase({ client, kind: 'tenant', schema });
      // Asked again: the migrations of an empty database have made the tables by now.
      return await detectTenantSchema(client, isNamed);
    } finally {
      await client.end();
    }
  } catch (thrown) {
    throw databaseUnreachable(thrown, options.url);
  } finally {
    await database.stop();
  }
}
