import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createConnectionBudget, type ConnectionBudget } from '../../main/gateway/storage/connection-budget';
import {
  createTenantConnections,
  type TenantConnections,
} from '../../main/gateway/storage/tenant-connections';
import { createMemoryLogger } from '../support/memory-logger';
import { createTestDatabase, type TestDatabase } from '../support/test-database';
import { waitUntil } from '../support/wait-until';

/** A tenant's connections where the server has hardly any to give, by a way that can be made to stand still. */

let database: TestDatabase;
let way: Server;
let url: string;
const sockets = new Set<Socket>();

beforeAll(async () => {
  database = await createTestDatabase();
  const target = new URL(database.url);
  const { port, hostname } = target;
  way = createServer((client) => {
    const server = connect(Number(port), hostname);
    client.pipe(server).pipe(client);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve) => way.listen(0, '127.0.0.1', resolve));
  target.hostname = '127.0.0.1';
  target.port = String((way.address() as AddressInfo).port);
  url = target.href;
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => way.close(resolve));
  await database.stop();
});

let budget: ConnectionBudget;
let connections: TenantConnections;

beforeEach(() => {
  budget = createConnectionBudget(1);
  connections = createTenantConnections({
    url,
    logger: createMemoryLogger(),
    applicationName: 'modular-gateway test',
    budget,
    connectTimeoutMs: 2_000,
    readWithinMs: 5_000,
  });
});
afterEach(() => connections.stop());

const ask = (use: 'durable' | 'bookkeeping' | 'reading', text = 'select 1 as one') =>
  connections.as(use).query({ name: 'test', text, prepare: false });

test('with one connection no use starves another, however busy it is', async () => {
  const over = new AbortController();
  const busy = Array.from({ length: 4 }, async () => {
    while (!over.signal.aborted) await ask('durable', 'select pg_sleep(0.02)');
  });
  await waitUntil(() => budget.status().used === 1, { what: 'the connection' });
  try {
    for (let round = 0; round < 5; round += 1) {
      expect(await Promise.all([ask('bookkeeping'), ask('reading')])).toEqual([[{ one: 1 }], [{ one: 1 }]]);
    }
  } finally {
    over.abort();
    await Promise.all(busy);
  }
  expect(budget.status().used).toBeLessThanOrEqual(1);
});

test('a server that stands still while a connection changes its use costs no connection for good', async () => {
  await ask('durable');
  for (const socket of sockets) socket.pause();
  const late = ask('bookkeeping').catch((thrown: unknown) => thrown);
  // Longer than anybody waits for a connection.
  await sleep(2_500);
  for (const socket of sockets) socket.resume();
  await late;
  for (let round = 0; round < 3; round += 1) {
    expect(await ask('bookkeeping')).toEqual([{ one: 1 }]);
    expect(await ask('durable')).toEqual([{ one: 1 }]);
  }
  expect(budget.status()).toMatchObject({ used: 1, waiting: 0 });
});
