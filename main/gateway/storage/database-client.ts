import pg from 'pg';
import type { Logger } from '../observability/logger';
import { readParameters } from './connection-url';

const slowQueryMs = 500;

/** A statement with a name: the name is what slow-query lines and prepared statements go by. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values?: readonly unknown[];
  /** Off for statements whose text varies: they would fill the server's cache of prepared statements. */
  readonly prepare?: boolean;
}

export interface DatabaseOptions {
  readonly url: string;
  readonly logger: Logger;
  /** shown by pg_stat_activity */
  readonly applicationName: string;
  readonly maxConnections: number;
  /** schemas that unqualified table names are looked up in; the server's own default when absent */
  readonly searchPath?: readonly string[];
  /**
   * Off where a lost commit only means a repeat that the other side can recognise: bookkeeping of email
   * and webhook attempts. Intake always waits for the disk.
   */
  readonly synchronousCommit?: boolean;
  readonly connectTimeoutMs?: number;
  /** Statements are cut off after it (SQLSTATE 57014). Default: never. */
  readonly statementTimeoutMs?: number;
}

// Type ids of pg_type: https://www.postgresql.org/docs/current/catalog-pg-type.html
const int8TypeId = 20;
const timestampTypeId = 1114;

/** `timestamp` columns hold UTC by contract; pg would read them in the machine's own zone. */
const utcTypes: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === timestampTypeId) return (value: string) => new Date(`${value.replace(' ', 'T')}Z`);
    // Row ids and counts stay far below 2^53.
    if (oid === int8TypeId) return Number;
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- pg's own signature passes a bare number
    return pg.types.getTypeParser(oid, format) as (value: string) => unknown;
  },
};

/** For one server's address; `connectClient` chooses it of a list. */
export function clientConfig(options: Omit<DatabaseOptions, 'maxConnections'>): pg.ClientConfig {
  const settings = ['-c TimeZone=UTC'];
  if (options.searchPath) settings.push(`-c search_path=${options.searchPath.join(',')}`);
  if (options.synchronousCommit === false) settings.push('-c synchronous_commit=off');
  if (options.statementTimeoutMs !== undefined) {
    // What is looked at by people is over before a compiler has warmed up.
    settings.push(`-c statement_timeout=${options.statementTimeoutMs}`, '-c jit=off');
  }
  const given = readParameters(options.url);
  if (!isOnThisMachine(options.url)) settings.push(...keepalives);
  return {
    connectionString: given.url,
    application_name: options.applicationName,
    // Ours after the address's own: the last word counts.
    options: [given.options, ...settings].filter((text) => text !== '').join(' '),
    ...(given.ssl === undefined ? {} : { ssl: given.ssl }),
    connectionTimeoutMillis: options.connectTimeoutMs ?? given.connectTimeoutMs ?? 5_000,
    keepAlive: true,
    types: utcTypes,
  };
}

/**
 * A machine that loses its power closes no connection: the server asks after it, so that its locks and what it claimed
 * are free within half a minute (https://www.postgresql.org/docs/current/runtime-config-connection.html).
 */
const keepalives = ['-c tcp_keepalives_idle=10', '-c tcp_keepalives_interval=3', '-c tcp_keepalives_count=3'];

function isOnThisMachine(url: string): boolean {
  const host = /^[a-z]+:\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/?]*)/i.exec(url)?.[1] ?? '';
  return ['', 'localhost', '127.0.0.1', '[::1]'].includes(host.toLowerCase());
}

/** Runs one statement and says so in the log when it was slow. */
export async function runQuery<Row extends object>(
  runner: { query(config: pg.QueryConfig): Promise<pg.QueryResult<Row>> },
  statement: Statement,
  logger: Logger,
): Promise<Row[]> {
  const startedAt = performance.now();
  try {
    const result = await runner.query({
      ...(statement.prepare === false ? {} : { name: statement.name }),
      text: statement.text,
      values: statement.values as unknown[],
    });
    return result.rows;
  } finally {
    const durationMs = Math.round(performance.now() - startedAt);
    if (durationMs >= slowQueryMs) {
      logger.warn('database.query_slow', 'slow query', { query: statement.name, duration_ms: durationMs });
    }
  }
}
