import { expect } from 'vitest';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import { waitUntil } from '../support/wait-until';
import { addressOf } from './event-load';
import { createInstallation, type Installation } from './serve-process';

/** An installation as it ships, with one tenant that mails and posts webhooks, and what it sends to. */
export interface DrillOffice {
  readonly mail: MailCatcher;
  readonly hook: WebhookReceiver;
  readonly installation: Installation;
  readonly apiKey: string;
  readonly databaseUrl: string;
  stop(): Promise<void>;
}

export async function openDrillOffice(env: Readonly<Record<string, string>> = {}): Promise<DrillOffice> {
  const [mail, hook] = await Promise.all([startMailCatcher(), startWebhookReceiver()]);
  const installation = await createInstallation({
    SYSTEM_SMTP_HOST: mail.host,
    SYSTEM_SMTP_PORT: String(mail.port),
    ...env,
  });
  const added = await installation.run<{ api_key: string; database_url: string }>('tenant', 'add', 'ACC001');
  await installation.run(
    'settings',
    'set',
    'ACC001',
    'webhook_enabled=true',
    `webhook_url=${hook.origin}/hook`,
    'allow_private_urls=true',
    'rate_limit_per_minute=10000000',
    'rate_limit_per_hour=10000000',
    // What a drill interrupts is tried again soon.
    'first_retry_seconds=0.5',
  );
  return {
    mail,
    hook,
    installation,
    apiKey: added.api_key,
    databaseUrl: added.database_url,
    async stop() {
      await installation.remove();
      await Promise.all([mail.stop(), hook.stop()]);
    },
  };
}

const numberOf = (body: Buffer) =>
  (JSON.parse(body.toString()) as { data: { invoice_id: number } }).data.invoice_id;

/** At least once by email and by webhook, and a repeat can be told from a second message. Prints the counts. */
export async function expectAllDelivered(
  { mail, hook }: Pick<DrillOffice, 'mail' | 'hook'>,
  acknowledged: ReadonlySet<number>,
): Promise<void> {
  const missing = () => {
    const mailed = new Set(mail.mails.flatMap((caught) => caught.to));
    const hooked = new Set(hook.requests.map((request) => numberOf(request.body)));
    return [...acknowledged].filter((n) => !mailed.has(addressOf(n)) || !hooked.has(n));
  };
  await waitUntil(() => missing().length === 0, {
    what: 'everything acknowledged to be delivered',
    timeoutMs: 90_000,
    intervalMs: 200,
  }).catch(() => undefined);
  console.log(
    `${acknowledged.size} events acknowledged; ${mail.mails.length} mails and ${hook.requests.length} webhooks received, ` +
      `${missing().length} missing.`,
  );
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

/** Nothing waits any more, and nothing was given up. */
export async function expectNothingLeft(origin: string, apiKey: string): Promise<void> {
  const headers = { authorization: `Bearer ${apiKey}` };
  await waitUntil(
    async () => {
      const open = await Promise.all(
        ['pending', 'processing'].map(async (status) => {
          const response = await fetch(`${origin}/api/events?status=${status}`, { headers });
          return ((await response.json()) as { events: unknown[] }).events.length;
        }),
      );
      return open.every((count) => count === 0);
    },
    { what: 'all events to complete', intervalMs: 200 },
  );
  const failed = await fetch(`${origin}/api/deliveries?status=failed`, { headers });
  expect(((await failed.json()) as { deliveries: unknown[] }).deliveries).toEqual([]);
}
