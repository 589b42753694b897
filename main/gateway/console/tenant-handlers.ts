import type { tenantCalls } from '../../contracts/console/tenant-calls';
import { GatewayError } from '../errors';
import type { ConsoleHandlers, ConsoleParts } from './console-parts';
import { describeTenant, findTenant, maskPassword, summariseTenant } from './describe-tenant';
import { waitForTenant } from './wait-for-tenant';

type TenantCalls = Extract<keyof typeof tenantCalls, `tenants.${string}`>;

/** Tenants: who they are, their settings, whether they may send. */
export function createTenantHandlers(
  parts: ConsoleParts,
): Pick<ConsoleHandlers<TenantCalls>, 'tenants.list' | 'tenants.get' | 'tenants.add'> {
  const { registry, audit } = parts;
  return {
    async 'tenants.list'() {
      const tenants = await registry.list();
      return { tenants: await Promise.all(tenants.map((tenant) => summariseTenant(parts, tenant))) };
    },
    async 'tenants.get'({ customerId }) {
      return describeTenant(parts, await findTenant(parts, customerId));
    },
    async 'tenants.add'({ customerId, name, databaseUrl }, caller) {
      if (databaseUrl !== undefined && databaseUrl.trim() === '') {
        throw new GatewayError('invalid_database_url', "The database's address is empty.", 422);
      }
      const added = await registry.add({ customerId, name, databaseUrl });
      await audit.record({ actor: caller.actor, action: 'tenant.added', customerId, detail: { name } });
      // Who adds a tenant goes on to its settings: they are there when its database is open.
      await waitForTenant(parts.tenants, customerId);
      return {
        customerId,
        apiKey: added.apiKey,
        databaseUrl: maskPassword(added.tenant.databaseUrl),
      };
    },
  };
}
