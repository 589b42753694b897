import pg from 'pg';
import { errorText } from '../errors';
import { clientConfig, runQuery, type DatabaseOptions, type Statement } from './database-client';

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
  const config = clientConfig(options);
  const pool = new pg.Pool({ ...config, max: options.maxConnections, idleTimeoutMillis: 30_000 });
  // A restart of the database must not end the process: pg reports it on idle connections.
  pool.on('error', (thrown) =>
    logger.warn('database.connection_lost', 'database connection lost', {
      database: options.applicationName,
      error: errorText(thrown),
    }),
  );

  return {
    query: (statement) => runQuery(pool, statement, logger),
    async transaction(work) {
      const client = await pool.connect();
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
      const client = new pg.Client(config);
      client.on('error', (thrown) =>
        logger.warn('database.connection_lost', 'database connection lost', {
          database: options.applicationName,
          error: errorText(thrown),
        }),
      );
      await client.connect();
      return client;
    },
    stop: () => pool.end(),
  };
}
