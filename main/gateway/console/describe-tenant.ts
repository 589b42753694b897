import type { ChannelHealth, TenantDetail, TenantSummary } from '../../contracts/console/tenant-calls';
import type { ChannelName } from '../../contracts/statuses';
import {
  defaultTenantSettings,
  offeredSettingNames,
  type TenantSettings,
} from '../../contracts/tenant-settings';
import { withTimeout } from '../concurrency/with-timeout';
import { errorText, GatewayError } from '../errors';
import type { LiveTenant } from '../live-tenant';
import type { Tenant } from '../tenants/tenant-registry';
import { isSecretSetting } from '../tenants/tenant-settings';
import { numberOf, sessionOf } from '../whatsapp/office-number';
import type { ConsoleParts } from './console-parts';

type Parts = Pick<
  ConsoleParts,
  'tenants' | 'registry' | 'sessions' | 'config' | 'mailSender' | 'webhookOffReason'
>;

/** A list is not kept waiting by one database. */
const countWithinMs = 3_000;

/** @throws GatewayError `tenant_not_found` */
export async function findTenant(parts: Pick<ConsoleParts, 'registry'>, customerId: string): Promise<Tenant> {
  const tenant = await parts.registry.get(customerId);
  if (!tenant) throw new GatewayError('tenant_not_found', `There is no tenant ${customerId}.`, 404);
  return tenant;
}

export async function summariseTenant(parts: Parts, tenant: Tenant): Promise<TenantSummary> {
  const { customerId } = tenant;
  const live = parts.tenants.find(customerId);
  const counted = live
    ? await countInTime(live)
    : {
        problem:
          tenant.databaseProblem ?? parts.tenants.problemOf(customerId) ?? 'Its database is not open yet.',
        counts: undefined,
      };
  const settings = live?.settings;
  return {
    customerId,
    name: tenant.name,
    paused: tenant.paused,
    createdAt: tenant.createdAt.toISOString(),
    problem: counted.problem,
    channels: {
      email: settings?.email_enabled ?? false,
      whatsapp: settings?.whatsapp_enabled ?? false,
      webhook: settings?.webhook_enabled ?? false,
    },
    health: judgeChannels(parts, live),
    whatsapp: parts.sessions.peek(customerId)?.status ?? null,
    waiting: counted.counts?.waiting ?? 0,
    failed: counted.counts?.failed ?? 0,
    lastEventAt: counted.counts?.lastEventAt?.toISOString() ?? null,
  };
}

function judgeChannels(parts: Parts, live: LiveTenant | undefined): TenantSummary['health'] {
  const health: Record<ChannelName, ChannelHealth> = { email: 'off', whatsapp: 'off', webhook: 'off' };
  if (!live) return health;
  const { settings, customerId } = live;
  const lanes = new Map(live.worker.lanes());
  const ofLane = (channel: ChannelName): ChannelHealth =>
    (lanes.get(channel)?.breaker ?? 'closed') === 'closed' ? 'ok' : 'down';
  if (settings.email_enabled) {
    health.email = parts.mailSender(live) === undefined ? 'attention' : ofLane('email');
  }
  if (parts.webhookOffReason(customerId) !== undefined) health.webhook = 'down';
  else if (settings.webhook_enabled) health.webhook = ofLane('webhook');
  if (settings.whatsapp_enabled) {
    const session = sessionOf(customerId, numberOf(parts.sessions, live));
    const status = parts.sessions.peek(session)?.status ?? 'not_initialized';
    const isUp = status === 'ready' || status === 'authenticated' || status === 'initializing';
    if (isUp) health.whatsapp = ofLane('whatsapp');
    else health.whatsapp = status === 'logged_out' || status === 'auth_failed' ? 'down' : 'attention';
  }
  return health;
}

async function countInTime(live: LiveTenant) {
  try {
    return { problem: null, counts: await withTimeout(live.summary.summarise(), countWithinMs) };
  } catch (thrown) {
    return { problem: errorText(thrown), counts: undefined };
  }
}

export async function describeTenant(parts: Parts, tenant: Tenant): Promise<TenantDetail> {
  const live = parts.tenants.find(tenant.customerId);
  const settings = live?.settings ?? defaultTenantSettings;
  return {
    ...(await summariseTenant(parts, tenant)),
    databaseUrl: maskPassword(tenant.databaseUrl),
    ownsDatabase: tenant.ownsDatabase,
    settings: visibleSettings(settings),
    defaults: visibleSettings(defaultTenantSettings),
    secretsSet: Object.fromEntries(
      offeredSettingNames.filter(isSecretSetting).map((name) => [name, settings[name] !== null]),
    ),
    canSendEmail: settings.use_customer_smtp ? settings.smtp_host !== null : parts.config.systemSmtp !== null,
  };
}

function visibleSettings(settings: TenantSettings): TenantDetail['settings'] {
  return Object.fromEntries(
    offeredSettingNames.filter((name) => !isSecretSetting(name)).map((name) => [name, settings[name]]),
  );
}

/** An address without its password. */
export function maskPassword(url: string): string {
  return url.replace(/(:\/\/[^/@:]*:)[^@]*@/, '$1***@');
}
