import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createEmbeddedPostgres } from '../../main/gateway/storage/embedded/embedded-postgres';
import { embeddedPostgresDir } from '../../main/gateway/storage/system-database';
import type { BaselineCalls } from './baselines';
import { type BenchTenant, prepareTenant } from './bench-tenant';
import { type Program, startProgram } from './calls';
import { type GatewayInstallation, type GatewayProcess, startGateway } from './gateway-process';
import type { LoadCalls } from './load';
import { fillHistory } from './old-deliveries';
import type { SinkCalls } from './sinks';

/** Everything that a measurement needs, on 127.0.0.1 and in one temporary folder. */
export interface BenchStage {
  readonly gateway: GatewayProcess;
  readonly installation: GatewayInstallation;
  readonly sinks: Program<SinkCalls>;
  readonly load: Program<LoadCalls>;
  readonly baselineOrigin: string;
  readonly webhookPort: number;
  readonly mailPort: number;
  /** webhooks only, nothing old */
  readonly hooks: BenchTenant;
  /** webhooks only, with finished deliveries of the past */
  readonly history: BenchTenant;
  /** the same with 1,000 of them */
  readonly shortHistory: BenchTenant;
  /** emails only */
  readonly mails: BenchTenant;
  /** a database with the seed's events table, on the same server */
  readonly rawUrl: string;
  readonly postgresVersion: string;
  readonly postmasterPid: number;
  /** bytes that PostgreSQL wrote to its log since it was made */
  readWalBytes(): Promise<number>;
}

/** A gateway of its own with one tenant, weighed while the stage is being set. */
export interface IdleGateway {
  readonly pid: number;
  /** epoch, ms */
  readonly startedAtMs: number;
}

export interface StageOptions {
  readonly oldDeliveries: number;
  readonly say: (line: string) => void;
  /** called once the idle gateway has idled, before the load begins */
  readonly onIdle: (idle: IdleGateway) => Promise<void>;
  readonly nodeArguments: readonly string[];
}

/** Sets the stage, runs `work`, and takes everything down again, whatever happens; interrupts included. */
export async function withStage<T>(
  options: StageOptions,
  work: (stage: BenchStage) => Promise<T>,
): Promise<T> {
  const undo: Undo = [];
  const signals = ['SIGINT', 'SIGTERM'] as const;
  let interrupt = () => {};
  const interrupted = new Promise<never>((_resolve, reject) => {
    interrupt = () => reject(new Error('interrupted'));
  });
  for (const signal of signals) process.once(signal, interrupt);
  try {
    return await Promise.race([setStage(options, undo).then(work), interrupted]);
  } finally {
    for (const step of undo.reverse()) await step();
    for (const signal of signals) process.off(signal, interrupt);
  }
}

type Undo = (() => unknown)[];

