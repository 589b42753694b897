import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEmbeddedPostgres } from '../../main/gateway/storage/embedded/embedded-postgres';
import { embeddedPostgresDir } from '../../main/gateway/storage/system-database';
import type { BareWhatsAppCalls } from './bare-whatsapp';
import { benchEvent } from './bench-event';
import type { BenchRow } from './bench-table';
import { type BenchTenant, prepareTenant } from './bench-tenant';
import { startProgram } from './calls';
import { type GatewayInstallation, type GatewayProcess, startGateway } from './gateway-process';
import type { PhoneCalls } from './phones';

export interface WhatsAppPlan {
  readonly rounds: number;
  /** texts of one tenant in a round */
  readonly texts: number;
  /** documents in a round */
  readonly documents: number;
  /** how long gateways idle before they are weighed */
  readonly idleMs: number;
  /** arguments for the gateway's node */
  readonly nodeArguments: readonly string[];
}

/** What WhatsApp's server is said to take for an answer: a few network round trips. */
const distantAnswerMs = 100;
/** Texts are so much fewer in a round where each waits for that answer. */
const distantShare = 0.2;
const sessionCount = 5;
const documentBytes = 5 * 1024 * 1024;
const readyTimeoutMs = 60_000;
const fillBatch = 100;
/** Clients that are written to in turn; all known before anything is measured. */
const clients = Array.from({ length: 20 }, (_, index) => `2783${String(1_000_000 + index)}`);

interface Account {
  readonly tenant: BenchTenant;
  readonly number: string;
}

/**
 * WhatsApp through the simulator, pacing off, on a stage of its own: gateway, browsers, the simulator and
 * PostgreSQL share this machine, as do the bare loop's browser and the simulator.
 */
