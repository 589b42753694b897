import type { CallOutput, CheckedInput } from '../../contracts/console/console-calls';
import { cancelDeliveriesById, retryDeliveriesById } from '../deliveries/change-deliveries';
import { isDatabaseAway } from '../errors';
import type { ConsoleCaller, ConsoleParts } from './console-parts';

type Chosen = CheckedInput<'history.retryChosen'>['deliveries'];

const changes = {
  retry: { change: retryDeliveriesById, action: 'deliveries.retried' },
  cancel: { change: cancelDeliveriesById, action: 'deliveries.cancelled' },
} as const;

/** Does the same to deliveries of any tenants; each tenant's are one entry of the audit log. */
export async function changeChosen(
  { audit, signals, tenants }: Pick<ConsoleParts, 'audit' | 'signals' | 'tenants'>,
  kind: keyof typeof changes,
  chosen: Chosen,
  caller: ConsoleCaller,
): Promise<CallOutput<'history.retryChosen'>> {
  const { change, action } = changes[kind];
  const byTenant = new Map<string, Set<number>>();
  for (const { customerId, id } of chosen) {
    byTenant.set(customerId, (byTenant.get(customerId) ?? new Set<number>()).add(id));
  }
  let done = 0;
  let asked = 0;
  for (const [customerId, ids] of byTenant) {
    asked += ids.size;
    const tenant = tenants.find(customerId);
    if (!tenant) continue;
    try {
      const changed = await change(tenant, signals, [...ids]);
      done += changed;
      if (changed === 0) continue;
      await audit.record({
        actor: caller.actor,
        action,
        customerId,
        detail: { count: changed, delivery_ids: [...ids] },
      });
    } catch (thrown) {
      // The others are done all the same; these are among those that were left out.
      if (!isDatabaseAway(thrown)) throw thrown;
    }
  }
  return { done, skipped: asked - done };
}
