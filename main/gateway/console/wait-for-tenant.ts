import { setTimeout as delay } from 'node:timers/promises';
import type { LiveTenant, TenantDirectory } from '../live-tenant';

const lookEveryMs = 25;
const longestMs = 5_000;

/**
 * Waits until the gateway serves the tenant as `isIt` wants it: what the registry writes comes back by a
 * notification of the database. False when it does not within five seconds.
 */
export async function waitForTenant(
  tenants: TenantDirectory,
  customerId: string,
  isIt: (live: LiveTenant) => boolean = () => true,
): Promise<boolean> {
  const end = Date.now() + longestMs;
  while (Date.now() < end) {
    const live = tenants.find(customerId);
    if (live && isIt(live)) return true;
    await delay(lookEveryMs);
  }
  return false;
}
