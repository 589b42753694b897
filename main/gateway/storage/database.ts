import pg from 'pg';
import { errorCode, errorText } from '../errors';
import { clientConfig, runQuery, type DatabaseOptions, type Statement } from './database-client';
import { connectClient, poolClients, readOnlyCode } from './writable-server';

export interface Queryable {
  /** @throws pg's DatabaseError, or a connection error when the server is away */
  query<Row extends object>(statement: Statement): Promise<Row[]>;
}

export interface Database extends Queryable {
  /** Runs `work` between BEGIN and COMMIT on one connection; rolls back when it throws. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** A connection of its own (LISTEN, migrations, COPY); the caller ends it. */
  connect(): Promise<pg.Client>;
  stop(): Promise<void>;
}

export function createDatabase(options: DatabaseOptions): Database {
  const { logger } = options;
  const configure = (url: string) => clientConfig({ ...options, url });
  const { Client, tries } = poolClients(options.url, configure);
  const pool = new pg.Pool({
    ...configure(options.url),
    ...(Client ? { Client } : {}),
    max: options.maxConnections,
    idleTimeoutMillis: 30_000,
  });
  // A restart of the database must not end the process: pg reports it on idle connections.
  pool.on('error', (thrown) =>
    logger.warn('database.connection_lost', 'database connection lost', {
      database: options.applicationName,
      error: errorText(thrown),
    }),
  );

  /** Another server of a list may take what this one does not. */
  async function checkOut(): Promise<pg.PoolClient> {
    for (let left = tries; ; left -= 1) {
      try {
        return await pool.connect();
      } catch (thrown) {
        if (left <= 1) throw thrown;
      }
    }
  }

  async function queryOnce<Row extends object>(config: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    const client = await checkOut();
    try {
      const result = await client.query<Row>(config);
      client.release();
      return result;
    } catch (thrown) {
      client.release(true);
      throw thrown;
    }
  }

  return {
    query: <Row extends object>(statement: Statement) =>
      runQuery<Row>(tries === 1 ? pool : { query: queryOnce }, statement, logger),
    async transaction(work) {
      const client = await checkOut();
      let broken: Error | undefined;
      // The pool listens to idle connections only: one that is lost between two statements is heard here.
      const onLost = (thrown: Error) => {
        broken = thrown;
      };
      client.on('error', onLost);
      try {
        await client.query('begin');
        const result = await work({ query: (statement) => runQuery(client, statement, logger) });
        await client.query('commit');
        return result;
      } catch (thrown) {
        if (errorCode(thrown) === readOnlyCode) broken = thrown as Error;
        await client.query('rollback').catch((rollbackError: unknown) => {
          broken = rollbackError instanceof Error ? rollbackError : new Error(errorText(rollbackError));
        });
        throw thrown;
      } finally {
        client.off('error', onLost);
        client.release(broken);
      }
    },
    async connect() {
      const client = await connectClient(options.url, configure);
      client.on('error', (thrown) =>
        logger.warn('database.connection_lost', 'database connection lost', {
          database: options.applicationName,
          error: errorText(thrown),
        }),
      );
      return client;
    },
    stop: () => pool.end(),
  };
}
