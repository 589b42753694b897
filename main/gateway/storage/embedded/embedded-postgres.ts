import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ConfigurationError, errorCode, errorText } from '../../errors';
import type { Logger } from '../../observability/logger';
import { readMovedPort, writeMovedPort, type MovedPort } from './moved-port';
import { openPostgresCluster, superuserName, type PostgresCluster } from './postgres-cluster';
import { findFreePort, isFreePort, serverHost } from './postgres-port';
import { boundServerLog, type ServerLog } from './server-log';

export interface EmbeddedPostgresAddress {
  /** the superuser's, for the database `postgres` */
  readonly adminUrl: string;
  readonly host: string;
  readonly port: number;
  /** it was running already: another process uses it, or a killed one left it behind */
  readonly reused: boolean;
  /** its usual port was taken within the last week, and addresses that were given out lead elsewhere */
  readonly moved: MovedPort | undefined;
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
}

const defaultPreferredPort = 15_432;
const defaultMaxConnections = 300;
/** For one start, recovery after a power cut included. */
const startTimeoutMs = 60_000;
/** Within the ten seconds that a gateway has to stop; a slower server goes on stopping by itself. */
const stopTimeoutMs = 7_000;
const startTries = 5;
/** A port may look taken for a moment: by another process that just probes it, or starts the server. */
const portPatienceMs = 1_000;
const logCheckIntervalMs = 10 * 60_000;
/** Advisory locks in the database `postgres`; any constants do. Every holder shares the first. */
const holdersLock = '1296581447, 1';
const setUpLock = '1296581447, 2';

/** How the search for the server stands. */
interface Attempt {
  /** others depend on this port: wait for it rather than take another */
  readonly mustBePort: number | undefined;
  readonly deadline: number;
  /** starts in a row that came to nothing while nobody else's server was seen */
  failures: number;
  takenSince?: number;
  reason: string;
}

