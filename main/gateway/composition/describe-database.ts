import type { DatabaseAddress } from '../http/http-parts';
import type { TenantDirectory } from '../live-tenant';
import { databaseNameOf } from '../storage/connection-trouble';
import { serversOf } from '../storage/server-addresses';
import { serverInUse } from '../storage/writable-server';
import type { TenantRegistry } from '../tenants/tenant-registry';

/** Where a tenant's database is, without what opens it. */
export async function describeDatabase(
  customerId: string,
  parts: {
    readonly registry: Pick<TenantRegistry, 'get'>;
    readonly tenants: TenantDirectory;
    readonly kind: 'embedded' | 'server';
  },
): Promise<DatabaseAddress | undefined> {
  const tenant = await parts.registry.get(customerId);
  if (!tenant || !URL.canParse(tenant.databaseUrl)) return undefined;
  const url = new URL(tenant.databaseUrl);
  const server = serverInUse(tenant.databaseUrl) ?? serversOf(url)[0];
  if (!server) return undefined;
  return {
    ...server,
    database: databaseNameOf(tenant.databaseUrl),
    user: url.searchParams.get('user') ?? decodeURIComponent(url.username),
    embedded: parts.kind === 'embedded' && tenant.ownsDatabase,
    schema: parts.tenants.find(customerId)?.tenantDatabase.layout.baseSchema ?? 'public',
  };
}
