import type { Attention } from '../../contracts/console/overview-calls';
import { officeId } from '../../contracts/office-number';
import { channelNames } from '../../contracts/statuses';
import { withTimeout } from '../concurrency/with-timeout';
import { errorText } from '../errors';
import { describeUntakable, type UntakableRows } from '../events/describe-untakable';
import type { LiveTenant } from '../live-tenant';
import { numberOf } from '../whatsapp/office-number';
import type { ConsoleParts } from './console-parts';
import { layersInForce, needsRestart } from './describe-settings';
import type { DiskSpace } from './disk-watch';
import type { TenantFigures } from './overview-counter';

type Parts = Pick<
  ConsoleParts,
  | 'config'
  | 'port'
  | 'tenants'
  | 'sessions'
  | 'mailSender'
  | 'logsInPlainly'
  | 'hasBrowser'
  | 'savedSettings'
  | 'webhookOffReason'
  | 'bounceProblem'
  | 'databaseMoved'
  | 'connections'
  | 'pageOrigins'
>;
type SessionState = Awaited<ReturnType<ConsoleParts['sessions']['status']>>;

/** What is known of one tenant at this moment. */
export interface TenantSnapshot {
  readonly tenant: LiveTenant;
  /** the error where its database does not answer */
  readonly figures: TenantFigures | { readonly error: unknown };
}

const askSessionWithinMs = 2_000;

/** What needs a person, of the whole gateway. */
export async function findAttention(
  parts: Parts,
  sights: readonly TenantSnapshot[],
  disk: DiskSpace | undefined,
): Promise<Attention[]> {
  const ofTenants = await Promise.all(sights.map((sight) => findOfTenant(parts, sight)));
  const away = parts.tenants.away().map(({ customerId, name, problem, since }) =>
    attention('tenant_database_away', 'error', {
      customerId,
      tenantName: name,
      since: since.toISOString(),
      detail: problem,
    }),
  );
  const found = [
    ...findOfGateway(parts, disk),
    ...(await findOfOffice(parts, sights)),
    ...away,
    ...ofTenants.flat(),
  ];
  // WhatsApp is on for every tenant at first: a browser is missed where somebody wants to send by it.
  const wantsBrowser = found.some(({ kind }) => kind === 'whatsapp_scan' || kind === 'whatsapp_failed');
  return wantsBrowser && !parts.hasBrowser()
    ? [attention('browser_missing', 'error', { channel: 'whatsapp' }), ...found]
    : found;
}

function findOfGateway(parts: Parts, disk: DiskSpace | undefined): Attention[] {
  const { config, port, savedSettings, databaseMoved, pageOrigins } = parts;
  const found: Attention[] = [];
  if (disk?.isLow) {
    found.push(
      attention('disk_full', 'error', { detail: `${Math.floor(disk.freeBytes / 1024 ** 2)} MB are free.` }),
    );
  }
  if (config.port !== 0 && port() !== config.port) {
    found.push(
      attention('port_moved', 'warning', { detail: `Port ${config.port} was taken; this is ${port()}.` }),
    );
  }
  if (databaseMoved !== undefined) {
    found.push(attention('database_moved', 'warning', { detail: databaseMoved }));
  }
  const connections = parts.connections();
  if (connections?.isFull) {
    found.push(attention('connections_short', 'error', { detail: connections.message }));
  }
  for (const { origin, address, at } of pageOrigins.refused()) {
    found.push(
      attention('origin_refused', 'warning', {
        subject: origin,
        since: at.toISOString(),
        detail: `Asked by a browser at ${address}.`,
      }),
    );
  }
  if (needsRestart(layersInForce(parts), savedSettings.read().values)) {
    found.push(attention('restart_needed', 'warning', {}));
  }
  return found;
}

/** Once, however many tenants send by it. */
async function findOfOffice(parts: Parts, sights: readonly TenantSnapshot[]): Promise<Attention[]> {
  const senders = sights.filter(
    ({ tenant }) => tenant.settings.whatsapp_enabled && numberOf(parts.sessions, tenant) === 'office',
  );
  if (senders.length === 0) return [];
  const waiting = senders.reduce(
    (sum, { figures }) =>
      'error' in figures ? sum : sum + figures.channels.whatsapp.waiting + figures.channels.whatsapp.held,
    0,
  );
  return findOfSession(parts, officeId, waiting, {});
}

async function findOfSession(
  { sessions }: Parts,
  session: string,
  waiting: number,
  whose: Partial<Pick<Attention, 'customerId' | 'tenantName'>>,
): Promise<Attention[]> {
  const state = await withTimeout(sessions.status(session), askSessionWithinMs).catch(() => undefined);
  const kind = state && findWhatsAppTrouble(state, waiting > 0);
  if (!kind) return [];
  const since = state.since.toISOString();
  return [
    attention(kind, 'error', {
      ...whose,
      channel: 'whatsapp',
      count: waiting,
      since,
      detail: state.error ?? null,
    }),
  ];
}

