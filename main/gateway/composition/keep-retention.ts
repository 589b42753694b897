import { setTimeout as delay } from 'node:timers/promises';
import { createSingleFlight } from '../concurrency/single-flight';
import { errorText } from '../errors';
import type { LiveTenant } from '../live-tenant';
import type { Logger } from '../observability/logger';
import { createRetentionStore, type RetentionStore } from '../storage/retention-store';

export type RetentionTenant = Pick<LiveTenant, 'customerId' | 'tenantDatabase' | 'worker'>;

export interface RetentionOptions {
  readonly tenants: () => readonly RetentionTenant[];
  /** GATEWAY_RETENTION_DAYS; 0: events are kept for ever */
  readonly days: number;
  readonly logger: Logger;
  readonly now?: () => Date;
  /** between two looks at what is due; ten minutes unless told */
  readonly lookEveryMs?: number;
}

export interface Retention {
  stop(): Promise<void>;
}

const dayMs = 86_400_000;
/** Each tenant once a day; a little less, so that the hour does not wander. */
const passEveryMs = 20 * 3_600_000;
const lookEveryMs = 600_000;
/** Small, so that a lock is short and sending is not held up. */
const batchSize = 500;
/** A batch is followed by a rest of this many times its own time: at most a fifth of what the database can do. */
const restFactor = 4;
const shortestRestMs = 20;
/** Receipts of WhatsApp and searches for messages do not reach back this far. */
const submissionDays = 30;

/**
 * Deletes what is older than the operator wants to keep: at night, or while the tenant sends nothing, in small
 * batches. What waits or has an unknown outcome stays, however old it is.
 */
export function keepRetention(options: RetentionOptions): Retention {
  const { logger } = options;
  const now = options.now ?? (() => new Date());
  const ending = new AbortController();
  const passedAtMs = new Map<string, number>();
  const looking = createSingleFlight(look);

  async function look(): Promise<void> {
    for (const tenant of options.tenants()) {
      if (ending.signal.aborted) return;
      const { customerId } = tenant;
      if (now().getTime() - (passedAtMs.get(customerId) ?? 0) < passEveryMs) continue;
      try {
        const pass = await prune(tenant);
        if (pass.isComplete) passedAtMs.set(customerId, now().getTime());
        if (pass.deleted > 0) {
          logger.info('retention.deleted', 'old events deleted', {
            customer_id: customerId,
            days: options.days,
            rows: pass.deleted,
          });
        }
      } catch (thrown) {
        logger.warn('retention.failed', 'old events could not be deleted', {
          customer_id: customerId,
          error: errorText(thrown),
        });
      }
    }
  }

  /** Incomplete: there was something to send meanwhile, or the gateway stops; it goes on at the next look. */
  async function prune(tenant: RetentionTenant): Promise<{ deleted: number; isComplete: boolean }> {
    const store = createRetentionStore(tenant.tenantDatabase.bookkeeping, tenant.customerId);
    let deleted = 0;
    for (const step of stepsOf(store)) {
      for (;;) {
        if (ending.signal.aborted || !(isNight(now()) || isIdle(tenant)))
          return { deleted, isComplete: false };
        const startedMs = performance.now();
        const count = await step(batchSize);
        deleted += count;
        if (count < batchSize) break;
        const restMs = Math.max(shortestRestMs, (performance.now() - startedMs) * restFactor);
        await delay(restMs, undefined, { signal: ending.signal }).catch(() => undefined);
      }
    }
    return { deleted, isComplete: true };
  }

  function stepsOf(store: RetentionStore): ((limit: number) => Promise<number>)[] {
    const ago = (days: number) => new Date(now().getTime() - days * dayMs);
    const always = [(limit: number) => store.deleteSubmissions(ago(submissionDays), limit)];
    if (options.days === 0) return always;
    const before = ago(options.days);
    return [
      (limit) => store.deleteEvents(before, limit),
      (limit) => store.deleteDirectDeliveries(before, limit),
      (limit) => store.deleteInbound(before, limit),
      ...always,
    ];
  }

  const timer = setInterval(() => void looking.run(), options.lookEveryMs ?? lookEveryMs);
  timer.unref();

  return {
    async stop() {
      clearInterval(timer);
      ending.abort();
      await looking.running;
    },
  };
}

/** On this machine's clock. */
function isNight(at: Date): boolean {
  return at.getHours() >= 1 && at.getHours() < 5;
}

function isIdle({ worker }: RetentionTenant): boolean {
  return [...worker.lanes().values()].every(({ underWay, claimed }) => underWay === 0 && claimed === 0);
}
