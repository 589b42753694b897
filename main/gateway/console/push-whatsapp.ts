import { reachesRole } from '../../contracts/console/roles';
import { officeId } from '../../contracts/office-number';
import { errorText } from '../errors';
import type { DeliveryChange } from '../signals';
import type { ConsoleParts } from './console-parts';
import { describeOfficeCard } from './describe-office';
import { describeWhatsApp } from './describe-whatsapp';

type Parts = Pick<
  ConsoleParts,
  'signals' | 'pushes' | 'registry' | 'tenants' | 'sessions' | 'pacing' | 'logger'
>;

/** At most four cards of a tenant in a second; counts of messages travel slower than a code to scan. */
const afterStateMs = 250;
const afterDeliveryMs = 1_000;

/** Tells windows of a tenant's WhatsApp whenever something of it is different. Returns what ends that. */
export function pushWhatsAppChanges(parts: Parts): () => void {
  const { signals, pushes } = parts;
  const timers = new Map<string, { readonly timer: NodeJS.Timeout; readonly dueAtMs: number }>();
  let isStopped = false;

  async function push(customerId: string): Promise<void> {
    try {
      const tenant = customerId === officeId ? undefined : await parts.registry.get(customerId);
      if (!tenant && customerId !== officeId) return;
      const card = tenant ? await describeWhatsApp(parts, tenant) : await describeOfficeCard(parts);
      // The office number is the operator's alone.
      const least = customerId === officeId ? 'operator' : 'reader';
      if (!isStopped) pushes.push('whatsapp.changed', card, ({ role }) => reachesRole(role, least));
    } catch (thrown) {
      // A window that asks again gets it then.
      parts.logger.debug(
        'console.whatsapp_push_failed',
        'WhatsApp state could not be pushed to console windows',
        { customer_id: customerId, error: errorText(thrown) },
      );
    }
  }

  function schedule(customerId: string, ms: number): void {
    if (!pushes.isWatched()) return;
    const dueAtMs = Date.now() + ms;
    const waiting = timers.get(customerId);
    if (waiting && waiting.dueAtMs <= dueAtMs) return;
    clearTimeout(waiting?.timer);
    const timer = setTimeout(() => {
      timers.delete(customerId);
      void push(customerId);
    }, ms);
    timers.set(customerId, { timer, dueAtMs });
  }

  const onDelivery = ({ channel, customerId }: DeliveryChange) => {
    if (channel === 'whatsapp') schedule(customerId, afterDeliveryMs);
  };
  const subscriptions = [
    signals.on('whatsapp.state', ({ customerId }) => schedule(customerId, afterStateMs)),
    signals.on('delivery.sent', onDelivery),
    signals.on('delivery.failed', onDelivery),
    signals.on('delivery.changed', onDelivery),
    signals.on('tenant.settings', ({ customerId }) => schedule(customerId, afterDeliveryMs)),
  ];
  return () => {
    isStopped = true;
    for (const unsubscribe of subscriptions) unsubscribe();
    for (const { timer } of timers.values()) clearTimeout(timer);
    timers.clear();
  };
}
