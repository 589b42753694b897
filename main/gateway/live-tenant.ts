import type { DeliveryTenant } from './deliveries/delivery-tenant';
import type { DeliveryWorker } from './deliveries/delivery-worker';
import type { AcceptedEvent } from './events/accept-event';
import type { EventTenant } from './events/event-tenant';
import type { TenantCatalogue } from './events/tenant-catalogue';
import type { CatalogueStore } from './storage/catalogue-store';
import type { DeliveryCounter } from './storage/delivery-counter';
import type { DeliveryHistoryStore } from './storage/delivery-history-store';
import type { HistoryReader } from './storage/history-reader';
import type { TenantDatabase } from './storage/tenant-database';
import type { TenantSummaryStore } from './storage/tenant-summary-store';

/** A tenant as it runs: its database, its settings in force, its intake and its lanes. */
export interface LiveTenant extends EventTenant, DeliveryTenant {
  readonly events: EventTenant['events'];
  readonly settings: EventTenant['settings'];
  readonly tenantDatabase: TenantDatabase;
  readonly history: DeliveryHistoryStore;
  readonly summary: TenantSummaryStore;
  /** deliveries as a person looks at them */
  readonly reader: HistoryReader;
  readonly counter: DeliveryCounter;
  readonly catalogueStore: CatalogueStore;
  readonly catalogue: TenantCatalogue;
  readonly worker: DeliveryWorker;
  /** Wakes what an accepted event needs. */
  accepted(event: AcceptedEvent): void;
}

/** The tenants of this gateway. */
export interface TenantDirectory {
  exists(customerId: string): boolean;
  /** Tells a tenant from those that had its id before it; undefined: there is none. */
  generationOf(customerId: string): string | undefined;
  /** @throws GatewayError `tenant_not_found` (404), or `database_unavailable` (503) while its database is away */
  get(customerId: string): LiveTenant;
  /** undefined while its database is away */
  find(customerId: string): LiveTenant | undefined;
  /** why its database cannot be used just now */
  problemOf(customerId: string): string | undefined;
  live(): LiveTenant[];
  /** Registered ones whose database cannot be used just now; `since` when that was found. */
  away(): readonly AwayTenant[];
}

interface AwayTenant {
  readonly customerId: string;
  readonly name: string;
  readonly problem: string;
  readonly since: Date;
}
