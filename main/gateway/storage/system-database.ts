import { join } from 'node:path';
import pg from 'pg';
import type { GatewayConfig } from '../config/config';
import { errorCode } from '../errors';
import type { Logger } from '../observability/logger';
import {
  buildDatabaseUrl,
  databaseNameOf,
  databaseUnreachable,
  withDatabaseName,
} from './connection-trouble';
import { createDatabase, type Database, type Queryable } from './database';
import { createEmbeddedPostgres } from './embedded/embedded-postgres';
import { describeMovedPort } from './embedded/moved-port';
import { migrateDatabase } from './migrate-database';
import { connectClient } from './writable-server';

/** The PostgreSQL server that holds the gateway's own database, and those of tenants it makes. */
export interface DatabaseServer {
  readonly kind: 'embedded' | 'server';
  /** of an account that makes databases, where the server allows it to */
  adminUrl(): string;
  /** that the embedded server listens on another port than before, and what to change, in a sentence */
  readonly moved?: string;
  /** of the system database */
  systemUrl(): string;
  /** Lets go of the embedded server; the last of the processes that use it stops it. */
  stop(): Promise<void>;
}

const embeddedSystemName = 'modular_gateway';
const poolSize = 6;

/** The folder of the embedded server, below GATEWAY_DATA_DIR. */
export function embeddedPostgresDir(dataDir: string): string {
  return join(dataDir, 'postgres');
}

/**
 * Starts or joins the embedded server, or names the one at DB_HOST (without connecting to it).
 * @throws ConfigurationError where the embedded server cannot run
 */
export async function openDatabaseServer(
  config: Pick<GatewayConfig, 'dataDir' | 'database'>,
  logger: Logger,
): Promise<DatabaseServer> {
  const { database } = config;
  if (database.kind === 'server') {
    const url = buildDatabaseUrl(database);
    return { kind: 'server', adminUrl: () => url, systemUrl: () => url, stop: () => Promise.resolve() };
  }
  const embedded = createEmbeddedPostgres({ dataDir: embeddedPostgresDir(config.dataDir), logger });
  try {
    const { adminUrl, moved } = await embedded.start();
    const systemUrl = withDatabaseName(adminUrl, embeddedSystemName);
    return {
      kind: 'embedded',
      moved: moved && describeMovedPort(moved),
      adminUrl: () => adminUrl,
      systemUrl: () => systemUrl,
      stop: () => embedded.stop(),
    };
  } catch (thrown) {
    await embedded.stop();
    throw thrown;
  }
}

/**
 * Opens the gateway's own database, making it where it is not there yet, and brings its tables up to date.
 * @throws GatewayError `database_unreachable` with one sentence, without the password
 */
export async function openSystemDatabase(options: {
  readonly url: string;
  readonly logger: Logger;
}): Promise<Database> {
  const database = createDatabase({
    url: options.url,
    logger: options.logger,
    applicationName: 'modular-gateway system',
    maxConnections: poolSize,
  });
  try {
    const client = await connectOrMake(database, options.url);
    try {
      await migrateDatabase({ client, kind: 'system' });
    } finally {
      await client.end();
    }
    return database;
  } catch (thrown) {
    await database.stop();
    throw databaseUnreachable(thrown, options.url);
  }
}

async function connectOrMake(database: Database, url: string): Promise<pg.Client> {
  try {
    return await database.connect();
  } catch (thrown) {
    if (errorCode(thrown) !== '3D000' || !(await makeDatabase(url))) throw thrown;
    return database.connect();
  }
}

/**
 * Makes the database that an address names, with the address's own account, through the server's database
 * `postgres`. False: the account may not, or cannot get in there.
 */
export async function makeDatabase(url: string): Promise<boolean> {
  let client: pg.Client | undefined;
  try {
    client = await connectClient(withDatabaseName(url, 'postgres'), (connectionString) => ({
      connectionString,
      connectionTimeoutMillis: 5_000,
    }));
    const name = pg.escapeIdentifier(databaseNameOf(url));
    await client.query(`create database ${name} encoding 'UTF8' template template0`);
    // Tenants' roles have no business in it.
    await client.query(`revoke all on database ${name} from public`);
    return true;
  } catch (thrown) {
    // Another process was faster (https://www.postgresql.org/docs/current/errcodes-appendix.html).
    return ['42P04', '23505'].includes(errorCode(thrown) ?? '');
  } finally {
    await client?.end();
  }
}

/** Is this the system database of a gateway? */
export async function holdsSystemTables(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    `select to_regclass('public.gateway_settings') is not null and to_regclass('public.api_keys') is not null as found`,
  );
  return rows[0]?.found === true;
}

/** What the doctor wants to know of a server. */
export async function readServerFacts(
  system: Queryable,
): Promise<{ readonly version: string; readonly versionNumber: number; readonly skewMs: number }> {
  const askedAt = Date.now();
  const rows = await system.query<{ version: string; number: string; now: Date }>({
    name: 'system.facts',
    text: `
      select current_setting('server_version') as version, current_setting('server_version_num') as number,
        clock_timestamp() as now`,
  });
  const row = rows[0];
  if (!row) throw new Error('the database does not say what it is');
  const midwayMs = (askedAt + Date.now()) / 2;
  return {
    version: row.version,
    versionNumber: Number(row.number),
    skewMs: row.now.getTime() - midwayMs,
  };
}
