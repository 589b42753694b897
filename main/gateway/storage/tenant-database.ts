import pg from 'pg';
import type { Logger } from '../observability/logger';
import { createConnectionBudget, type BudgetOwner, type ConnectionBudget } from './connection-budget';
import { databaseUnreachable } from './connection-trouble';
import { searchPathOf, withTlsDecided } from './connection-url';
import type { Database } from './database';
import { clientConfig } from './database-client';
import { migrateDatabase } from './migrate-database';
import { createTenantConnections, type TenantConnections } from './tenant-connections';
import { detectTenantSchema, type TenantSchema } from './tenant-schema';
import { connectClient } from './writable-server';

/** A tenant's database, up to date and connected. */
export interface TenantDatabase {
  readonly db: Database;
  /** for what may be repeated after a crash: its commits do not wait for the disk */
  readonly bookkeeping: Database;
  /** for what people look at: takes no connection from intake, and no statement lasts longer than its time */
  readonly reading: Database;
  readonly connections: Pick<TenantConnections, 'listen' | 'quietly' | 'lastUsedMs'>;
  readonly layout: TenantSchema;
  stop(): Promise<void>;
}

export interface TenantDatabaseOptions {
  readonly url: string;
  readonly logger: Logger;
  readonly customerId: string;
  /** shared with the other databases of the same server; commands need none */
  readonly budget?: ConnectionBudget;
}

/** A command uses one database or two. */
const commandLimit = 12;
const readWithinMs = 5_000;
/**
 * Waiting for a place in the pool included. When fifty tenants that were quiet become busy at once, a small machine
 * takes seconds to open their connections; the PHP client waits for 10 s.
 */
const connectTimeoutMs = 9_000;

/** While a database is opened it has nothing to give away. */
const opener: BudgetOwner = { idleSinceMs: () => undefined, closeIdle: () => undefined };

/**
 * Brings the database's tables up to date and opens it; all of it on one connection, which stays open for the first
 * who needs one.
 * @throws GatewayError `database_unreachable` with one sentence, without the password
 */
export async function openTenantDatabase(options: TenantDatabaseOptions): Promise<TenantDatabase> {
  const { logger, customerId, budget = createConnectionBudget(commandLimit) } = options;
  const url = await withTlsDecided(options.url);
  const common = { url, logger, applicationName: `modular-gateway ${customerId}`, connectTimeoutMs };
  const permit = await budget
    .acquire(opener, AbortSignal.timeout(connectTimeoutMs))
    .catch((thrown: unknown) => {
      throw databaseUnreachable(thrown, options.url);
    });
  let client: pg.Client | undefined;
  try {
    client = await connectClient(url, (server) => clientConfig({ ...common, url: server }));
    const layout = await bringUpToDate(client, searchPathOf(url) !== undefined);
    await client.query(
      `set search_path to ${layout.searchPath.map((name) => pg.escapeIdentifier(name)).join(', ')}`,
    );
    const connections = createTenantConnections({
      ...common,
      searchPath: layout.searchPath,
      budget,
      readWithinMs,
      first: { client, permit },
    });
    return {
      db: connections.as('durable'),
      bookkeeping: connections.as('bookkeeping'),
      reading: connections.as('reading'),
      connections,
      layout,
      stop: () => connections.stop(),
    };
  } catch (thrown) {
    await client?.end().catch(() => undefined);
    permit.release();
    throw databaseUnreachable(thrown, options.url);
  }
}

/** Brings the tables up to date, or makes them. */
async function bringUpToDate(client: pg.Client, isPathNamed: boolean): Promise<TenantSchema> {
  const schema = await detectTenantSchema(client, isPathNamed);
  const applied = await migrateDatabase({ client, kind: 'tenant', schema });
  // Asked again: the migrations of an empty database have made the tables by now.
  return applied.length === 0 ? schema : detectTenantSchema(client, isPathNamed);
}
