import { copyFile, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ConfigurationError, errorCode, errorText } from '../errors';
import type { Logger } from '../logger';
import { openPostgresCluster, superuserName, type PostgresCluster } from './postgres-cluster';

export interface EmbeddedPostgresAddress {
  /** the superuser's, for the database `postgres` */
  readonly adminUrl: string;
  readonly host: string;
  readonly port: number;
  /** it was running already: another process uses it, or a killed one left it behind */
  readonly reused: boolean;
}

export interface EmbeddedPostgres {
  /** @throws ConfigurationError where PostgreSQL cannot run; Error when it does not come up in time */
  start(): Promise<EmbeddedPostgresAddress>;
  /** Lets go of the server, and stops it in order when nobody else holds it. Never throws. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** a folder for the server alone; made when missing */
  readonly dataDir: string;
  readonly logger: Logger;
  /** where the first start looks for a port, a hundred upwards; later starts keep theirs. 0: any free one */
  readonly preferredPort?: number;
  readonly maxConnections?: number;
  /** more lines for postgresql.conf */
  readonly settings?: Readonly<Record<string, string>>;
  /** how long a start may take, recovery after a power cut included */
  readonly startTimeoutMs?: number;
}

const host = '127.0.0.1';
const defaultPreferredPort = 15_432;
const defaultMaxConnections = 300;
const defaultStartTimeoutMs = 60_000;
/** Within the ten seconds that a gateway has to stop; a slower server goes on stopping by itself. */
const stopTimeoutMs = 7_000;
const startTries = 3;
const logLimitBytes = 10 * 1024 * 1024;
const logCheckIntervalMs = 10 * 60_000;
/** The advisory lock (in the database `postgres`) that every holder shares; any two constants do. */
const holdersLock = '1296581447, 1';

/** Sized for an office PC: little memory while idle, all durability on. */
function serverSettings(options: EmbeddedPostgresOptions): Record<string, string> {
  return {
    listen_addresses: host,
    unix_socket_directories: '',
    max_connections: String(options.maxConnections ?? defaultMaxConnections),
    shared_buffers: '128MB',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    password_encryption: 'scram-sha-256',
    log_line_prefix: '%m [%p] %a ',
    log_min_messages: 'warning',
    log_checkpoints: 'off',
    // Statements and details hold what customers are sent; the message alone says enough.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    ...options.settings,
  };
}

function isFreePort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

async function findFreePort(preferred: number): Promise<number> {
  for (let port = preferred; preferred > 0 && port < preferred + 100; port += 1) {
    if (await isFreePort(port)) return port;
  }
  const port = await isFreePort(0);
  if (port === undefined) throw new Error('no free port on 127.0.0.1 for the embedded PostgreSQL');
  return port;
}

/** The server writes to it by append, so that it can be cut while it is open. Windows: never tried. */
async function boundLog(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    (found) => found.size,
    () => 0,
  );
  if (size < logLimitBytes) return;
  await copyFile(logFile, `${logFile}.1`);
  await truncate(logFile);
}

/**
 * The PostgreSQL that comes with the gateway. Any number of processes (the gateway, its commands) may use
 * one folder at once: each holds the server by an open session with a shared lock, which the server itself
 * drops when the process dies, however it dies. The last to leave gets the lock alone, and only then stops
 * the server; whoever comes in that moment waits and starts it again. A holder whose server vanished
 * (crashed, killed) brings it back on the same port.
 */
