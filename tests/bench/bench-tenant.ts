import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type GatewayInstallation, runCommand } from './gateway-process';

/** A tenant of the benchmark, with a look into its database. */
export interface BenchTenant {
  readonly customerId: string;
  readonly apiKey: string;
  readonly db: pg.Client;
  /** While it is paused, events are stored and planned but nothing leaves. */
  setPaused(paused: boolean): Promise<void>;
  /** deliveries that are not out yet */
  countWaiting(): Promise<number>;
  /** Waits until every delivery is out and recorded. @throws Error when some are not within two minutes */
  waitUntilSettled(): Promise<void>;
  /** @throws Error when a delivery has an outcome other than `sent` or still waits; then the figures mean nothing */
  expectAllSent(): Promise<number>;
  /** Removes what the measurement left behind; old deliveries stay. */
  clear(): Promise<void>;
  /** Rows up to here are old deliveries. */
  keepUpTo(ids: { readonly event: number; readonly delivery: number }): void;
  stop(): Promise<void>;
}

/** A pause travels by NOTIFY and a look at the tenants' table. */
const pauseTravelsMs = 400;

export async function prepareTenant(options: {
  readonly installation: GatewayInstallation;
  readonly adminUrl: string;
  readonly systemUrl: string;
  readonly customerId: string;
  readonly settings: readonly string[];
}): Promise<BenchTenant> {
  const { installation, customerId } = options;
  const added = await runCommand<{ api_key: string; database_url: string }>(
    installation,
    'tenant',
    'add',
    customerId,
  );
  await runCommand(
    installation,
    'settings',
    'set',
    customerId,
    'rate_limit_per_minute=10000000',
    'rate_limit_per_hour=100000000',
    ...options.settings,
  );
  const database = new URL(options.adminUrl);
  database.pathname = new URL(added.database_url).pathname;
  const db = new pg.Client({ connectionString: database.href });
  await db.connect();
  const system = new pg.Client({ connectionString: options.systemUrl });
  await system.connect();
  let kept = { event: 0, delivery: 0 };

  async function count(condition: string): Promise<number> {
    const { rows } = await db.query<{ count: string }>(
      `select count(*) from message_deliveries where id > ${kept.delivery} and ${condition}`,
    );
    return Number(rows[0]?.count);
  }

  const tenant: BenchTenant = {
    customerId,
    apiKey: added.api_key,
    db,
    async setPaused(paused) {
      await system.query('update tenants set paused = $2 where customer_id = $1', [customerId, paused]);
      if (paused) await sleep(pauseTravelsMs);
    },
    countWaiting: () => count(`status in ('pending', 'sending')`),
    async waitUntilSettled() {
      const deadline = Date.now() + 120_000;
      while ((await tenant.countWaiting()) > 0) {
        if (Date.now() > deadline) throw new Error(`deliveries of ${customerId} do not get done`);
        await sleep(50);
      }
    },
    async expectAllSent() {
      await tenant.waitUntilSettled();
      const others = await count(`status <> 'sent'`);
      if (others > 0) throw new Error(`${others} deliveries of ${customerId} did not go out`);
      return count('true');
    },
    async clear() {
      if (kept.delivery === 0) {
        await db.query('truncate websocket_events, message_deliveries, delivery_attempts');
        return;
      }
      await db.query(`delete from delivery_attempts where delivery_id > ${kept.delivery}`);
      await db.query(`delete from message_deliveries where id > ${kept.delivery}`);
      await db.query(`delete from websocket_events where id > ${kept.event}`);
      for (const table of ['delivery_attempts', 'message_deliveries', 'websocket_events']) {
        await db.query(`vacuum ${table}`);
      }
    },
    keepUpTo(ids) {
      kept = ids;
    },
    async stop() {
      await db.end();
      await system.end();
    },
  };
  return tenant;
}
