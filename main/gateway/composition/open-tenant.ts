import type { ChannelName } from '../../contracts/statuses';
import {
  defaultTenantSettings,
  type OperatorSettings,
  type TenantSettings,
} from '../../contracts/tenant-settings';
import { latestWins } from '../concurrency/latest-wins';
import { createSingleFlight } from '../concurrency/single-flight';
import type { DeliveryEngineParts } from '../deliveries/delivery-tenant';
import { createDeliveryWorker } from '../deliveries/delivery-worker';
import { errorText } from '../errors';
import type { AcceptedEvent } from '../events/accept-event';
import { announceFailed } from '../events/announce-failed';
import { createInsertBatcher } from '../events/insert-batcher';
import { createInsertedRowIntake } from '../events/inserted-row-intake';
import { createTenantCatalogue } from '../events/tenant-catalogue';
import type { LiveTenant } from '../live-tenant';
import type { SecretStore } from '../secrets/secret-store';
import { createCatalogueStore } from '../storage/catalogue-store';
import { createDeliveryCounter } from '../storage/delivery-counter';
import { createDeliveryHistoryStore } from '../storage/delivery-history-store';
import { createDeliveryStore } from '../storage/delivery-store';
import { createEventStore } from '../storage/event-store';
import { createHistoryReader } from '../storage/history-reader';
import { instanceLockClass } from '../storage/server-watch';
import type { ServerWatches } from '../storage/server-watches';
import { openTenantDatabase } from '../storage/tenant-database';
import { createTenantSummaryStore } from '../storage/tenant-summary-store';
import { serverInUse } from '../storage/writable-server';
import type { Tenant, TenantRegistry } from '../tenants/tenant-registry';
import { readSettings } from '../tenants/tenant-settings';
import { isSweepDue, type LastSweep } from './is-sweep-due';
import { rememberCounts } from './remember-counts';

/** A session that goes on counts what it wrote ten seconds later at the latest. */
const countedAfterMs = 12_000;

/** A tenant that is open, for its owner: tenant-directory.ts. */
export interface OpenTenant {
  readonly live: LiveTenant;
  update(tenant: Tenant): void;
  /** Is there reason to look into its database? */
  isSweepDue(): boolean;
  /** Looks for what nothing announced. Never throws. */
  sweep(): Promise<void>;
  /** when its database was last looked into, on the clock of `performance.now()` */
  sweptAtMs(): number;
  /** Takes no more in; gives back and finishes what is under way, until `deadline`. */
  stop(deadline: AbortSignal): Promise<void>;
}

export interface OpenTenantParts extends DeliveryEngineParts {
  readonly secrets: SecretStore;
  readonly servers: Pick<ServerWatches, 'of' | 'activityOf'>;
  readonly registry: Pick<TenantRegistry, 'operatorSettings'>;
}

/**
 * Opens a tenant's database and starts its intake and its lanes.
 * @throws when the database cannot be opened; the directory tries again
 */
