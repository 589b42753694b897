import { randomBytes } from 'node:crypto';
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../../main/gateway/config/config';
import { createFileSecretStore } from '../../main/gateway/secrets/secret-store';
import type { Database } from '../../main/gateway/storage/database';
import {
  createEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../main/gateway/storage/embedded/embedded-postgres';
import { openDatabaseServer, openSystemDatabase } from '../../main/gateway/storage/system-database';
import { createTenantRegistry, type TenantRegistry } from '../../main/gateway/tenants/tenant-registry';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import { createMemoryLogger } from '../support/memory-logger';
import { invoiceEvent } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { createInstallation, type Installation, type ServeProcess } from './serve-process';

/**
 * Many more tenants than the server has connections. `npm run drill -- growth` runs it with 300 tenants on a hundred;
 * GROWTH_TENANTS and GROWTH_CONNECTIONS say otherwise. GROWTH_SERVER is the superuser's address of a server to use.
 */
const tenantCount = Number(process.env['GROWTH_TENANTS'] ?? 60);
const connectionCount = Number(process.env['GROWTH_CONNECTIONS'] ?? 25);
const isLong = tenantCount >= 300;
const patience = 1_200_000;

interface GrowthTenant {
  readonly customerId: string;
  readonly apiKey: string;
  readonly databaseUrl: string;
}

let folder: string;
let server: EmbeddedPostgres | undefined;
let adminUrl: string;
let admin: pg.Client;
let installation: Installation;
let hook: WebhookReceiver;
let system: Database;
let registry: TenantRegistry;
let running: ServeProcess;
const tenants: GrowthTenant[] = [];
const systemName = `growth_${randomBytes(4).toString('hex')}`;

/** For people who run the long form. */
function say(what: string, value: unknown): void {
  process.stdout.write(`growth: ${what}: ${JSON.stringify(value)}\n`);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modular-gateway-growth-'));
  hook = await startWebhookReceiver();
  const given = process.env['GROWTH_SERVER'];
  if (given === undefined) {
    server = createEmbeddedPostgres({
      dataDir: join(folder, 'server'),
      logger: createMemoryLogger(),
      preferredPort: 0,
      maxConnections: connectionCount,
    });
    adminUrl = (await server.start()).adminUrl;
  } else adminUrl = given;
  admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  const address = new URL(adminUrl);
  const env = {
    DB_HOST: address.hostname,
    DB_PORT: address.port,
    DB_USER: decodeURIComponent(address.username),
    DB_PASSWORD: decodeURIComponent(address.password),
    DB_NAME: systemName,
    GATEWAY_MASTER_KEY: 'growth-5b1f9ac2e7d34860',
    JWT_SECRET: 'growth-9f2c7b1e5d8a4063',
  };
  installation = await createInstallation(env);
  running = await installation.serve();
  const config = readConfig(
    { ...env, GATEWAY_DATA_DIR: join(folder, 'commands') },
    folder,
    undefined,
    'command',
  );
  const logger = createMemoryLogger();
  const databases = await openDatabaseServer(config, logger);
  system = await openSystemDatabase({ url: databases.systemUrl(), logger });
  registry = createTenantRegistry({ system, databases, secrets: createFileSecretStore(config), logger });
}, patience);

afterAll(async () => {
  await running.end('SIGTERM');
  for (const { customerId } of server ? [] : tenants) {
    await registry.remove(customerId, { dropDatabase: true }).catch(() => undefined);
  }
  await system.stop();
  await installation.remove();
  if (!server) await admin.query(`drop database if exists ${systemName} with (force)`);
  await admin.end();
  await server?.stop();
  await hook.stop();
  await rm(folder, { recursive: true, force: true });
}, patience);

const post = (tenant: GrowthTenant, body: unknown) =>
  fetch(`${running.origin}/api/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });

const isServed = async (tenant: GrowthTenant) =>
  (
    await fetch(`${running.origin}/api/events`, {
      headers: { authorization: `Bearer ${tenant.apiKey}` },
    })
  ).status === 200;

async function gatewayConnections(): Promise<number> {
  const { rows } = await admin.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity where application_name like 'modular-gateway%'
      and application_name not like '%holder%'`,
  );
  return rows[0]?.n ?? 0;
}

/** CPU in ms, and resident memory in MB, of the gateway's own process. */
async function costs(): Promise<{ cpuMs: number; memoryMb: number }> {
  const pid = running.child.pid ?? 0;
  const stat = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return {
    cpuMs: (Number(stat[11]) + Number(stat[12])) * 10,
    memoryMb: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024),
  };
}

