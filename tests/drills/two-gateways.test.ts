import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import { startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { expectAllDelivered, expectNothingLeft } from './drill-office';
import { startEventLoad } from './event-load';
import { createInstallation, type Installation, type ServeProcess } from './serve-process';

/** Kills of one of the two; `npm run drill -- two-gateways` takes twenty. */
const rounds = Number(process.env['TWO_GATEWAYS_ROUNDS'] ?? 2);

let mail: MailCatcher;
let hook: WebhookReceiver;
let staying: TestGateway;
let tenant: TestTenant;
let installation: Installation;
let killed: ServeProcess;

beforeAll(async () => {
  [mail, hook] = await Promise.all([startMailCatcher(), startWebhookReceiver()]);
  const env = {
    GATEWAY_MASTER_KEY: 'shared-5b1f9ac2e7d34860',
    SYSTEM_SMTP_HOST: mail.host,
    SYSTEM_SMTP_PORT: String(mail.port),
  };
  staying = await startGateway({ env });
  tenant = await staying.addTenant({
    settings: {
      webhook_enabled: true,
      webhook_url: `${hook.origin}/hook`,
      first_retry_seconds: 0.5,
    },
  });
  const server = new URL(inject('postgresAdminUrl'));
  installation = await createInstallation({
    ...env,
    DB_HOST: server.hostname,
    DB_PORT: server.port,
    DB_USER: decodeURIComponent(server.username),
    DB_PASSWORD: decodeURIComponent(server.password),
    DB_NAME: staying.systemName,
    JWT_SECRET: 'test-9f2c7b1e5d8a4063',
  });
  killed = await installation.serve();
});
afterAll(async () => {
  await installation.remove();
  await staying.stop();
  await Promise.all([mail.stop(), hook.stop()]);
});

it(
  'one of two gateways is killed again and again: the other finishes what it was sending',
  async () => {
    let turn = 0;
    const load = startEventLoad({
      apiKey: tenant.apiKey,
      origin: () => ((turn += 1) % 2 === 0 ? staying.origin : killed.origin),
      concurrency: 8,
    });
    for (let round = 0; round < rounds; round += 1) {
      const before = load.acknowledged.size;
      await waitUntil(() => load.acknowledged.size >= before + 60, { what: 'load' });
      await sleep(Math.random() * 400);
      await killed.end('SIGKILL');
      const without = load.acknowledged.size;
      await waitUntil(() => load.acknowledged.size >= without + 30, { what: 'the other to go on alone' });
      killed = await installation.serve();
    }
    // Killed once more, and gone for good: what it had claimed is the other's.
    await killed.end('SIGKILL');
    await load.stop();
    expect(load.acknowledged.size).toBeGreaterThanOrEqual(rounds * 90);
    await expectAllDelivered({ mail, hook }, load.acknowledged);
    await expectNothingLeft(staying.origin, tenant.apiKey);
  },
  240_000 + rounds * 20_000,
);