export function createEmbeddedPostgres(options: EmbeddedPostgresOptions): EmbeddedPostgres {
  const { logger } = options;
  const portFile = join(options.dataDir, 'port');
  const startTimeoutMs = options.startTimeoutMs ?? defaultStartTimeoutMs;
  const ending = new AbortController();
  const isEnding = () => ending.signal.aborted;
  let cluster: PostgresCluster | undefined;
  let holder: pg.Client | undefined;
  let started: Promise<EmbeddedPostgresAddress> | undefined;
  let stopped: Promise<void> | undefined;
  let recovery = Promise.resolve();
  let logTimer: NodeJS.Timeout | undefined;

  async function choosePort(mustBe: number | undefined): Promise<number> {
    const saved = mustBe ?? Number(await readFile(portFile, 'utf8').catch(() => '0'));
    if (saved > 0 && (await isFreePort(saved))) return saved;
    if (mustBe !== undefined) throw new Error(`port ${mustBe} is taken by another program`);
    const port = await findFreePort(options.preferredPort ?? defaultPreferredPort);
    if (saved > 0) {
      logger.warn('the port of the embedded database is taken: database addresses given out have changed', {
        port: saved,
        new_port: port,
      });
    }
    return port;
  }

  /** Undefined: the server is on its way up or down, look again. */
  async function holdServer(url: string): Promise<pg.Client | undefined> {
    const client = new pg.Client({
      connectionString: url,
      application_name: `modular-gateway holder ${process.pid}`,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    // The loss of the session is noticed by `end`.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query("set lock_timeout = '5s'");
      // Waits for one who is about to stop the server, and is thrown out by the stop.
      await client.query(`select pg_advisory_lock_shared(${holdersLock})`);
      return client;
    } catch (thrown) {
      await client.end().catch(() => undefined);
      if (errorCode(thrown) === '28P01') {
        throw new ConfigurationError(
          `The embedded PostgreSQL does not take the password in ${join(options.dataDir, 'password')}.`,
          { cause: thrown },
        );
      }
      logger.debug('embedded database not ready', { error: errorText(thrown) });
      return undefined;
    }
  }

  async function startOnce(opened: PostgresCluster, mustBePort: number | undefined, timeoutMs: number) {
    const port = await choosePort(mustBePort);
    await opened.startServer(port, timeoutMs);
    await writeFile(portFile, `${port}\n`);
  }

  /** Finds the server or starts it, and holds it. */
  async function acquire(mustBePort?: number): Promise<EmbeddedPostgresAddress> {
    const opened = (cluster ??= await openPostgresCluster(options.dataDir, serverSettings(options)));
    const deadline = Date.now() + startTimeoutMs;
    let reused = true;
    let tries = 0;
    let reason = 'it neither accepts connections nor ends';
    for (;;) {
      if (isEnding()) throw new Error('stopped before the embedded PostgreSQL was up');
      const server = await opened.findServer();
      if (server?.ready) {
        const url = `postgres://${superuserName}:${opened.password}@${host}:${server.port}/postgres`;
        const client = await holdServer(url);
        if (client) {
          await keep(client, opened.logFile);
          return { adminUrl: url, host, port: server.port, reused };
        }
      } else if (!server) {
        try {
          await startOnce(opened, mustBePort, deadline - Date.now());
          reused = false;
          continue;
        } catch (thrown) {
          // Another process may have been faster: then the next look finds its server.
          tries += 1;
          reason = errorText(thrown);
        }
      }
      if (tries >= startTries || Date.now() > deadline) {
        throw new Error(
          `The embedded PostgreSQL in ${options.dataDir} does not come up: ${reason} (see ${opened.logFile})`,
        );
      }
      await sleep(50, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  }

  async function keep(client: pg.Client, logFile: string): Promise<void> {
    // Tenants' roles have no business in the administration's databases.
    await client.query('revoke connect on database postgres, template1 from public');
    holder = client;
    client.once('end', () => {
      if (holder !== client) return;
      holder = undefined;
      recovery = recover();
    });
    await boundLog(logFile);
    logTimer ??= setInterval(() => {
      boundLog(logFile).catch((thrown: unknown) =>
        logger.warn('the log of the embedded database cannot be cut', { error: errorText(thrown) }),
      );
    }, logCheckIntervalMs).unref();
  }

  async function recover(): Promise<void> {
    const before = await started;
    logger.warn('connection to the embedded database lost: bringing it back');
    for (let pauseMs = 100; !isEnding(); pauseMs = Math.min(pauseMs * 2, 5_000)) {
      try {
        // Everybody's connection pools point to this port.
        const now = await acquire(before?.port);
        logger.info('the embedded database is back', { reused: now.reused });
        return;
      } catch (thrown) {
        if (isEnding()) return;
        logger.error('the embedded database is away', { error: errorText(thrown) });
      }
      await sleep(pauseMs, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  }

  async function letGo(): Promise<void> {
    ending.abort();
    await started?.catch(() => undefined);
    await recovery;
    clearInterval(logTimer);
    const client = holder;
    holder = undefined;
    if (!client || !cluster) return;
    try {
      await client.query(`select pg_advisory_unlock_shared(${holdersLock})`);
      const { rows } = await client.query<{ alone: boolean }>(
        `select pg_try_advisory_lock(${holdersLock}) as alone`,
      );
      // The lock is kept until the server has thrown this session out: nobody can come in between.
      if (rows[0]?.alone) await cluster.stopServer(stopTimeoutMs);
    } catch (thrown) {
      logger.warn('the embedded database was not stopped in order', { error: errorText(thrown) });
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  return {
    start: () => (started ??= acquire()),
    stop: () => (stopped ??= letGo()),
  };
}