const p = (values: readonly number[], share: number) =>
  Math.round(
    [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0,
  );

it(
  'takes all of them, one after the other',
  async () => {
    const tookMs: number[] = [];
    for (let n = 0; n < tenantCount; n += 1) {
      const customerId = `GROW${n}`;
      const startedAt = performance.now();
      const { tenant, apiKey } = await registry.add({ customerId });
      tookMs.push(performance.now() - startedAt);
      tenants.push({ customerId, apiKey, databaseUrl: tenant.databaseUrl });
    }
    say('tenant add, ms', { median: p(tookMs, 0.5), last20: p(tookMs.slice(-20), 0.5), most: p(tookMs, 1) });
    await waitUntil(async () => (await Promise.all(tenants.slice(-5).map(isServed))).every(Boolean), {
      what: 'the last ones to be served',
    });
    if (!isLong) return;
    const startedAt = performance.now();
    await installation.run('tenant', 'add', 'BY.COMMAND');
    say('tenant add by the command line, ms', Math.round(performance.now() - startedAt));
    await installation.run('tenant', 'remove', 'BY.COMMAND', '--drop-database').catch(() => undefined);
  },
  patience,
);

it(
  'starts with all of them, within its part of the connections',
  async () => {
    await running.end('SIGTERM');
    const startedAt = performance.now();
    running = await installation.serve();
    const listeningMs = performance.now() - startedAt;
    await waitUntil(
      async () => {
        for (const tenant of tenants) if (!(await isServed(tenant))) return false;
        return true;
      },
      { what: 'all of them to be served', timeoutMs: 120_000 },
    );
    const allMs = performance.now() - startedAt;
    say('start', { listeningMs: Math.round(listeningMs), allServedMs: Math.round(allMs) });
    if (isLong) expect(allMs).toBeLessThan(30_000);
    expect(await gatewayConnections()).toBeLessThan(connectionCount - 3);
    expect(running.lines.filter((line) => line.includes('tenant.open_failed'))).toEqual([]);
  },
  patience,
);

it(
  'costs next to nothing while nobody does anything',
  async () => {
    // What the start wrote is counted by the server within ten seconds, and looked into once more.
    await sleep(isLong ? 30_000 : 12_000);
    const before = await costs();
    const connections: number[] = [];
    for (let second = 0; second < 10; second += 1) {
      await sleep(1_000);
      connections.push(await gatewayConnections());
    }
    const after = await costs();
    const share = (after.cpuMs - before.cpuMs) / 10_000;
    say('idle', { coreShare: share, memoryMb: after.memoryMb, connections: Math.max(...connections) });
    expect(Math.max(...connections)).toBeLessThan(connectionCount - 3);
    if (isLong) expect(share).toBeLessThan(0.15);
    expect(after.memoryMb).toBeLessThan(300);
  },
  patience,
);

/** @returns how long the row stayed as it was inserted, in ms; asked in the database, for the gateway wakes when it is asked */
async function insertRow(tenant: GrowthTenant, withTrigger: boolean, leaves: boolean): Promise<number> {
  let client = new pg.Client({ connectionString: tenant.databaseUrl });
  await client.connect();
  try {
    if (!withTrigger) await client.query('drop trigger modular_gateway_event_inserted on websocket_events');
    const { rows } = await client.query<{ id: number }>(
      `insert into websocket_events (customer_id, event_type, event_data, status)
        values ($1, 'invoice:sent', $2, 'pending') returning id`,
      [tenant.customerId, JSON.stringify(invoiceEvent().event_data)],
    );
    const startedAt = performance.now();
    for (;;) {
      if (leaves) await client.end();
      await sleep(leaves ? 700 : 200);
      if (leaves) {
        client = new pg.Client({ connectionString: tenant.databaseUrl });
        await client.connect();
      }
      const { rows: found } = await client.query<{ status: string }>(
        'select status from websocket_events where id = $1',
        [rows[0]?.id],
      );
      if (found[0]?.status !== 'pending') return performance.now() - startedAt;
      if (performance.now() - startedAt > 20_000) throw new Error(`${tenant.customerId}: not taken up`);
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}

it(
  'takes up a row that somebody inserts for an idle one within 5 s, trigger or not',
  async () => {
    const chosen = tenants.filter((_, at) => at % Math.ceil(tenantCount / 12) === 0);
    const tookMs: number[] = [];
    // One by one: of the few connections that are left, the test takes one.
    for (const [at, tenant] of chosen.entries()) {
      tookMs.push(await insertRow(tenant, at % 2 === 0, at % 4 < 2));
    }
    say('inserted rows taken up, ms', { median: p(tookMs, 0.5), most: p(tookMs, 1) });
    if (isLong) expect(Math.max(...tookMs)).toBeLessThan(6_000);
  },
  patience,
);

it(
  'serves all of them when all are busy at once',
  async () => {
    const most: number[] = [];
    const done = new AbortController();
    const sampling = (async () => {
      while (!done.signal.aborted) {
        most.push(await gatewayConnections());
        await sleep(100);
      }
    })();
    const startedAt = performance.now();
    const answers = await Promise.all(
      tenants.map(async (tenant) => {
        const response = await post(tenant, invoiceEvent());
        await response.arrayBuffer();
        return { status: response.status, ms: performance.now() - startedAt };
      }),
    );
    done.abort();
    await sampling;
    const tookMs = answers.map(({ ms }) => ms);
    say('all busy at once', {
      accepted: answers.filter(({ status }) => status === 202).length,
      medianMs: p(tookMs, 0.5),
      mostMs: p(tookMs, 1),
      connections: Math.max(...most),
    });
    expect(answers.map(({ status }) => status).filter((status) => status !== 202)).toEqual([]);
    if (isLong) expect(Math.max(...tookMs)).toBeLessThan(20_000);
    expect(Math.max(...most)).toBeLessThan(connectionCount - 2);
  },
  patience,
);

it(
  'one that works hard does not keep the others waiting',
  async () => {
    const [busy, ...others] = tenants;
    const done = new AbortController();
    let posted = 0;
    const hog = Array.from({ length: 16 }, async () => {
      while (!done.signal.aborted) {
        const response = await post(busy!, invoiceEvent({ client_email: `hog${posted}@example.com` }));
        await response.arrayBuffer();
        posted += 1;
      }
    });
    const tookMs: number[] = [];
    for (const tenant of others.filter((_, at) => at % Math.ceil(tenantCount / 20) === 0)) {
      const startedAt = performance.now();
      const response = await post(tenant, invoiceEvent());
      await response.arrayBuffer();
      expect(response.status).toBe(202);
      tookMs.push(performance.now() - startedAt);
    }
    done.abort();
    await Promise.all(hog);
    say('beside a busy one', { posted, medianMs: p(tookMs, 0.5), mostMs: p(tookMs, 1) });
    if (isLong) expect(Math.max(...tookMs)).toBeLessThan(5_000);
  },
  patience,
);
