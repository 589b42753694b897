import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { isOperatorSetting, type TenantSettings } from '../../main/contracts/tenant-settings';
import { createApiKeys, type ApiKeys } from '../../main/gateway/auth/api-keys';
import type { Channel } from '../../main/gateway/channels/channel';
import { readConfig, type GatewayConfig } from '../../main/gateway/config/config';
import { createGateway, type Gateway } from '../../main/gateway/gateway';
import { createFileSecretStore } from '../../main/gateway/secrets/secret-store';
import type { Database } from '../../main/gateway/storage/database';
import { openDatabaseServer, openSystemDatabase } from '../../main/gateway/storage/system-database';
import { onlyValid } from '../../main/gateway/tenants/operator-settings';
import { createTenantRegistry, type TenantRegistry } from '../../main/gateway/tenants/tenant-registry';
import { callGateway, type Answer, type CallOptions } from './call-gateway';
import { createMemoryLogger } from './memory-logger';
import { copySystemTemplate } from './system-template';
import { waitUntil } from './wait-until';
import { watchSocket, type WatchedSocket } from './watch-socket';

export interface TestGatewayOptions {
  /** further environment variables; the server, the data folder and the port are set */
  readonly env?: Readonly<Record<string, string>>;
  /** of another server than the run's */
  readonly adminUrl?: string;
  /** ways out besides the gateway's own */
  readonly channels?: readonly Channel[];
  /** a second gateway on the first one's databases; give both the same GATEWAY_MASTER_KEY */
  readonly beside?: TestGateway;
  /** with a window, as the desktop app has it, instead of a console in browsers */
  readonly asDesktop?: boolean;
  /** what stands in settings.json at the start */
  readonly saved?: Readonly<Record<string, string>>;
}

/** A gateway in this process, on a data folder and a system database of its own, at a free port. */
export interface TestGateway {
  readonly origin: string;
  readonly port: number;
  readonly dataDir: string;
  readonly systemName: string;
  readonly config: GatewayConfig;
  readonly gateway: Gateway;
  /** what the command line does while the gateway runs: over connections of its own */
  readonly registry: TenantRegistry;
  readonly keys: ApiKeys;
  readonly system: Database;
  call<Body = Record<string, unknown>>(path: string, options?: CallOptions): Promise<Answer<Body>>;
  /** Registers a tenant and waits until the gateway serves it. */
  addTenant(options?: TestTenantOptions): Promise<TestTenant>;
  /** the lines of combined.log */
  readLog(): Promise<Record<string, unknown>[]>;
  /** Also drops the databases, unless another gateway is beside. */
  stop(): Promise<void>;
}