async function setStage(options: StageOptions, undo: Undo): Promise<BenchStage> {
  const { say } = options;
  const folder = await mkdtemp(join(tmpdir(), 'modular-gateway-bench-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));

  say('starting PostgreSQL with the durability of production');
  const server = createEmbeddedPostgres({ dataDir: embeddedPostgresDir(folder), logger: silentLogger });
  undo.push(() => server.stop());
  const { adminUrl } = await server.start();
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  undo.push(() => admin.end());
  const version = await admin.query<{ server_version: string }>('show server_version');

  const sinks = startProgram<SinkCalls>('sinks');
  undo.push(() => sinks.stop());
  const baselines = startProgram<BaselineCalls>('baselines');
  undo.push(() => baselines.stop());
  const load = startProgram<LoadCalls>('load');
  undo.push(() => load.stop());
  const { webhookPort, mailPort } = await sinks.call('listen');
  const baselinePort = await baselines.call('listen');

  say('registering tenants');
  const installation: GatewayInstallation = {
    folder,
    environment: { SYSTEM_SMTP_HOST: '127.0.0.1', SYSTEM_SMTP_PORT: String(mailPort) },
    nodeArguments: options.nodeArguments,
  };
  const systemUrl = withDatabase(adminUrl, 'modular_gateway');
  const tenant = async (customerId: string, ...settings: string[]) => {
    const made = await prepareTenant({ installation, adminUrl, systemUrl, customerId, settings });
    undo.push(() => made.stop());
    return made;
  };
  const webhookSettings = [
    'whatsapp_enabled=false',
    'email_enabled=false',
    'webhook_enabled=true',
    `webhook_url=http://127.0.0.1:${webhookPort}/hook`,
    'webhook_secret=whsec_YmVuY2htYXJrIHNlY3JldCBvZiAzMiBieXRlcyBsb25n',
    'allow_private_urls=true',
  ];
  const hooks = await tenant('HOOKS', ...webhookSettings);
  const history = await tenant('HISTORY', ...webhookSettings);
  const shortHistory = await tenant('SHORT', ...webhookSettings);
  const mails = await tenant(
    'MAILS',
    'whatsapp_enabled=false',
    'email_enabled=true',
    'webhook_enabled=false',
  );

  // Its own system database on the same server; PostgreSQL is not counted in either way.
  const idle = await startIdleGateway(folder, adminUrl, undo);
  say(`writing ${options.oldDeliveries.toLocaleString('en')} old deliveries while a gateway idles`);
  await fillHistory(history, options.oldDeliveries);
  await fillHistory(shortHistory, 1_000);
  await admin.query('create database bench_raw');
  const rawUrl = withDatabase(adminUrl, 'bench_raw');
  await makeRawTable(rawUrl);
  await admin.query('checkpoint');
  await options.onIdle(idle);
  await idle.stop();

  say('starting the gateway');
  const gateway = await startGateway(installation);
  undo.push(() => gateway.stop());
  return {
    gateway,
    installation,
    sinks,
    load,
    baselineOrigin: `http://127.0.0.1:${baselinePort}`,
    webhookPort,
    mailPort,
    hooks,
    history,
    shortHistory,
    mails,
    rawUrl,
    postgresVersion: version.rows[0]?.server_version ?? '?',
    postmasterPid: await readPostmasterPid(admin),
    readWalBytes: () => readWalBytes(admin),
  };
}

async function startIdleGateway(
  folder: string,
  adminUrl: string,
  undo: Undo,
): Promise<IdleGateway & { stop(): Promise<void> }> {
  const address = new URL(adminUrl);
  const installation: GatewayInstallation = {
    folder: join(folder, 'idle'),
    environment: {
      DB_HOST: address.hostname,
      DB_PORT: address.port,
      DB_USER: decodeURIComponent(address.username),
      DB_PASSWORD: decodeURIComponent(address.password),
      DB_NAME: 'bench_idle',
    },
  };
  await mkdir(installation.folder);
  const systemUrl = withDatabase(adminUrl, 'bench_idle');
  const tenant = await prepareTenant({
    installation,
    adminUrl,
    systemUrl,
    customerId: 'IDLE',
    settings: ['whatsapp_enabled=false'],
  });
  await tenant.stop();
  const gateway = await startGateway(installation);
  undo.push(() => gateway.stop());
  return { pid: gateway.pid, startedAtMs: Date.now(), stop: () => gateway.stop() };
}

/** The first line of the server's own file, which it reads to us. */
async function readPostmasterPid(admin: pg.Client): Promise<number> {
  const { rows } = await admin.query<{ text: string }>(`select pg_read_file('postmaster.pid') as text`);
  return Number(rows[0]?.text.split('\n')[0]);
}

async function readWalBytes(admin: pg.Client): Promise<number> {
  const { rows } = await admin.query<{ bytes: string }>(
    `select pg_current_wal_insert_lsn() - '0/0' as bytes`,
  );
  return Number(rows[0]?.bytes);
}

async function makeRawTable(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create table websocket_events (
    id serial primary key, customer_id varchar(50) not null, event_type varchar(100) not null,
    event_data jsonb not null, status varchar(20) default 'pending', created_at timestamp default now())`);
  await client.end();
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

const silentLogger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };
