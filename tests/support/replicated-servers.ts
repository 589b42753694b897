import { execFile } from 'node:child_process';
import { appendFile, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import {
  openPostgresCluster,
  superuserName,
  type PostgresCluster,
} from '../../main/gateway/storage/embedded/postgres-cluster';
import { findFreePort, serverHost } from '../../main/gateway/storage/embedded/postgres-port';
import { waitUntil } from './wait-until';

/** A primary and its standby, as an operator runs them: what is committed on the one is on the disk of the other. */
export interface ReplicatedServers {
  readonly ports: readonly [primary: number, standby: number];
  readonly user: string;
  readonly password: string;
  urlOf(port: number): string;
  /** The primary dies, as by a power cut: nothing is written down and nobody is told. */
  killPrimary(): Promise<void>;
  /** The primary stands still: its connections stay open, and nobody answers. */
  freezePrimary(): Promise<void>;
  /** The standby takes writes from now on. */
  promoteStandby(): Promise<void>;
  stop(): Promise<void>;
}

const host = serverHost;
const startWithinMs = 60_000;
/** Speed instead of safety: what is tested is one server after the other, not the disk. */
const common = { listen_addresses: host, unix_socket_directories: '', fsync: 'off', max_connections: '200' };

export async function startReplicatedServers(): Promise<ReplicatedServers> {
  const folder = await mkdtemp(join(tmpdir(), 'modular-gateway-replicated-'));
  const [primaryDir, standbyDir] = [join(folder, 'primary'), join(folder, 'standby')];
  const primaryPort = await findFreePort(0);
  let standbyPort = await findFreePort(0);
  while (standbyPort === primaryPort) standbyPort = await findFreePort(0);
  // Copied while it has never run: the two are one database with one identity.
  const primary = await openPostgresCluster(primaryDir, {
    ...common,
    synchronous_standby_names: '*',
  });
  const { password } = primary;
  const copied = join(standbyDir, 'cluster');
  await promisify(execFile)('cp', ['-a', primaryDir, standbyDir]);
  const signalFile = join(copied, 'standby.signal');
  await writeFile(signalFile, '');
  const { uid, gid } = await stat(copied);
  await chown(signalFile, uid, gid);
  await appendFile(
    join(copied, 'postgresql.conf'),
    `\nprimary_conninfo = 'host=${host} port=${primaryPort} user=${superuserName} password=${password}'\n`,
  );
  const standby = await openPostgresCluster(standbyDir, common);
  const urlOf = (port: number) => `postgres://${superuserName}:${password}@${host}:${port}/postgres`;

  async function kill(server: PostgresCluster, signal: NodeJS.Signals): Promise<void> {
    const running = await server.findServer();
    if (!running) return;
    process.kill(running.pid, signal);
    await waitUntil(async () => (await server.findServer()) === undefined, { what: 'the server to end' });
  }
  const ask = async <Row extends object>(port: number, sql: string) => {
    const client = new pg.Client({ connectionString: urlOf(port), connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  async function signalAll(server: PostgresCluster, signal: NodeJS.Signals): Promise<void> {
    const running = await server.findServer();
    if (!running) return;
    const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=', '--ppid', String(running.pid)]);
    for (const pid of [running.pid, ...stdout.trim().split(/\s+/).map(Number)]) process.kill(pid, signal);
  }
  const stop = async () => {
    await signalAll(primary, 'SIGCONT');
    await Promise.all([primary, standby].map((server) => kill(server, 'SIGQUIT')));
    await rm(folder, { recursive: true, force: true });
  };

  try {
    await primary.startServer(primaryPort, startWithinMs);
    await standby.startServer(standbyPort, startWithinMs);
    await waitUntil(
      async () =>
        (await ask(primaryPort, `select from pg_stat_replication where sync_state in ('sync', 'quorum')`))
          .length > 0,
      { what: 'the standby to follow' },
    );
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return {
    ports: [primaryPort, standbyPort],
    user: superuserName,
    password,
    urlOf,
    killPrimary: () => kill(primary, 'SIGKILL'),
    freezePrimary: () => signalAll(primary, 'SIGSTOP'),
    async promoteStandby() {
      const [row] = await ask<{ done: boolean }>(standbyPort, 'select pg_promote() as done');
      if (row?.done !== true) throw new Error('the standby was not promoted');
    },
    stop,
  };
}
