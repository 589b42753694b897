import { setMaxListeners } from 'node:events';
import { createRepeatedFlight, createSingleFlight, type SingleFlight } from '../concurrency/single-flight';
import { errorText, GatewayError } from '../errors';
import type { LiveTenant, TenantDirectory } from '../live-tenant';
import type { Tenant, TenantRegistry } from '../tenants/tenant-registry';
import { openTenant, type OpenTenant, type OpenTenantParts } from './open-tenant';

/** Databases opened at once at the start: fifty tenants must not all migrate together. */
const openAtOnce = 4;
/** Databases looked into at once, of all that are due. */
const sweepAtOnce = 6;
const lookEveryMs = 400;
const retryFirstMs = 1_000;
const retryLongestMs = 30_000;

export interface RunningDirectory extends TenantDirectory {
  /** Opens every tenant; one whose database is away is tried again in the background. */
  start(): Promise<void>;
  /** Looks for tenants that were added, changed or removed. */
  refresh(): Promise<void>;
  /** addresses of all tenants' databases */
  databaseUrls(): string[];
  stop(deadline: AbortSignal): Promise<void>;
}

interface Entry {
  tenant: Tenant;
  open: OpenTenant | undefined;
  readonly opening: SingleFlight<void>;
  retryMs: number;
  timer: NodeJS.Timeout | undefined;
  problem: string | undefined;
  awaySince: Date;
}

/** Keeps one open tenant for each that is registered. */
export function createTenantDirectory(
  parts: OpenTenantParts & { readonly registry: TenantRegistry },
): RunningDirectory {
  const { logger, registry, signals } = parts;
  const entries = new Map<string, Entry>();
  const refreshing = createRepeatedFlight(refreshOnce);
  let stopped = false;

  const isStopped = (): boolean => stopped;

  async function open(entry: Entry): Promise<void> {
    const { customerId } = entry.tenant;
    try {
      if (entry.tenant.databaseProblem !== undefined) throw new Error(entry.tenant.databaseProblem);
      const opened = await openTenant(parts, entry.tenant);
      if (isStopped() || entries.get(customerId) !== entry) {
        await opened.stop(AbortSignal.abort());
        return;
      }
      entry.open = opened;
      entry.problem = undefined;
      entry.retryMs = retryFirstMs;
      logger.info('tenant.opened', 'tenant opened', { customer_id: customerId });
      signals.emit('tenant.added', { customerId });
    } catch (thrown) {
      if (entry.problem === undefined) entry.awaySince = new Date();
      entry.problem = errorText(thrown);
      logger.warn('tenant.open_failed', 'tenant could not be opened, trying again', {
        customer_id: customerId,
        error: entry.problem,
      });
      if (isStopped() || entries.get(customerId) !== entry) return;
      entry.timer = setTimeout(() => void entry.opening.run(), entry.retryMs);
      entry.retryMs = Math.min(entry.retryMs * 2, retryLongestMs);
    }
  }

  function createEntry(tenant: Tenant): Entry {
    const entry: Entry = {
      tenant,
      open: undefined,
      opening: createSingleFlight(() => open(entry)),
      retryMs: retryFirstMs,
      timer: undefined,
      problem: undefined,
      awaySince: new Date(),
    };
    return entry;
  }

  async function close(entry: Entry, deadline: AbortSignal): Promise<void> {
    clearTimeout(entry.timer);
    await entry.opening.running;
    await entry.open?.stop(deadline);
    entry.open = undefined;
  }

  async function takeChanges(): Promise<void> {
    const tenants = await registry.list();
    const registered = new Map(tenants.map((tenant) => [tenant.customerId, tenant.createdAt.getTime()]));
    for (const [customerId, entry] of entries) {
      // Removed and added again between two looks is another tenant.
      if (registered.get(customerId) === entry.tenant.createdAt.getTime()) continue;
      entries.delete(customerId);
      signals.emit('tenant.removed', { customerId });
      await close(entry, AbortSignal.timeout(5_000));
      for (const channel of parts.channels.values()) channel.forget?.(customerId);
      logger.info('tenant.removed', 'tenant removed', { customer_id: customerId });
    }
    const queue: Entry[] = [];
    for (const tenant of tenants) {
      const entry = entries.get(tenant.customerId);
      if (!entry) {
        const fresh = createEntry(tenant);
        entries.set(tenant.customerId, fresh);
        queue.push(fresh);
        continue;
      }
      const moved = entry.tenant.databaseUrl !== tenant.databaseUrl;
      entry.tenant = tenant;
      entry.open?.update(tenant);
      if (moved) {
        await close(entry, AbortSignal.timeout(5_000));
        queue.push(entry);
      }
    }
    await Promise.all(
      Array.from({ length: openAtOnce }, async () => {
        for (let entry = queue.shift(); entry; entry = queue.shift()) await entry.opening.run();
      }),
    );
  }

  async function refreshOnce(): Promise<void> {
    if (stopped) return;
    try {
      await takeChanges();
    } catch (thrown) {
      logger.warn('tenant.list_failed', 'tenants could not be listed', { error: errorText(thrown) });
    }
  }

  const refresh = (): Promise<void> => refreshing.run();

  let sweeps = 0;
  /** The safety net, in turn: those that were looked into longest ago first. */
  function sweepWhatIsDue(): void {
    if (stopped || sweeps >= sweepAtOnce) return;
    const due = [...entries.values()]
      .flatMap(({ open }) => (open?.isSweepDue() ? [open] : []))
      .sort((a, b) => a.sweptAtMs() - b.sweptAtMs())
      .slice(0, sweepAtOnce - sweeps);
    for (const tenant of due) {
      sweeps += 1;
      void tenant.sweep().finally(() => {
        sweeps -= 1;
        if (due.length > 1) setImmediate(sweepWhatIsDue);
      });
    }
  }
  const sweepTimer = setInterval(sweepWhatIsDue, lookEveryMs);

  return {
    start: refresh,
    refresh,
    databaseUrls: () => [...entries.values()].map(({ tenant }) => tenant.databaseUrl),
    exists: (customerId) => entries.has(customerId),
    generationOf: (customerId) => entries.get(customerId)?.tenant.createdAt.getTime().toString(36),
    get(customerId) {
      const entry = entries.get(customerId);
      if (!entry) throw new GatewayError('tenant_not_found', 'There is no such customer.', 404);
      if (!entry.open) {
        throw new GatewayError(
          'database_unavailable',
          "This customer's database is out of reach; nothing was stored. Try again.",
          503,
        );
      }
      return entry.open.live;
    },
    find: (customerId) => entries.get(customerId)?.open?.live,
    problemOf: (customerId) => entries.get(customerId)?.problem,
    away: () =>
      [...entries.values()]
        .filter((entry) => !entry.open && entry.problem !== undefined)
        .map(({ tenant, problem = '', awaySince }) => ({
          customerId: tenant.customerId,
          name: tenant.name,
          problem,
          since: awaySince,
        })),
    live: () =>
      [...entries.values()]
        .map((entry) => entry.open?.live)
        .filter((live): live is LiveTenant => live !== undefined),
    async stop(deadline) {
      stopped = true;
      clearInterval(sweepTimer);
      // Every lane of every tenant listens to it.
      setMaxListeners(0, deadline);
      await refreshing.running;
      await Promise.all([...entries.values()].map((entry) => close(entry, deadline)));
      entries.clear();
    },
  };
}
