import type { LimitCounter } from '../auth/limit-windows';
import { createSharedCounter } from '../auth/shared-counter';
import { createSingleFlight } from '../concurrency/single-flight';
import { waitAtMost } from '../concurrency/with-timeout';
import { errorText } from '../errors';
import type { Logger } from '../observability/logger';
import type { Queryable } from '../storage/database';
import { createRateLimitStore } from '../storage/rate-limit-store';
import type { ServerWatch } from '../storage/server-watch';

const cleanEveryMs = 60_000;
const stopWithinMs = 1_500;

/** Limits hold for all gateways on one system database together; one of them deletes what is over. */
export function shareLimits(parts: {
  readonly system: Queryable;
  readonly watch: Pick<ServerWatch, 'figures' | 'leads'>;
  readonly logger: Logger;
  /** between two looks at what is over; a minute unless told */
  readonly cleanEveryMs?: number;
}): LimitCounter & { stop(): Promise<void> } {
  const { watch, logger } = parts;
  const store = createRateLimitStore(parts.system);
  const gateways = () => watch.figures()?.sharing.length ?? 1;
  const counter = createSharedCounter({ store, gateways, logger });
  /** What there was before this start is looked at, too. */
  let anyLeft = true;

  const cleaning = createSingleFlight(async () => {
    if (!watch.leads() || !(anyLeft || gateways() > 1)) return;
    try {
      anyLeft = await store.deleteEnded();
    } catch (thrown) {
      logger.warn('rate_limit.cleaning_failed', 'limits that are over could not be deleted', {
        error: errorText(thrown),
      });
    }
  });
  const timer = setInterval(() => void cleaning.run(), parts.cleanEveryMs ?? cleanEveryMs);
  timer.unref();

  return {
    ...counter,
    async stop() {
      clearInterval(timer);
      counter.stop();
      if (cleaning.running) await waitAtMost(cleaning.running, stopWithinMs);
    },
  };
}