export async function openTenant(parts: OpenTenantParts, registered: Tenant): Promise<OpenTenant> {
  const { logger, signals } = parts;
  const { customerId } = registered;
  const { databaseUrl } = registered;
  const server = parts.servers.of(databaseUrl);
  // Before anything is claimed: others take over what a gateway claimed that does not live.
  await server.ready();
  const { budget } = server;
  const database = await openTenantDatabase({ url: databaseUrl, logger, customerId, budget });
  const events = createEventStore(database.db, customerId);
  const catalogueStore = createCatalogueStore(database.db);
  const catalogue = createTenantCatalogue(catalogueStore, customerId, logger);
  const commits = createInsertBatcher(events);
  let tenant = registered;
  let settings: TenantSettings = defaultTenantSettings;
  let operator: OperatorSettings = defaultTenantSettings;
  let stopped = false;

  /** What this gateway itself wrote is counted by the server some seconds later. */
  function quietVersion(): string | undefined {
    const activity = parts.servers.activityOf(databaseUrl);
    const isQuiet = performance.now() - database.connections.lastUsedMs() > countedAfterMs;
    return isQuiet && activity && !activity.hasStrangers ? activity.writes : undefined;
  }

  const live: LiveTenant = {
    customerId,
    get name() {
      // A name that is only the id signs no letter.
      return tenant.name === customerId ? '' : tenant.name;
    },
    get paused() {
      return tenant.paused;
    },
    get settings() {
      return settings;
    },
    get eventTypes() {
      return catalogue.eventTypes();
    },
    tenantDatabase: database,
    database: database.db,
    events,
    commits,
    catalogueStore,
    catalogue,
    deliveries: createDeliveryStore({ durable: database.db, bookkeeping: database.bookkeeping }, customerId),
    history: createDeliveryHistoryStore(database.db, customerId),
    awaitedContents: new Map(),
    summary: createTenantSummaryStore(database.reading, customerId),
    reader: createHistoryReader(database.reading, customerId),
    counter: rememberCounts(createDeliveryCounter(database.reading, customerId), {
      version: quietVersion,
      quietly: (work) => database.connections.quietly(work),
    }),
    templatesFor: (eventType, audience) => catalogue.templatesFor(eventType, audience),
    endpoints: () =>
      [...parts.channels.values()].flatMap((channel) => {
        const recipient = channel.endpointOf?.(live);
        return recipient === undefined
          ? []
          : [{ channel: channel.name, recipient, audience: 'endpoint', field: null }];
      }),
    heldReason(channel: ChannelName) {
      const availability = parts.channels.get(channel)?.availability?.(live);
      if (!parts.channels.has(channel)) return `This gateway has no ${channel} channel.`;
      if (availability?.state === 'elsewhere') return availability.heldReason;
      return availability?.state === 'held' ? availability.reason : undefined;
    },
    get worker() {
      return worker;
    },
    accepted(event) {
      signals.emit('event.accepted', { customerId, source: event.source, count: 1 });
      if (event.deliveries.length === 0) {
        announceEmpty(event.eventId, event.eventType);
        return;
      }
      announceFailures(event);
      const channels = new Set(event.deliveries.map((delivery) => delivery.channel));
      for (const channel of channels) worker.wake(channel);
    },
  };

  function announceFailures({ eventId, eventType, deliveries }: AcceptedEvent): void {
    const failed = deliveries.flatMap((delivery) =>
      delivery.error === undefined ? [] : [{ ...delivery, error: delivery.error }],
    );
    if (failed.length === 0) return;
    const event = { customerId, eventId, eventType };
    announceFailed(signals, event, failed);
    const counts = { sent: 0, failed: failed.length, total: deliveries.length };
    signals.emit('event.progress', { ...event, status: 'processing', ...counts });
  }

  /** An event that notifies nobody is completed by being stored. */
  function announceEmpty(eventId: number, eventType: string): void {
    const outcome = {
      customerId,
      eventId,
      eventType,
      status: 'completed',
      sent: 0,
      failed: 0,
      total: 0,
    } as const;
    signals.emit('event.progress', outcome);
    signals.emit('event.completed', { ...outcome, deliveries: [], error: null });
  }

  const worker = createDeliveryWorker(parts, live);
  const insertedRows = createInsertedRowIntake({
    tenant: live,
    signals,
    logger,
    onPlanned(count) {
      signals.emit('event.accepted', { customerId, source: 'row', count });
      worker.wake();
    },
  });

  const reloadSettings = latestWins(readAllSettings, takeSettings);

  function readAllSettings(): Promise<TenantSettings> {
    return readSettings(database, customerId, parts.secrets, operator, (problem) =>
      logger.warn('tenant.setting_invalid', 'stored setting is invalid', {
        customer_id: customerId,
        setting: problem.setting,
        error: problem.message,
      }),
    );
  }

  function takeSettings(fresh: TenantSettings): void {
    if (JSON.stringify(fresh) === JSON.stringify(settings)) return;
    settings = fresh;
    for (const channel of parts.channels.values()) channel.forget?.(customerId);
    signals.emit('tenant.settings', { customerId, settings });
    worker.wake();
  }

  async function refresh(what: string, work: () => Promise<void>): Promise<void> {
    if (stopped) return;
    try {
      await work();
    } catch (thrown) {
      logger.warn('tenant.refresh_failed', `${what} could not be read`, {
        customer_id: customerId,
        error: errorText(thrown),
      });
    }
  }

  try {
    operator =
      registered.operatorSettings ?? (await parts.registry.operatorSettings.read(customerId, database));
    await reloadSettings();
    await catalogue.reload();
  } catch (thrown) {
    await worker.stop(AbortSignal.abort());
    await database.stop();
    throw thrown;
  }

  let lastSweep: LastSweep | undefined;
  const sweeping = createSingleFlight(() => database.connections.quietly(sweep));

  async function sweep(): Promise<void> {
    if (stopped) return;
    lastSweep = {
      startedAtMs: performance.now(),
      writes: parts.servers.activityOf(databaseUrl)?.writes,
    };
    await refresh('settings', reloadSettings);
    await refresh('event types', () => catalogue.reload());
    await insertedRows.run();
    await worker.sweep();
  }

  let usedServer = serverInUse(databaseUrl);
  database.connections.listen({
    channel: 'modular_gateway',
    // While this session lives, older gateways leave alone what this one is sending; newer ones go by the server.
    prepareSql: `select pg_advisory_lock_shared(${instanceLockClass}, ${parts.instance})`,
    onNotification(payload) {
      if (payload === 'events') void insertedRows.run();
      if (payload === 'settings') void refresh('settings', reloadSettings);
      if (payload === 'catalogue') void refresh('event types', () => catalogue.reload());
    },
    onConnected() {
      const now = serverInUse(databaseUrl);
      if (now !== usedServer) worker.recheckClaims();
      usedServer = now;
      void sweeping.run();
    },
  });

  return {
    live,
    update(changed) {
      const wasPaused = tenant.paused;
      tenant = changed;
      if (wasPaused !== tenant.paused) worker.wake();
      if (changed.operatorSettings === undefined) return;
      operator = changed.operatorSettings;
      void refresh('settings', reloadSettings);
    },
    isSweepDue: () =>
      !sweeping.running &&
      isSweepDue(
        lastSweep,
        parts.servers.activityOf(databaseUrl),
        database.connections.lastUsedMs(),
        performance.now(),
      ),
    sweep: () => sweeping.run(),
    sweptAtMs: () => lastSweep?.startedAtMs ?? 0,
    async stop(deadline) {
      stopped = true;
      await insertedRows.stop();
      await sweeping.running;
      await commits.drain();
      await worker.stop(deadline);
      await database.stop();
    },
  };
}
