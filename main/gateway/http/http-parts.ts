import type { AuditLog } from '../auth/audit-log';
import type { Authentication } from '../auth/authentication';
import type { ReadClientAddress } from '../auth/client-address';
import type { CpuBudget } from '../auth/cpu-budget';
import type { OwnHosts } from '../auth/own-hosts';
import type { PageOrigins } from '../auth/page-origins';
import type { AddressLimit, EventLimits } from '../auth/rate-limits';
import type { HeavyTurns } from '../concurrency/heavy-turns';
import type { GatewayConfig } from '../config/config';
import type { TenantDirectory } from '../live-tenant';
import type { Logger } from '../observability/logger';
import type { Signals } from '../signals';

export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** this gateway runs the server, on this machine */
  readonly embedded: boolean;
  /** where the tables are */
  readonly schema: string;
}

/** What the HTTP edge is made of. */
export interface HttpParts {
  readonly config: Pick<GatewayConfig, 'metricsToken' | 'documentFolders' | 'dataDir'>;
  /** Where a tenant's database is; no password: the key speaks for events, not for the tables. */
  readonly databaseOf: (customerId: string) => Promise<DatabaseAddress | undefined>;
  readonly ownHosts: OwnHosts;
  readonly clientAddress: ReadClientAddress;
  readonly pageOrigins: PageOrigins;
  readonly tenants: TenantDirectory;
  readonly authentication: Authentication;
  readonly eventLimits: EventLimits;
  /** large bodies are parsed one at a time, */
  readonly heavyTurns: HeavyTurns;
  /** at the cost of their customer or address */
  readonly bodyBudget: CpuBudget;
  readonly tokenLimit: AddressLimit;
  /** failed proofs of identity */
  readonly failureLimit: AddressLimit;
  /** requests that bring no proof at all where one is needed */
  readonly unauthenticatedLimit: AddressLimit;
  readonly audit: AuditLog;
  readonly signals: Signals;
  readonly logger: Logger;
  readonly health: () => Promise<{ readonly ok: boolean; readonly reason?: string }>;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
}