interface TestTenantOptions {
  readonly customerId?: string;
  readonly databaseUrl?: string;
  /** columns of its row of settings; private addresses are allowed and rates high unless told */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface TestTenant {
  readonly customerId: string;
  readonly apiKey: string;
  readonly databaseUrl: string;
  readonly settingsTable: string;
  /** plain SQL by a client that knows nothing of the gateway */
  sql<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<Row[]>;
  /** Changes settings, its own by SQL and the operator's as the console does, and waits until the gateway has read them. */
  set(settings: Readonly<Record<string, unknown>>): Promise<void>;
  get<Body = Record<string, unknown>>(path: string): Promise<Answer<Body>>;
  post<Body = Record<string, unknown>>(
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer<Body>>;
  token(userId?: string): Promise<string>;
  /** A connected socket; closed with the gateway. */
  watch(): Promise<WatchedSocket>;
}

/** Does nothing, and differs each time: so that a change that changes nothing else is seen to be in force, too. */
const markerSetting = 'whatsapp_api_key';

const testSettings = {
  allow_private_urls: true,
  rate_limit_per_minute: 1_000_000,
  rate_limit_per_hour: 1_000_000,
  rate_limit_user_per_minute: 1_000_000,
};

/** The body of an event that tells one client by email. */
export function invoiceEvent(data: Readonly<Record<string, unknown>> = {}, fields: object = {}) {
  return {
    event_type: 'invoice:sent',
    event_data: {
      invoice_id: 1042,
      client_email: 'client@example.com',
      invoice_number: 'INV-1042',
      total_amount: 1500,
      ...data,
    },
    ...fields,
  };
}

/** Required data only, and nobody in it to tell. */
export const quietEvent = {
  event_type: 'user:clockedIn',
  event_data: { user_id: 17, user_name: 'Sipho', clock_in_time: '2026-07-01 07:58:00' },
};

export async function startGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const { beside } = options;
  const admin = new URL(options.adminUrl ?? inject('postgresAdminUrl'));
  const systemName = beside?.systemName ?? `gateway_${randomBytes(8).toString('hex')}`;
  const dataDir = await mkdtemp(join(tmpdir(), 'modular-gateway-data-'));
  if (options.saved) {
    await writeFile(join(dataDir, 'settings.json'), JSON.stringify({ values: options.saved }));
  }
  const config = readConfig(
    {
      HOST: '127.0.0.1',
      PORT: '0',
      GATEWAY_DATA_DIR: dataDir,
      DB_HOST: admin.hostname,
      DB_PORT: admin.port,
      DB_USER: decodeURIComponent(admin.username),
      DB_PASSWORD: decodeURIComponent(admin.password),
      DB_NAME: systemName,
      JWT_SECRET: 'test-9f2c7b1e5d8a4063',
      ...options.env,
    },
    dataDir,
    undefined,
    options.asDesktop ? 'desktop' : 'headless',
  );
  const isNew = beside === undefined && options.env?.['DB_NAME'] === undefined;
  if (isNew && options.adminUrl === undefined) await copySystemTemplate(admin.href, systemName);
  const entryPoint = { kind: 'desktop', restart: () => Promise.resolve() } as const;
  const gateway = createGateway(config, {
    ...(options.asDesktop ? { entryPoint } : {}),
    channels: options.channels,
  });
  const stops: (() => Promise<void> | void)[] = [];
  const stopAll = async () => {
    for (const stop of stops.reverse()) await stop();
    stops.length = 0;
  };
  try {
    stops.push(() => gateway.stop());
    const { port } = await gateway.start();
    const origin = `http://127.0.0.1:${port}`;
    const logger = createMemoryLogger();
    const server = await openDatabaseServer(config, logger);
    const system = await openSystemDatabase({ url: server.systemUrl(), logger });
    stops.push(() => system.stop());
    const keys = createApiKeys({ system, logger });
    stops.push(() => keys.stop());
    const registry = createTenantRegistry({
      system,
      databases: server,
      template: config.tenantDatabaseTemplate,
      secrets: createFileSecretStore(config),
      logger,
    });
    const clients: pg.Client[] = [];
    stops.push(async () => {
      for (const client of clients) await client.end().catch(() => undefined);
    });
    const sockets: WatchedSocket[] = [];
    stops.push(() => {
      for (const socket of sockets) socket.close();
    });
    let tenantCount = 0;

    const test: TestGateway = {
      origin,
      port,
      dataDir,
      systemName,
      config,
      gateway,
      registry,
      keys,
      system,
      call: (path, callOptions) => callGateway(origin, path, callOptions),
      async addTenant({
        customerId = `ACC${String((tenantCount += 1)).padStart(3, '0')}`,
        databaseUrl,
        settings,
      } = {}) {
        const { tenant, apiKey } = await registry.add({ customerId, databaseUrl });
        const client = new pg.Client({ connectionString: tenant.databaseUrl });
        client.on('error', () => undefined);
        await client.connect();
        clients.push(client);
        const found = await client.query<{ name: string }>(
          `select coalesce(to_regclass('public.settings_email_whatsapp'), to_regclass('settings.settings_email_whatsapp'),
            to_regclass('settings.email_whatsapp'))::text as name`,
        );
        const settingsTable = found.rows[0]?.name ?? '';
        const made = makeTenant({
          customerId,
          apiKey,
          databaseUrl: tenant.databaseUrl,
          settingsTable,
          client,
        });
        await waitUntil(async () => (await made.get('/api/events')).status === 200, {
          what: `tenant ${customerId} to be served`,
        });
        await made.set({ ...testSettings, ...settings });
        return made;
      },
      async readLog() {
        gateway.logger.flush();
        const text = await readFile(join(dataDir, 'logs', 'combined.log'), 'utf8');
        return text
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Record<string, unknown>);
      },
      async stop() {
        const tenants = beside ? [] : await registry.list();
        sockets.forEach((socket) => socket.close());
        await gateway.stop();
        for (const { customerId } of tenants) {
          // An adopted database is its test's to drop.
          await registry.remove(customerId, { dropDatabase: true }).catch(() => undefined);
        }
        await stopAll();
        await rm(dataDir, { recursive: true, force: true });
        if (!beside) await dropSystemDatabase(admin.href, systemName);
      },
    };

    const makeTenant = (parts: {
      customerId: string;
      apiKey: string;
      databaseUrl: string;
      settingsTable: string;
      client: pg.Client;
    }): TestTenant => {
      const { customerId, apiKey, settingsTable, client } = parts;
      const authorization = { authorization: `Bearer ${apiKey}` };

      /** Waits for what `change` writes: the row as it stands then, and the operator's `decided` ones. */
      async function takesEffect(
        marker: string,
        decided: Readonly<Record<string, unknown>>,
        change: () => Promise<unknown>,
      ): Promise<void> {
        let inForce = false;
        const expected = Object.entries(onlyValid(decided)) as [keyof TenantSettings, unknown][];
        const unsubscribe = gateway.signals.on('tenant.settings', (changed) => {
          if (changed.customerId !== customerId) return;
          const { settings } = changed;
          inForce =
            settings[markerSetting] === marker && expected.every(([name, value]) => settings[name] === value);
        });
        try {
          await change();
          await waitUntil(() => inForce, { what: 'the settings to take effect' });
        } finally {
          unsubscribe();
        }
      }

      const tenant: TestTenant = {
        customerId,
        apiKey,
        databaseUrl: parts.databaseUrl,
        settingsTable,
        async sql<Row extends object>(text: string, values: readonly unknown[] = []) {
          return (await client.query<Row>(text, [...values])).rows;
        },
        async set(settings) {
          const marker = randomBytes(8).toString('hex');
          const entries = Object.entries(settings);
          const decided = Object.fromEntries(entries.filter(([name]) => isOperatorSetting(name)));
          const own = [
            ...entries.filter(([name]) => !isOperatorSetting(name)),
            [markerSetting, marker] as const,
          ];
          const columns = own.map(([name], index) => `${name} = $${index + 2}`).join(', ');
          await takesEffect(marker, decided, async () => {
            if (Object.keys(decided).length > 0) await registry.operatorSettings.write(customerId, decided);
            await client.query(`update ${settingsTable} set ${columns} where customer_id = $1`, [
              customerId,
              ...own.map(([, value]) => value),
            ]);
          });
        },
        get: (path) => test.call(path, { headers: authorization }),
        post: (path, body = {}, headers = {}) =>
          test.call(path, { method: 'POST', body, headers: { ...authorization, ...headers } }),
        async token(userId = '7') {
          const { body } = await tenant.post<{ token: string }>('/auth/token', {
            customer_id: customerId,
            user_id: userId,
            session_id: 'session-1',
          });
          return body.token;
        },
        async watch() {
          const socket = await watchSocket(origin, { token: await tenant.token() });
          sockets.push(socket);
          return socket;
        },
      };
      return tenant;
    };
    return test;
  } catch (thrown) {
    await stopAll();
    throw thrown;
  }
}

async function dropSystemDatabase(adminUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(`drop database if exists ${name} with (force)`);
  } finally {
    await client.end();
  }
}
