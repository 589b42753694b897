import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import { quietEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';

/** The database login that the customer's own application has, in the hands of somebody else. */

let gateway: TestGateway;
let tenant: TestTenant;
let receiver: WebhookReceiver;

beforeAll(async () => {
  [gateway, receiver] = await Promise.all([startGateway(), startWebhookReceiver()]);
  tenant = await gateway.addTenant({ settings: { allow_private_urls: false, rate_limit_per_minute: 3 } });
});
afterAll(async () => {
  await gateway.stop();
  await receiver.stop();
});

describe('what protects others', () => {
  test('is not changed by columns of its names, old or new', async () => {
    for (const column of ['allow_private_urls', 'rate_limit_per_minute', 'smtp_allow_plaintext_login']) {
      const type = column.startsWith('rate') ? 'integer' : 'boolean';
      await tenant.sql(`alter table ${tenant.settingsTable} add column if not exists ${column} ${type}`);
    }
    await tenant.sql(
      `update ${tenant.settingsTable} set allow_private_urls = true, smtp_allow_plaintext_login = true,
         rate_limit_per_minute = 1000000`,
    );
    await tenant.set({ webhook_enabled: true, webhook_url: `${receiver.origin}/private` });
    const { body: posted } = await tenant.post<{ event_id: string }>('/api/events', quietEvent);
    const delivery = await waitUntil(
      async () => {
        const [row] = await tenant.sql<{ status: string; error_code: string | null }>(
          'select status, error_code from message_deliveries where event_id = $1 and error_code is not null',
          [posted.event_id],
        );
        return row;
      },
      { what: 'the private address to be refused' },
    );
    expect(delivery.error_code).toBe('private_address_refused');
    expect(receiver.count).toBe(0);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => tenant.post('/api/events', quietEvent)),
    );
    expect(answers.some(({ status }) => status === 429)).toBe(true);
  });
});

describe('that login', () => {
  test('may open a share of the connections, and the rest stays for the others', async () => {
    const [limits] = await tenant.sql<{ own: number; all: number }>(
      `select rolconnlimit as own, current_setting('max_connections')::integer as all
         from pg_roles where rolname = current_user`,
    );
    expect(limits!.own).toBeGreaterThan(0);
    expect(limits!.own).toBeLessThanOrEqual(limits!.all / 2);
    const held: pg.Client[] = [];
    try {
      let refusal: unknown;
      for (let opened = 0; opened <= limits!.own && refusal === undefined; opened += 1) {
        const client = new pg.Client(tenant.databaseUrl);
        client.on('error', () => undefined);
        await client.connect().then(
          () => held.push(client),
          (thrown: unknown) => (refusal = thrown),
        );
      }
      // 53300: too_many_connections
      expect(refusal).toMatchObject({ code: '53300' });
      // Another customer comes and is served meanwhile.
      const other = await gateway.addTenant();
      expect((await other.post('/api/events', quietEvent)).status).toBe(202);
    } finally {
      await Promise.all(held.map((client) => client.end()));
    }
  });

  test.each([
    ["another tenant's database", (other: TestTenant) => new URL(other.databaseUrl).pathname],
    ["the gateway's own", () => `/${gateway.systemName}`],
  ])('does not get into %s', async (_what, pathOf) => {
    const url = new URL(tenant.databaseUrl);
    url.pathname = pathOf(await gateway.addTenant());
    const client = new pg.Client(url.href);
    const failure: unknown = await client.connect().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    await client.end().catch(() => undefined);

    expect(failure).toMatchObject({ code: '42501' });
  });

  test.each([
    ['read files', `select pg_read_file('/etc/passwd')`],
    ['run programs', `copy (select 1) to program 'id'`],
    ['make roles', 'create role intruder superuser'],
    ['make databases', 'create database intruder'],
    ['lift its own limit', 'alter role current_user connection limit -1'],
  ])('does not %s', async (_what, text) => {
    await expect(tenant.sql(text)).rejects.toMatchObject({ code: '42501' });
  });
});
