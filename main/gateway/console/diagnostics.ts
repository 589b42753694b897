import { createWriteStream } from 'node:fs';
import { cpus, freemem, homedir, hostname, loadavg, release, totalmem, uptime, userInfo } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { channelNames } from '../../contracts/statuses';
import { withTimeout } from '../concurrency/with-timeout';
import { errorText } from '../errors';
import type { LiveTenant } from '../live-tenant';
import { gatewayVersion } from '../version';
import { numberOf } from '../whatsapp/office-number';
import type { ConsoleParts } from './console-parts';
import { describeSettings, layersInForce } from './describe-settings';
import { createDiskWatch } from './disk-watch';
import type { OperationRun } from './operations';
import { redactLogLine, redactText, type KnownWords } from './redact-log-line';

type Parts = Pick<
  ConsoleParts,
  | 'config'
  | 'entryPoint'
  | 'startedAt'
  | 'port'
  | 'tls'
  | 'tenants'
  | 'registry'
  | 'sessions'
  | 'savedSettings'
  | 'pageOrigins'
  | 'hasBrowser'
  | 'overview'
  | 'logs'
>;

const logLines = 5_000;
const askTenantWithinMs = 3_000;

/** Settings whose values say nothing of whom or where; of the others only whether they are set. */
const shownValues = new Set([
  'PORT',
  'TLS',
  'DB_PORT',
  'SYSTEM_SMTP_PORT',
  'SYSTEM_SMTP_SECURE',
  'WHATSAPP_SESSION_TIMEOUT',
  'WHATSAPP_OFFICE_CONTACTS_PER_DAY',
  'LOG_LEVEL',
]);

/**
 * A zip to send along with a question: versions, settings, counts and the log. Tenants are numbered, people and
 * places are left out, and there is nothing secret and no message in it.
 * @returns its path
 */
export async function createDiagnostics(parts: Parts, run: OperationRun): Promise<string> {
  const registered = await parts.registry.list();
  const known = listKnownWords(parts, registered);
  const files: Record<string, string> = {
    'README.txt': [
      'Diagnostics of Modular Gateway.',
      'Tenants are numbered. Addresses, names, phone numbers, messages and secrets are left out.',
      '',
    ].join('\n'),
    'gateway.json': toJson(await describeGateway(parts)),
    'settings.json': toJson(listSettings(parts)),
    'tenants.json': toJson(
      await Promise.all(
        registered.map(async (tenant, index) => ({
          tenant: `tenant-${index + 1}`,
          paused: tenant.paused,
          ...(await describeTenant(parts, tenant.customerId, known)),
        })),
      ),
    ),
    'log.txt': `${parts.logs
      .tail(logLines)
      .reverse()
      .map(({ line }) => redactLogLine(line, known))
      .join('\n')}\n`,
  };
  run.signal.throwIfAborted();
  const path = await run.file(`modular-gateway-diagnostics-${new Date().toISOString().slice(0, 10)}.zip`);
  const zip = new ZipFile();
  const names = Object.keys(files);
  for (const name of names) zip.addBuffer(Buffer.from(files[name] ?? ''), name);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path, { mode: 0o600 }));
  run.progress(names.length, names.length);
  return path;
}

const toJson = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

function listKnownWords(
  { config }: Parts,
  tenants: readonly { readonly customerId: string; readonly name: string }[],
): KnownWords {
  const words: [string, string][] = [
    [config.dataDir, '<data>'],
    [homedir(), '<home>'],
    [hostname(), '<host>'],
    [userInfo().username, '<user>'],
    ...tenants.flatMap(({ customerId, name }, index): [string, string][] => [
      [customerId, `tenant-${index + 1}`],
      [name, `tenant-${index + 1}`],
    ]),
  ];
  // A word of a letter or two would be found everywhere; the longest first, for one may hold another.
  return words.filter(([word]) => word.length > 2).sort(([a], [b]) => b.length - a.length);
}

async function describeGateway(parts: Parts): Promise<Record<string, unknown>> {
  const disk = await createDiskWatch(parts.config.dataDir)();
  const attention = await parts.overview.attention();
  return {
    version: gatewayVersion,
    entryPoint: parts.entryPoint.kind,
    started_at: parts.startedAt.toISOString(),
    port: parts.port(),
    tls: parts.tls?.kind ?? 'off',
    database: parts.config.database.kind,
    has_browser: parts.hasBrowser(),
    versions: process.versions,
    platform: process.platform,
    arch: process.arch,
    os_release: release(),
    os_uptime_s: Math.round(uptime()),
    cpus: cpus().length,
    cpu: cpus()[0]?.model ?? '',
    load: loadavg(),
    memory: { ...process.memoryUsage(), total: totalmem(), free: freemem() },
    disk_free_bytes: disk?.freeBytes ?? null,
    attention: attention.map(({ kind, severity, channel, count, since }) => ({
      kind,
      severity,
      channel,
      count,
      since,
    })),
  };
}

function listSettings(parts: Parts) {
  return describeSettings(layersInForce(parts), parts.savedSettings.read().values).map((variable) => ({
    name: variable.name,
    set: variable.isSet,
    source: variable.source,
    pending: variable.pending,
    ...(shownValues.has(variable.name) && !variable.secret ? { value: variable.value } : {}),
  }));
}

async function describeTenant(
  parts: Parts,
  customerId: string,
  known: KnownWords,
): Promise<Record<string, unknown>> {
  const live = parts.tenants.find(customerId);
  if (!live) {
    return { open: false, problem: redactText(parts.tenants.problemOf(customerId) ?? '', known) };
  }
  const { settings } = live;
  const session = parts.sessions.peek(customerId);
  return {
    open: true,
    channels: {
      email: settings.email_enabled,
      email_account: settings.use_customer_smtp ? 'own' : 'system',
      whatsapp: settings.whatsapp_enabled,
      webhook: settings.webhook_enabled,
    },
    whatsapp: session && {
      number: numberOf(parts.sessions, live),
      status: session.status,
      paired: session.isPaired,
      gave_up: session.waitsForPerson,
    },
    lanes: Object.fromEntries(live.worker.lanes()),
    ...(await countTenant(parts, live).catch((thrown: unknown) => ({
      problem: redactText(errorText(thrown), known),
    }))),
  };
}

async function countTenant({ overview }: Parts, live: LiveTenant): Promise<Record<string, unknown>> {
  const [database, { channels, lastEventAt }] = await withTimeout(
    Promise.all([live.counter.describeDatabase(), overview.get(live.customerId)]),
    askTenantWithinMs,
  );
  return {
    database,
    last_event_at: lastEventAt,
    queues: Object.fromEntries(
      channelNames.map((name) => [name, channels.find(({ channel }) => channel === name)]),
    ),
  };
}