export async function measureWhatsApp(plan: WhatsAppPlan, say: (line: string) => void): Promise<BenchRow[]> {
  const undo: (() => unknown)[] = [];
  try {
    return await measure(plan, say, undo);
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

async function measure(
  plan: WhatsAppPlan,
  say: (line: string) => void,
  undo: (() => unknown)[],
): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'modular-gateway-bench-'));
  undo.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const server = createEmbeddedPostgres({ dataDir: embeddedPostgresDir(folder), logger: silentLogger });
  undo.push(() => server.stop());
  const { adminUrl } = await server.start();
  const phones = startProgram<PhoneCalls>('phones');
  undo.push(() => phones.stop());
  const bare = startProgram<BareWhatsAppCalls>('bare-whatsapp');
  undo.push(() => bare.stop());
  const browserArgs = await phones.call('browserArgs');
  const installation: GatewayInstallation = {
    folder,
    nodeArguments: plan.nodeArguments,
    environment: { WHATSAPP_BROWSER_ARGS: browserArgs.map((arg) => `"${arg}"`).join(' ') },
  };

  say('WhatsApp: registering tenants');
  const systemUrl = new URL(adminUrl);
  systemUrl.pathname = '/modular_gateway';
  const accounts: Account[] = [];
  for (let index = 0; index < sessionCount; index += 1) {
    const tenant = await prepareTenant({
      installation,
      adminUrl,
      systemUrl: systemUrl.href,
      customerId: `WHATSAPP${index + 1}`,
      settings: whatsappSettings,
    });
    undo.push(() => tenant.stop());
    accounts.push({ tenant, number: `2782111000${index + 1}` });
  }
  const [first, second] = accounts;
  if (!first || !second) throw new Error('two tenants at least');

  let gateway = await startGateway(installation);
  undo.push(() => gateway.stop());
  const restart = async () => {
    await gateway.stop();
    gateway = await startGateway(installation);
  };
  const pair = async ({ tenant, number }: Account) => {
    const path = `/whatsapp/qr/${tenant.customerId}`;
    const { qr_code: code } = await callGateway<{ qr_code: string }>(gateway, tenant, path);
    await phones.call('scan', { number, code });
    await untilReady(gateway, tenant);
  };

  await pair(first);
  await restart();
  await untilReady(gateway, first.tenant);
  say('WhatsApp: idling with one session');
  await sleep(plan.idleMs);
  const withOneSession = await pssMb(gateway.pid);

  say('WhatsApp: pairing');
  for (const account of accounts.slice(1)) await pair(account);
  const code = await bare.call('start', { folder, browserArgs });
  const bareReady = bare.call('untilReady');
  const bareNumber = '27821110099';
  await phones.call('scan', { number: bareNumber, code });
  await bareReady;
  undo.push(() => bare.call('close').catch(() => undefined));

  /** @returns texts a second, all tenants together, as the phones saw them */
  async function sendTexts(senders: readonly BenchTenant[], count: number): Promise<number> {
    for (const tenant of senders) {
      await tenant.setPaused(true);
      await fill(gateway, tenant, count);
    }
    await phones.call('reset');
    for (const tenant of senders) await tenant.setPaused(false);
    const rate = await phones.call('waitForRate', count * senders.length);
    for (const tenant of senders) {
      await untilSent(tenant, count);
      await tenant.clear();
    }
    return rate;
  }
  async function sendBareTexts(text: string, count: number): Promise<number> {
    await phones.call('reset');
    await bare.call('sendTexts', { chats: clients.map((client) => `${client}@c.us`), text, count });
    return phones.call('waitForRate', count);
  }

  const one: number[] = [];
  const both: number[] = [];
  const bareTexts: number[] = [];
  const distantOne: number[] = [];
  const distantBoth: number[] = [];
  const distantBare: number[] = [];
  const documents: number[] = [];
  const bareDocuments: number[] = [];
  for (const { tenant } of [first, second]) await sendTexts([tenant], clients.length);
  const text = await phones.call('lastText', first.number);
  await sendBareTexts(text, clients.length);
  for (let round = 0; round < plan.rounds; round += 1) {
    say(`WhatsApp: round ${round + 1} of ${plan.rounds}`);
    one.push(await sendTexts([first.tenant], plan.texts));
    bareTexts.push(await sendBareTexts(text, plan.texts));
    both.push(await sendTexts([first.tenant, second.tenant], plan.texts));
    const distantTexts = Math.ceil(plan.texts * distantShare);
    await phones.call('answerAfter', distantAnswerMs);
    distantOne.push(await sendTexts([first.tenant], distantTexts));
    distantBare.push(await sendBareTexts(text, distantTexts));
    distantBoth.push(await sendTexts([first.tenant, second.tenant], distantTexts));
    await phones.call('answerAfter', 0);
    documents.push(await sendDocuments(gateway, first.tenant, plan.documents));
    const chat = `${clients[0] ?? ''}@c.us`;
    bareDocuments.push(
      await bare.call('sendDocuments', { chat, bytes: documentBytes, count: plan.documents }),
    );
  }
  await bare.call('close');

  say('WhatsApp: restarting with five sessions');
  await gateway.stop();
  const stoppedAt = performance.now();
  gateway = await startGateway(installation);
  for (const { tenant } of accounts) await untilReady(gateway, tenant);
  const restoredMs = performance.now() - stoppedAt;
  await sleep(plan.idleMs);
  const withAllSessions = await pssMb(gateway.pid);

  return [
    {
      metric: 'WhatsApp texts of one tenant, pacing off',
      unit: 'texts/s',
      ours: one,
      baseline: { what: 'texts/s, bare sendMessage loop', values: bareTexts },
      target: { kind: 'ratio', value: 0.9 },
    },
    {
      metric: `WhatsApp texts of two tenants together, on ${cpus().length} cores`,
      unit: 'texts/s',
      ours: both,
      baseline: { what: 'texts/s, one tenant', values: one },
      target: { kind: 'ratio', value: 1.5 },
    },
    {
      metric: `WhatsApp texts of one tenant, WhatsApp's server answering after ${distantAnswerMs} ms`,
      unit: 'texts/s',
      ours: distantOne,
      baseline: { what: 'texts/s, bare sendMessage loop', values: distantBare },
      target: { kind: 'ratio', value: 0.9 },
    },
    {
      metric: `WhatsApp texts of two tenants together, its server answering after ${distantAnswerMs} ms`,
      unit: 'texts/s',
      ours: distantBoth,
      baseline: { what: 'texts/s, one tenant', values: distantOne },
      target: { kind: 'ratio', value: 1.5 },
    },
    {
      metric: 'WhatsApp documents of 5 MB, send-document → answer (≤ 1.2 × the time)',
      unit: 'documents/s',
      ours: documents,
      baseline: { what: 'documents/s, bare sendMessage loop', values: bareDocuments },
      target: { kind: 'ratio', value: 0.83 },
    },
    ...(withOneSession === undefined || withAllSessions === undefined
      ? []
      : [
          {
            metric: `gateway's PSS for each further idle WhatsApp session, outside the browser (of ${sessionCount})`,
            unit: 'MB',
            ours: [(withAllSessions - withOneSession) / (sessionCount - 1)],
            target: { kind: 'at most' as const, value: 10 },
          },
        ]),
    {
      metric: `gateway started → ${sessionCount} WhatsApp sessions ready, no scan`,
      unit: 's',
      ours: [restoredMs / 1000],
      target: undefined,
    },
  ];
}

