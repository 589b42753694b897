import type { ConsoleParts } from './console-parts';

const gatherMs = 250;

/**
 * Tells windows about tenants that came, went or changed, whoever did it, and of a tenant's first contact.
 * Returns what ends that.
 */
export function pushTenantChanges({ signals, pushes }: Pick<ConsoleParts, 'signals' | 'pushes'>): () => void {
  let timer: NodeJS.Timeout | undefined;
  const changed = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      pushes.push('tenants.changed', {});
    }, gatherMs);
  };
  const subscriptions = [
    signals.on('tenant.added', changed),
    signals.on('tenant.removed', changed),
    signals.on('tenant.settings', changed),
    signals.on('tenant.contact', ({ customerId, at, address }) =>
      pushes.push('setup.contact', { customerId, at: at.toISOString(), address }),
    ),
  ];
  return () => {
    clearTimeout(timer);
    for (const unsubscribe of subscriptions) unsubscribe();
  };
}