async function findOfTenant(parts: Parts, { tenant, figures }: TenantSnapshot): Promise<Attention[]> {
  const { customerId } = tenant;
  const whose = { customerId, tenantName: tenant.name === '' ? customerId : tenant.name };
  if ('error' in figures) {
    return [attention('tenant_database_away', 'error', { ...whose, detail: errorText(figures.error) })];
  }
  const found: Attention[] = [];
  const { channels } = figures;
  const waitingOf = (channel: (typeof channelNames)[number]) =>
    channels[channel].waiting + channels[channel].held;

  // Trouble of the office number is nobody's in particular.
  if (tenant.settings.whatsapp_enabled && numberOf(parts.sessions, tenant) === 'own') {
    found.push(...(await findOfSession(parts, customerId, waitingOf('whatsapp'), whose)));
  }
  const lacksMailAccount = tenant.settings.email_enabled && parts.mailSender(tenant) === undefined;
  if (lacksMailAccount) {
    const waiting = waitingOf('email');
    found.push(
      attention('mail_account_missing', waiting > 0 ? 'error' : 'warning', {
        ...whose,
        channel: 'email',
        count: waiting,
      }),
    );
  }
  if (tenant.settings.email_enabled && parts.logsInPlainly(tenant)) {
    found.push(attention('mail_login_plaintext', 'warning', { ...whose, channel: 'email' }));
  }
  const offReason = parts.webhookOffReason(customerId);
  if (offReason !== undefined) {
    found.push(attention('webhook_off', 'error', { ...whose, channel: 'webhook', detail: offReason }));
  }
  const bounceProblem = parts.bounceProblem(customerId);
  if (bounceProblem !== undefined) {
    found.push(
      attention('bounce_mailbox_failed', 'warning', { ...whose, channel: 'email', detail: bounceProblem }),
    );
  }
  const [untakable] = await findUntakable(tenant);
  if (untakable) {
    const detail = describeUntakable(untakable, customerId);
    found.push(attention('untakable_rows', 'warning', { ...whose, count: untakable.count, detail }));
  }
  for (const [channel, lane] of tenant.worker.lanes()) {
    if (lane.breaker === 'closed' || (channel === 'email' && lacksMailAccount)) continue;
    const waiting = waitingOf(channel) + lane.underWay;
    // Nothing waits, so nobody need do anything; the next message finds out whether the channel is back.
    if (waiting === 0) continue;
    found.push(
      attention('channel_down', 'error', {
        ...whose,
        channel,
        count: waiting,
        since: lane.unavailableSinceMs === undefined ? null : new Date(lane.unavailableSinceMs).toISOString(),
        detail: lane.unavailableReason ?? null,
      }),
    );
  }
  const sum = (count: (channel: (typeof channelNames)[number]) => number) =>
    channelNames.reduce((total, channel) => total + count(channel), 0);
  const failed = sum((channel) => [...channels[channel].failed.values()].reduce((a, b) => a + b, 0));
  const unknown = sum((channel) => channels[channel].unknown);
  if (failed > 0) found.push(attention('failed_messages', 'warning', { ...whose, count: failed }));
  if (unknown > 0) found.push(attention('unknown_outcomes', 'warning', { ...whose, count: unknown }));
  return found;
}

const untakableKeptMs = 60_000;
const untakableRows = new WeakMap<LiveTenant, { readonly untilMs: number; rows: Promise<UntakableRows[]> }>();

/** Looked for once a minute: rows like that wait for ever. */
function findUntakable(tenant: LiveTenant): Promise<UntakableRows[]> {
  const known = untakableRows.get(tenant);
  if (known && Date.now() < known.untilMs) return known.rows;
  const rows = withTimeout(tenant.events.findUntakable(), askSessionWithinMs).catch(() => []);
  untakableRows.set(tenant, { untilMs: Date.now() + untakableKeptMs, rows });
  return rows;
}

/** A tenant that never used WhatsApp and has nothing to send by it is left in peace. */
export function findWhatsAppTrouble(
  state: Pick<SessionState, 'status' | 'isPaired' | 'waitsForPerson'>,
  hasWaiting: boolean,
): 'whatsapp_scan' | 'whatsapp_failed' | undefined {
  const { status, isPaired } = state;
  const lostItsPairing = status === 'logged_out' || status === 'auth_failed';
  if (!isPaired && !lostItsPairing && !hasWaiting) return undefined;
  if (lostItsPairing || status === 'qr_ready') return 'whatsapp_scan';
  if (state.waitsForPerson) return 'whatsapp_failed';
  return status === 'disconnected' && !isPaired ? 'whatsapp_scan' : undefined;
}

function attention(
  kind: Attention['kind'],
  severity: Attention['severity'],
  about: Partial<Omit<Attention, 'id' | 'kind' | 'severity'>>,
): Attention {
  const { customerId = null, channel = null, subject = null } = about;
  return {
    id: [kind, customerId, channel, subject].filter((part) => part !== null).join(':'),
    kind,
    severity,
    customerId,
    channel,
    tenantName: about.tenantName ?? null,
    count: about.count ?? null,
    since: about.since ?? null,
    subject,
    detail: about.detail ?? null,
  };
}
