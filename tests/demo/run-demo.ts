import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startMailCatcher } from '../simulators/mail-catcher';
import { startWebhookReceiver } from '../simulators/webhook-receiver';
import { createWhatsAppSimulator } from '../simulators/whatsapp-web/create-whatsapp-simulator';
import { openDemoDatabase } from './demo-database';
import { type DemoGatewayOptions, runCommand, startDemoGateway } from './demo-gateway';
import { serveDemoPages } from './demo-pages';
import { createDemoPhone } from './demo-phone';
import { createGatewayClient, type GatewayClient } from './gateway-client';
import { readCall, type ReceivedCall } from './received-calls';
import { busyMailbox, makeSampleEvents } from './sample-events';

const customerId = 'DEMO';
/** between two events, ms: a person can follow; DEMO_PACE_MS is for the demo's own test */
const paceMs = Number(process.env['DEMO_PACE_MS'] ?? 4_000);
const day = 24 * 3_600_000;

interface Running {
  readonly gateway: GatewayClient;
  readonly isGone: Promise<unknown>;
  readonly makeMailboxBusy: () => void;
}

/** @returns the exit code: 0 ended by the person, 1 something did not start */
export async function runDemo(): Promise<number> {
  const undo: (() => unknown)[] = [];
  const life = new AbortController();
  const end = () => life.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  const asked = new Promise<void>((resolve) => {
    life.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    const running = await Promise.race([startEverything(undo, life.signal), asked]);
    if (running) await Promise.race([sendEvents(running, life.signal), running.isGone, asked]);
    return 0;
  } catch (thrown) {
    if (life.signal.aborted) return 0;
    process.stderr.write(`demo: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    return 1;
  } finally {
    life.abort();
    process.stdout.write('\nEnding …\n');
    for (const step of undo.reverse()) await step();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, end);
    process.stdout.write('Ended. Nothing is left behind.\n');
  }
}

async function startEverything(undo: (() => unknown)[], signal: AbortSignal): Promise<Running> {
  process.stdout.write('Starting the demo: a gateway with its database, and what it talks to …\n');
  const folder = await mkdtemp(join(tmpdir(), 'modular-gateway-demo-'));
  undo.push(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }));
  const webhookSecret = `whsec_${randomBytes(24).toString('base64')}`;
  const calls: ReceivedCall[] = [];
  const mail = await startMailCatcher();
  undo.push(() => mail.stop());
  const receiver = await startWebhookReceiver({
    onRequest: (request) => calls.push(readCall(request, calls.length + 1, webhookSecret)),
  });
  undo.push(() => receiver.stop());
  const simulator = await createWhatsAppSimulator();
  undo.push(() => simulator.stop());

  const options: DemoGatewayOptions = {
    folder,
    environment: {
      // The commands and the gateway keep secrets alike, whichever entry point starts.
      GATEWAY_MASTER_KEY: randomBytes(32).toString('hex'),
      SYSTEM_SMTP_HOST: mail.host,
      SYSTEM_SMTP_PORT: String(mail.port),
      SYSTEM_SMTP_FROM_EMAIL: 'office@demo-traders.example',
      SYSTEM_SMTP_FROM_NAME: 'Demo Traders',
      WHATSAPP_BROWSER_ARGS: simulator.browserArgs.map((argument) => `"${argument}"`).join(' '),
      WHATSAPP_SESSION_TIMEOUT: String(day),
    },
  };
  const database = await openDemoDatabase(options, (stop) => undo.push(stop));
  signal.throwIfAborted();
  const added = await runCommand<{ api_key: string }>(
    options,
    signal,
    ...['tenant', 'add', customerId, '--name', 'Demo Traders'],
  );
  signal.throwIfAborted();
  await runCommand(
    options,
    signal,
    'settings',
    'set',
    customerId,
    ...settings(receiver.origin, webhookSecret),
  );
  await database.skipFirstSteps();
  signal.throwIfAborted();
  const started = await startDemoGateway(options, (stop) => undo.push(stop));
  const gateway = createGatewayClient({ origin: started.origin, customerId, apiKey: added.api_key });
  const phone = createDemoPhone(simulator, gateway);
  const pages = await serveDemoPages({
    mail,
    calls,
    phone,
    gateway,
    gatewayOrigin: started.origin,
    consoleUrl: started.consoleUrl,
  });
  undo.push(() => pages.stop());
  printAddresses(pages.origin, started.consoleUrl, started.origin);
  // The code is on the phone's page when somebody looks; without a browser the page says why there is none.
  void gateway.askForCode().catch((thrown: unknown) => {
    if (!signal.aborted)
      process.stdout.write(`WhatsApp: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  });
  return {
    gateway,
    isGone: started.ended,
    makeMailboxBusy() {
      const text = 'Mailbox busy, try again in a moment';
      mail.behave({ stage: 'rcpt', recipient: busyMailbox.email, times: 1, code: 451, text });
    },
  };
}

function settings(receiverOrigin: string, webhookSecret: string): string[] {
  return [
    'email_enabled=true',
    'whatsapp_enabled=true',
    'webhook_enabled=true',
    `webhook_url=${receiverOrigin}/hook`,
    `webhook_secret=${webhookSecret}`,
    'allow_private_urls=true',
    'first_retry_seconds=5',
    'whatsapp_min_gap_ms=400',
    'whatsapp_max_gap_ms=1200',
  ];
}

function printAddresses(origin: string, consoleUrl: string | undefined, gatewayOrigin: string): void {
  const lines = [
    ['Demo', origin],
    ['Console', consoleUrl === undefined ? 'in its own window' : `${consoleUrl}  (signs in once)`],
    ['Mails', `${origin}/mails`],
    ['Webhooks', `${origin}/webhooks`],
    ['Phone', `${origin}/phone  (press “Scan the code”)`],
    ['Gateway', `${gatewayOrigin}/docs`],
  ] as const;
  const width = Math.max(...lines.map(([name]) => name.length));
  const list = lines.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
  process.stdout.write(`\n${list}\n\nAn event every few seconds. Ctrl-C ends everything.\n\n`);
}

/** Events of all eleven types, round after round, until the demo ends. */
async function sendEvents({ gateway, makeMailboxBusy }: Running, signal: AbortSignal): Promise<void> {
  for (let round = 0; ; round += 1) {
    for (const event of makeSampleEvents(round, new Date())) {
      if (event.event_type === 'refund:created') makeMailboxBusy();
      await gateway.sendEvent(event);
      process.stdout.write(`  ${new Date().toLocaleTimeString('en-GB')}  ${event.event_type}\n`);
      await sleep(paceMs, undefined, { signal });
    }
  }
}
