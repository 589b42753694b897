import { bounceAccountOf } from '../channels/email/bounce-account';
import { watchBounceMailbox, type BounceMailbox } from '../channels/email/bounce-mailbox';
import { recordBounce } from '../deliveries/record-bounce';
import { errorText } from '../errors';
import type { LiveTenant } from '../live-tenant';
import type { Logger } from '../observability/logger';
import type { Signals } from '../signals';

interface Watched {
  readonly key: string;
  readonly mailbox: BounceMailbox;
}

/** The mailboxes that bounced mails come to, of all tenants that have set one. */
export interface BounceWatch {
  /** what keeps a tenant's mailbox from being read, in a sentence */
  problemOf(customerId: string): string | undefined;
  stop(): Promise<void>;
}

const lookWhoLeadsEveryMs = 3_000;

/**
 * Opens and closes mailboxes as tenants come, go, and change their settings. Of several gateways one reads them: the
 * mails of a mailbox are told apart by who has read them.
 */
export function watchBounces(parts: {
  readonly leads: () => boolean;
  readonly find: (customerId: string) => LiveTenant | undefined;
  readonly live: () => readonly LiveTenant[];
  readonly signals: Signals;
  readonly logger: Logger;
}): BounceWatch {
  const { find, signals, logger } = parts;
  const watched = new Map<string, Watched>();
  let stopped = false;
  let isReader = parts.leads();

  function close(customerId: string): void {
    const entry = watched.get(customerId);
    watched.delete(customerId);
    void entry?.mailbox.stop();
  }

  function follow(customerId: string): void {
    if (stopped) return;
    const tenant = find(customerId);
    const account = isReader && tenant ? bounceAccountOf(tenant.settings) : undefined;
    const key = JSON.stringify(account ?? null);
    if (watched.get(customerId)?.key === key) return;
    close(customerId);
    if (!account) return;
    const mailbox = watchBounceMailbox({
      account,
      logger,
      customerId,
      async onBounce(report) {
        const live = find(customerId);
        if (!live) return 'later';
        try {
          return await recordBounce(live, signals, report);
        } catch (thrown) {
          logger.warn('bounce.record_failed', 'bounce could not be recorded, trying again', {
            customer_id: customerId,
            error: errorText(thrown),
          });
          return 'later';
        }
      },
    });
    watched.set(customerId, { key, mailbox });
  }

  const ends = [
    signals.on('tenant.added', ({ customerId }) => follow(customerId)),
    signals.on('tenant.settings', ({ customerId }) => follow(customerId)),
    signals.on('tenant.removed', ({ customerId }) => close(customerId)),
  ];
  const followAll = () => {
    for (const tenant of parts.live()) follow(tenant.customerId);
  };
  followAll();
  const timer = setInterval(() => {
    if (isReader === parts.leads()) return;
    isReader = parts.leads();
    followAll();
  }, lookWhoLeadsEveryMs);

  return {
    problemOf: (customerId) => watched.get(customerId)?.mailbox.problem(),
    async stop() {
      stopped = true;
      clearInterval(timer);
      for (const end of ends) end();
      await Promise.all([...watched.values()].map(({ mailbox }) => mailbox.stop()));
      watched.clear();
    },
  };
}
