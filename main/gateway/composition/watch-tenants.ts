import { keepRetention } from './keep-retention';
import { keepSearch } from './keep-search';
import { watchBounces } from './watch-bounces';
import { watchWebhooks, type WebhookWatch } from './watch-webhooks';

type Parts = Parameters<typeof watchBounces>[0] &
  Parameters<typeof watchWebhooks>[0] & {
    readonly retentionDays: number;
  };

interface TenantWatches extends WebhookWatch {
  /** what keeps a tenant's mailbox for bounced mails from being read, in a sentence */
  bounceProblem(customerId: string): string | undefined;
}

/**
 * What is done for tenants besides delivering: bounces read, webhooks without a receiver switched off, old events
 * deleted, words written down for the search.
 */
export function watchTenants({ retentionDays, ...parts }: Parts): TenantWatches {
  const webhooks = watchWebhooks(parts);
  const bounces = watchBounces(parts);
  const retention = keepRetention({
    tenants: () => (parts.leads() ? parts.live() : []),
    days: retentionDays,
    logger: parts.logger,
  });
  const search = keepSearch(parts);
  return {
    offReason: (customerId) => webhooks.offReason(customerId),
    bounceProblem: (customerId) => bounces.problemOf(customerId),
    async stop() {
      await Promise.all([webhooks.stop(), bounces.stop(), retention.stop(), search.stop()]);
    },
  };
}