/** Sized for an office PC: little memory while idle, all durability on. */
function serverSettings(options: EmbeddedPostgresOptions): Record<string, string> {
  return {
    listen_addresses: serverHost,
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

/** Tenants' roles have no business in the administration's databases. */
async function closeToTenants(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ open: boolean }>(
    `select has_database_privilege('public', 'postgres', 'connect') as open`,
  );
  if (!rows[0]?.open) return;
  // Two at once would fail with "tuple concurrently updated".
  await client.query(`begin; select pg_advisory_xact_lock(${setUpLock});
    revoke connect on database template1, postgres from public; commit`);
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
  const ending = new AbortController();
  const isEnding = () => ending.signal.aborted;
  let cluster: PostgresCluster | undefined;
  let holder: pg.Client | undefined;
  let started: Promise<EmbeddedPostgresAddress> | undefined;
  let stopped: Promise<void> | undefined;
  let recovery = Promise.resolve();
  let logTimer: NodeJS.Timeout | undefined;

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
      await closeToTenants(client);
      return client;
    } catch (thrown) {
      await client.end().catch(() => undefined);
      if (errorCode(thrown) === '28P01') {
        throw new ConfigurationError(
          `The embedded PostgreSQL does not take the password in ${join(options.dataDir, 'password')}.`,
          { cause: thrown },
        );
      }
      logger.debug('embedded_database.not_ready', 'embedded database not ready', {
        error: errorText(thrown),
      });
      return undefined;
    }
  }

  const readPort = async () => Number(await readFile(portFile, 'utf8').catch(() => '0'));

  /** Starts it on its usual port; on another one only where that has been taken for a while. */
  async function tryStart(opened: PostgresCluster, attempt: Attempt): Promise<boolean> {
    const usual = attempt.mustBePort ?? (await readPort());
    let port = usual;
    if (usual === 0 || !(await isFreePort(usual))) {
      attempt.takenSince ??= Date.now();
      attempt.reason = `port ${usual} is taken by another program`;
      const isPatient = attempt.mustBePort !== undefined || Date.now() - attempt.takenSince < portPatienceMs;
      if (usual > 0 && isPatient) return false;
      port = await findFreePort(options.preferredPort ?? defaultPreferredPort);
    }
    try {
      await opened.startServer(port, attempt.deadline - Date.now());
    } catch (thrown) {
      attempt.failures += 1;
      attempt.reason = errorText(thrown);
      return false;
    }
    await writeFile(portFile, `${port}\n`);
    if (usual > 0 && port !== usual) {
      await writeMovedPort(options.dataDir, { from: usual, to: port, at: new Date().toISOString() });
      logger.warn(
        'embedded_database.port_moved',
        'the port of the embedded database is taken: database addresses given out have changed',
        {
          port: usual,
          new_port: port,
        },
      );
    }
    return true;
  }

  /**
   * Finds the server or starts it, and holds it. Others may be doing the same, or be stopping it, at any of
   * these moments: whatever fails is followed by another look.
   */
  async function acquire(mustBePort?: number): Promise<EmbeddedPostgresAddress> {
    const opened = (cluster ??= await openPostgresCluster(options.dataDir, serverSettings(options)));
    const deadline = Date.now() + startTimeoutMs;
    const attempt: Attempt = {
      mustBePort,
      deadline,
      failures: 0,
      reason: 'it neither accepts connections nor ends',
    };
    let reused = true;
    while (!isEnding()) {
      const server = await opened.findServer();
      if (server) {
        attempt.failures = 0;
        attempt.takenSince = undefined;
        const url = `postgres://${superuserName}:${opened.password}@${serverHost}:${server.port}/postgres`;
        const client = server.ready ? await holdServer(url) : undefined;
        if (client) {
          await keep(client, opened.log);
          const moved = await readMovedPort(options.dataDir, server.port);
          return { adminUrl: url, host: serverHost, port: server.port, reused, moved };
        }
      } else if (await tryStart(opened, attempt)) {
        reused = false;
        continue;
      }
      if (attempt.failures >= startTries || Date.now() > deadline) {
        throw new Error(
          `The embedded PostgreSQL in ${options.dataDir} does not come up: ${attempt.reason} (see ${opened.log.path})`,
        );
      }
      // Not everybody at the same moments.
      const pauseMs = 50 + Math.random() * 100;
      await sleep(pauseMs, undefined, { signal: ending.signal }).catch(() => undefined);
    }
    throw new Error('stopped before the embedded PostgreSQL was up');
  }

  async function keep(client: pg.Client, log: ServerLog): Promise<void> {
    holder = client;
    client.once('end', () => {
      if (holder !== client) return;
      holder = undefined;
      recovery = recover();
    });
    if (!log.isEndless) return;
    const checkLog = () =>
      boundServerLog(log.path).catch((thrown: unknown) =>
        logger.warn(
          'embedded_database.log_cut_failed',
          'the log of the embedded database could not be shortened',
          { error: errorText(thrown) },
        ),
      );
    await checkLog();
    logTimer ??= setInterval(() => void checkLog(), logCheckIntervalMs).unref();
  }

  async function recover(): Promise<void> {
    const before = await started;
    logger.warn('embedded_database.lost', 'connection to the embedded database lost: bringing it back');
    for (let pauseMs = 100; !isEnding(); pauseMs = Math.min(pauseMs * 2, 5_000)) {
      try {
        // Everybody's connection pools point to this port.
        const now = await acquire(before?.port);
        logger.info('embedded_database.recovered', 'the embedded database is back', { reused: now.reused });
        return;
      } catch (thrown) {
        if (isEnding()) return;
        logger.error(
          'embedded_database.recovery_failed',
          'the embedded database could not be brought back, trying again',
          { error: errorText(thrown) },
        );
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
      logger.warn('embedded_database.stop_failed', 'the embedded database did not stop cleanly', {
        error: errorText(thrown),
      });
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  return {
    start: () => (started ??= acquire()),
    stop: () => (stopped ??= letGo()),
  };
}
