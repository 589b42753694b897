import type { Attention, Overview } from '../../contracts/console/overview-calls';
import { channelNames } from '../../contracts/statuses';
import { errorText } from '../errors';
import type { LiveTenant } from '../live-tenant';
import type { ConsoleParts } from './console-parts';
import { createDiskWatch } from './disk-watch';
import { findAttention, type TenantSnapshot } from './find-attention';
import { createOverviewCounter, emptyChannels, hoursFrom, type TenantFigures } from './overview-counter';
import type { OverviewWatch } from './watches';

type Parts = Pick<
  ConsoleParts,
  | 'config'
  | 'port'
  | 'tenants'
  | 'sessions'
  | 'mailSender'
  | 'hasBrowser'
  | 'logsInPlainly'
  | 'savedSettings'
  | 'webhookOffReason'
  | 'bounceProblem'
  | 'databaseMoved'
  | 'connections'
  | 'pageOrigins'
  | 'signals'
  | 'pushes'
  | 'logger'
>;

const pushEveryMs = 1_000;
/** What no signal announces: a full disk, a database that is away. */
const recheckEveryMs = 5_000;
/** Counts are kept for a moment, and what comes while one is under way is in none: told once more after a change. */
const settleMs = 2 * recheckEveryMs;

export function createOverviewWatch(parts: Parts): OverviewWatch {
  const { tenants, signals, pushes, logger } = parts;
  const counter = createOverviewCounter();
  const diskSpace = createDiskWatch(parts.config.dataDir);
  let timer: NodeJS.Timeout | undefined;
  let lastPushMs = 0;
  let lastAttention = '';
  let lastChangeMs = -Infinity;
  let isStopped = false;

  async function look(tenant: LiveTenant): Promise<TenantSnapshot> {
    try {
      return { tenant, figures: await counter.count(tenant) };
    } catch (thrown) {
      return { tenant, figures: { error: thrown } };
    }
  }

  async function lookAtAll(): Promise<{ sights: TenantSnapshot[]; attention: Attention[] }> {
    const [sights, disk] = await Promise.all([Promise.all(tenants.live().map(look)), diskSpace()]);
    return { sights, attention: await findAttention(parts, sights, disk) };
  }

  function schedule(): void {
    lastChangeMs = Date.now();
    if (isStopped || timer || !pushes.isWatched()) return;
    timer = setTimeout(() => void push(true), Math.max(0, lastPushMs + pushEveryMs - Date.now()));
  }

  /** @param always also when the list of what needs a person is the same: counts have changed */
  async function push(always: boolean): Promise<void> {
    lastPushMs = Date.now();
    try {
      const { attention } = await lookAtAll();
      const text = JSON.stringify(attention);
      if (!isStopped && (always || text !== lastAttention)) pushes.push('overview.changed', { attention });
      lastAttention = text;
    } catch (thrown) {
      logger.warn('console.overview_push_failed', 'overview could not be pushed to console windows', {
        error: errorText(thrown),
      });
    } finally {
      lastPushMs = Date.now();
      timer = undefined;
    }
  }

  const recheck = setInterval(() => {
    if (timer || !pushes.isWatched()) return;
    const isSettled = Date.now() - lastChangeMs > settleMs;
    timer = setTimeout(() => void push(!isSettled), 0);
  }, recheckEveryMs);
  recheck.unref();
  const ends = (
    [
      'delivery.sent',
      'delivery.failed',
      'delivery.changed',
      'whatsapp.changed',
      'tenant.added',
      'tenant.settings',
    ] as const
  ).map((name) => signals.on(name, schedule));
  ends.push(
    signals.on('event.accepted', ({ customerId }) => {
      counter.noteEvent(customerId);
      schedule();
    }),
    signals.on('tenant.removed', ({ customerId }) => {
      counter.forget(customerId);
      schedule();
    }),
  );

  return {
    async get(customerId) {
      // Not the tenant itself: its page is there while its database is away.
      if (customerId !== undefined && !tenants.exists(customerId)) tenants.get(customerId);
      const { sights, attention } = await lookAtAll();
      const isAsked = (id: string | null) => customerId === undefined || id === null || id === customerId;
      const asked = sights.filter(({ tenant }) => isAsked(tenant.customerId));
      const counted = asked.flatMap(({ tenant, figures }) =>
        'error' in figures ? [] : [{ figures, isPaused: tenant.paused }],
      );
      return {
        ...addUp(counted),
        attention: attention.filter((entry) => isAsked(entry.customerId)),
        tenants: customerId === undefined ? tenants.live().length + tenants.away().length : 1,
      };
    },
    attention: async () => (await lookAtAll()).attention,
    touch: schedule,
    stop() {
      isStopped = true;
      for (const end of ends) end();
      clearInterval(recheck);
      clearTimeout(timer);
    },
  };
}

function addUp(
  counted: readonly { readonly figures: TenantFigures; readonly isPaused: boolean }[],
): Pick<Overview, 'channels' | 'hours' | 'lastEventAt'> {
  const hours = hoursFrom(Date.now());
  const total = emptyChannels();
  const paused = { email: 0, whatsapp: 0, webhook: 0 };
  for (const {
    figures: { channels },
    isPaused,
  } of counted) {
    for (const name of channelNames) {
      const sum = total[name];
      if (isPaused) paused[name] += channels[name].waiting;
      sum.waiting += channels[name].waiting;
      sum.sending += channels[name].sending;
      sum.held += channels[name].held;
      sum.unknown += channels[name].unknown;
      for (const hour of hours) {
        sum.sent.set(hour, (sum.sent.get(hour) ?? 0) + (channels[name].sent.get(hour) ?? 0));
        sum.failed.set(hour, (sum.failed.get(hour) ?? 0) + (channels[name].failed.get(hour) ?? 0));
      }
    }
  }
  const addHours = (byHour: ReadonlyMap<number, number>) =>
    [...byHour.values()].reduce((sum, count) => sum + count, 0);
  const newest = Math.max(...counted.map(({ figures }) => figures.lastEventAt?.getTime() ?? -Infinity));
  return {
    channels: channelNames.map((channel) => ({
      channel,
      waiting: total[channel].waiting + total[channel].held,
      sending: total[channel].sending,
      held: total[channel].held,
      paused: paused[channel],
      unknown: total[channel].unknown,
      sent: addHours(total[channel].sent),
      failed: addHours(total[channel].failed),
    })),
    hours: hours.map((hour) => ({
      hour: new Date(hour).toISOString(),
      sent: {
        email: total.email.sent.get(hour) ?? 0,
        whatsapp: total.whatsapp.sent.get(hour) ?? 0,
        webhook: total.webhook.sent.get(hour) ?? 0,
      },
      failed: channelNames.reduce((sum, name) => sum + (total[name].failed.get(hour) ?? 0), 0),
    })),
    lastEventAt: Number.isFinite(newest) ? new Date(newest).toISOString() : null,
  };
}
