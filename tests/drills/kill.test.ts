import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import { waitUntil } from '../support/wait-until';
import { addressOf, startEventLoad } from './event-load';
import { createInstallation, type Installation, type ServeProcess } from './serve-process';

let mail: MailCatcher;
let hook: WebhookReceiver;
let installation: Installation;
let apiKey: string;
let databaseUrl: string;
let running: ServeProcess;

beforeAll(async () => {
  [mail, hook] = await Promise.all([startMailCatcher(), startWebhookReceiver()]);
  installation = await createInstallation({
    SYSTEM_SMTP_HOST: mail.host,
    SYSTEM_SMTP_PORT: String(mail.port),
  });
  const added = await installation.run<{ api_key: string; database_url: string }>('tenant', 'add', 'ACC001');
  apiKey = added.api_key;
  databaseUrl = added.database_url;
  await installation.run(
    'settings',
    'set',
    'ACC001',
    'webhook_enabled=true',
    `webhook_url=${hook.origin}/hook`,
    'allow_private_urls=true',
    'rate_limit_per_minute=10000000',
    'rate_limit_per_hour=10000000',
    // What a kill of the database interrupts is tried again soon.
    'first_retry_seconds=0.5',
  );
  running = await installation.serve();
});
afterAll(async () => {
  await installation.remove();
  await Promise.all([mail.stop(), hook.stop()]);
});

const mailedTo = () => new Set(mail.mails.flatMap((caught) => caught.to));
const numberOf = (body: Buffer) =>
  (JSON.parse(body.toString()) as { data: { invoice_id: number } }).data.invoice_id;

/** At least once, and a repeat can be told from a second message. */
async function expectAllDelivered(acknowledged: ReadonlySet<number>): Promise<void> {
  const missing = () => {
    const mailed = mailedTo();
    const hooked = new Set(hook.requests.map((request) => numberOf(request.body)));
    return [...acknowledged].filter((n) => !mailed.has(addressOf(n)) || !hooked.has(n));
  };
  await waitUntil(() => missing().length === 0, {
    what: 'everything acknowledged to be delivered',
    timeoutMs: 90_000,
    intervalMs: 200,
  }).catch(() => undefined);
  expect(missing()).toEqual([]);

  const idsByEvent = new Map<string, Set<string | undefined>>();
  const note = (key: string, id: string | undefined) => {
    idsByEvent.set(key, (idsByEvent.get(key) ?? new Set<string | undefined>()).add(id));
  };
  for (const caught of mail.mails) note(caught.to.join(), caught.parsed.messageId);
  for (const request of hook.requests)
    note(`webhook ${numberOf(request.body)}`, String(request.headers['webhook-id']));
  expect([...idsByEvent].filter(([, ids]) => ids.size !== 1 || ids.has(undefined))).toEqual([]);
  const allIds = [...idsByEvent.values()].flatMap((ids) => [...ids]);
  expect(new Set(allIds).size).toBe(allIds.length);
}

/** What the PHP client does while the gateway is away. */
async function insertRows(numbers: readonly number[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const n of numbers) {
      const data = { invoice_id: n, client_email: addressOf(n), invoice_number: `INV-${n}`, total_amount: n };
      await client.query(
        `insert into websocket_events (customer_id, event_type, event_data, status)
          values ('ACC001', 'invoice:sent', $1, 'pending')`,
        [JSON.stringify(data)],
      );
    }
  } finally {
    await client.end();
  }
}

async function expectNothingLeft(): Promise<void> {
  await waitUntil(
    async () => {
      const open = await Promise.all(
        ['pending', 'processing'].map(async (status) => {
          const response = await fetch(`${running.origin}/api/events?status=${status}`, {
            headers: { authorization: `Bearer ${apiKey}` },
          });
          return ((await response.json()) as { events: unknown[] }).events.length;
        }),
      );
      return open.every((count) => count === 0);
    },
    { what: 'all events to complete', intervalMs: 200 },
  );
  const failed = await fetch(`${running.origin}/api/deliveries?status=failed`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  expect(((await failed.json()) as { deliveries: unknown[] }).deliveries).toEqual([]);
}

it('kill -9 of the gateway at any moment loses nothing that was acknowledged', async () => {
  const load = startEventLoad({ apiKey, origin: () => running.origin, concurrency: 8 });
  const inserted = Array.from({ length: 25 }, (_, n) => 500_000 + n);
  for (let round = 0; round < 3; round += 1) {
    const before = load.acknowledged.size;
    await waitUntil(() => load.acknowledged.size >= before + 40, { what: 'load' });
    // The moment is left to chance; that some work is under way is not.
    await sleep(Math.random() * 400);
    await running.end('SIGKILL');
    if (round === 2) await insertRows(inserted);
    running = await installation.serve();
  }
  await load.stop();
  expect(load.acknowledged.size).toBeGreaterThanOrEqual(120);
  await expectAllDelivered(new Set([...load.acknowledged, ...inserted]));
  await expectNothingLeft();
}, 240_000);

it('kill -9 of the PostgreSQL server under load loses nothing that was acknowledged', async () => {
  mail.reset();
  hook.reset();
  const load = startEventLoad({
    apiKey,
    origin: () => running.origin,
    concurrency: 8,
    firstNumber: 1_000_000,
  });
  for (let round = 0; round < 2; round += 1) {
    const before = load.acknowledged.size;
    await waitUntil(() => load.acknowledged.size >= before + 60, { what: 'load' });
    await sleep(Math.random() * 300);
    process.kill(await installation.postmasterPid(), 'SIGKILL');
  }
  const before = load.acknowledged.size;
  await waitUntil(() => load.acknowledged.size >= before + 20, {
    what: 'events to be taken again by the same process',
  });
  await load.stop();
  expect(running.child.exitCode).toBeNull();
  await expectAllDelivered(load.acknowledged);
  await expectNothingLeft();
  expect((await fetch(`${running.origin}/health`)).status).toBe(200);
}, 240_000);

it('SIGTERM under load ends with exit code 0 within 10 s, and nothing is lost', async () => {
  mail.reset();
  hook.reset();
  const load = startEventLoad({
    apiKey,
    origin: () => running.origin,
    concurrency: 8,
    firstNumber: 2_000_000,
  });
  await waitUntil(() => load.acknowledged.size >= 60, { what: 'load' });
  const startedAt = performance.now();
  expect(await running.end('SIGTERM')).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  await load.stop();
  // The embedded server is stopped, too.
  await expect(installation.postmasterPid()).rejects.toThrow('ENOENT');
  running = await installation.serve();
  await expectAllDelivered(load.acknowledged);
  await expectNothingLeft();
});
