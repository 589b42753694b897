import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createDatabase, type Database } from '../../main/gateway/storage/database';
import { withServers } from '../../main/gateway/storage/server-addresses';
import { connectClient, serverInUse } from '../../main/gateway/storage/writable-server';
import { createMemoryLogger } from '../support/memory-logger';
import { startReplicatedServers, type ReplicatedServers } from '../support/replicated-servers';
import { waitUntil } from '../support/wait-until';

const host = '127.0.0.1';
const configure = (connectionString: string) => ({ connectionString, connectionTimeoutMillis: 5_000 });
const open: { end(): Promise<void> }[] = [];
let servers: ReplicatedServers;
let primary: number;
let standby: number;
/** Lets everybody in and says nothing. */
let silent: Server;
let silentPort: number;
const silentSockets = new Set<Socket>();

beforeAll(async () => {
  servers = await startReplicatedServers();
  [primary, standby] = servers.ports;
  silent = createServer((socket) => silentSockets.add(socket));
  await new Promise<void>((resolve) => silent.listen(0, host, resolve));
  silentPort = (silent.address() as AddressInfo).port;
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.end().catch(() => undefined)));
});
afterAll(async () => {
  for (const socket of silentSockets) socket.destroy();
  silent.close();
  await servers.stop();
});

const listOf = (...ports: number[]) =>
  withServers(
    servers.urlOf(primary),
    ports.map((port) => ({ host, port })),
  );

async function connect(url: string): Promise<pg.Client> {
  const client = await connectClient(url, configure);
  open.push(client);
  return client;
}

function openPool(url: string): Database {
  const database = createDatabase({
    url,
    logger: createMemoryLogger(),
    applicationName: 'modular-gateway test',
    maxConnections: 3,
  });
  open.push({ end: () => database.stop() });
  return database;
}

const portOf = async (database: Database) => {
  const rows = await database.query<{ port: number }>({
    name: 'port',
    text: `select current_setting('port')::int as port`,
  });
  return rows[0]?.port;
};

test('one server is connected to as it is, standby or not', async () => {
  expect((await connect(servers.urlOf(standby))).port).toBe(standby);
  expect(serverInUse(servers.urlOf(standby))).toBeUndefined();
});

test('a standby, a port where nobody listens and a server that says nothing are passed over', async () => {
  const url = listOf(1, standby, silentPort, primary);
  expect((await connect(url)).port).toBe(primary);
  expect(serverInUse(url)).toEqual({ host, port: primary });
  // What one found out, the next ones know.
  const asked = silentSockets.size;
  expect((await connect(url)).port).toBe(primary);
  expect(silentSockets.size).toBe(asked);
});

test('a pool finds the one that takes writes', async () => {
  expect(await portOf(openPool(listOf(standby, primary)))).toBe(primary);
});

test('where none takes writes, that is said rather than who does not answer', async () => {
  await expect(connect(listOf(1, standby))).rejects.toMatchObject({ code: '25006' });
});

test('a wrong password is said rather than that the others take no writes', async () => {
  const wrong = new URL(listOf(primary, standby));
  wrong.password = 'wrong';
  await expect(connect(wrong.href)).rejects.toMatchObject({ code: '28P01' });
});

test('a primary that becomes read-only is left, with all connections that are open there', async () => {
  const url = listOf(primary, standby);
  const database = openPool(url);
  expect(await portOf(database)).toBe(primary);
  const listening = await connect(url);
  const lost = new Promise((resolve) => listening.once('end', resolve));

  const admin = await connect(servers.urlOf(primary));
  await admin.query(`alter system set default_transaction_read_only = 'on'`);
  await admin.query('select pg_reload_conf()');
  await servers.promoteStandby();

  const write = () =>
    database.transaction((tx) =>
      tx.query({ name: 'make', text: 'create table if not exists made (id int)' }),
    );
  await waitUntil(() => write().then(() => true), { what: 'a write' });
  expect(await portOf(database)).toBe(standby);
  await lost;
  expect((await connect(url)).port).toBe(standby);
});