const whatsappSettings = [
  'email_enabled=false',
  'webhook_enabled=false',
  'whatsapp_enabled=true',
  'whatsapp_min_gap_ms=0',
  'whatsapp_max_gap_ms=0',
  'whatsapp_new_contacts_per_day=0',
];

async function callGateway<T>(
  gateway: GatewayProcess,
  tenant: BenchTenant,
  path: string,
  body?: string,
): Promise<T> {
  const response = await fetch(`${gateway.origin}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${tenant.apiKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  if (response.status >= 300) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as T;
}

async function untilReady(gateway: GatewayProcess, tenant: BenchTenant): Promise<void> {
  const deadline = Date.now() + readyTimeoutMs;
  for (;;) {
    const path = `/whatsapp/status/${tenant.customerId}`;
    const { status } = await callGateway<{ status: string }>(gateway, tenant, path);
    if (status === 'ready') return;
    if (Date.now() > deadline) throw new Error(`WhatsApp of ${tenant.customerId} stays ${status}`);
    await sleep(25);
  }
}

async function fill(gateway: GatewayProcess, tenant: BenchTenant, count: number): Promise<void> {
  for (let from = 0; from < count; from += fillBatch) {
    const events = Array.from({ length: Math.min(fillBatch, count - from) }, (_, index) => ({
      ...benchEvent,
      event_data: {
        ...benchEvent.event_data,
        client_phone: `+${clients[(from + index) % clients.length] ?? ''}`,
      },
    }));
    await callGateway(gateway, tenant, '/api/events/batch', JSON.stringify({ events }));
  }
}

/** @throws Error when one has an outcome other than sent; then the figures mean nothing */
async function untilSent(tenant: BenchTenant, count: number): Promise<void> {
  await tenant.waitUntilSettled();
  const { rows } = await tenant.db.query<{ count: string }>(
    `select count(*) from message_deliveries where status in ('sent', 'delivered', 'read')`,
  );
  const sent = Number(rows[0]?.count);
  if (sent !== count) throw new Error(`${sent} of ${count} WhatsApp messages of ${tenant.customerId} left`);
}

/** @returns documents a second; the whole call counts, intake and database included */
async function sendDocuments(gateway: GatewayProcess, tenant: BenchTenant, count: number): Promise<number> {
  const body = JSON.stringify({
    recipient: `+${clients[0] ?? ''}`,
    filename: 'document.pdf',
    document_base64: randomBytes(documentBytes).toString('base64'),
  });
  const startedAt = performance.now();
  for (let index = 0; index < count; index += 1) {
    await callGateway(gateway, tenant, `/whatsapp/send-document/${tenant.customerId}`, body);
  }
  const rate = (count / (performance.now() - startedAt)) * 1000;
  await untilSent(tenant, count);
  await tenant.clear();
  return rate;
}

/** Linux only: elsewhere there is no such row. */
async function pssMb(pid: number): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1]) / 1024;
}

const silentLogger = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };
