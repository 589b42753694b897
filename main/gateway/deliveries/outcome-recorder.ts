import { errorText } from '../errors';
import type { DeliverySummary } from '../signals';
import type { ClaimedDelivery, DeliveryOutcome, EventCounters } from '../storage/delivery-rows';
import type { DeliveryEngineParts, DeliveryTenant } from './delivery-tenant';

const largestBatch = 500;
const retryAfterMs = 1_000;

interface Entry {
  readonly delivery: ClaimedDelivery;
  readonly outcome: DeliveryOutcome;
  readonly onWritten: (() => void) | undefined;
}

/**
 * Writes outcomes and announces them after the commit. Outcomes that come while a write is under way share the
 * next one. While the database is away they wait here: the claims' leases keep others from sending again.
 */
export interface OutcomeRecorder {
  /** @param lingerMs how long the write may wait for others to share it */
  record(
    delivery: ClaimedDelivery,
    outcome: DeliveryOutcome,
    onWritten?: () => void,
    lingerMs?: number,
  ): void;
  /** deliveries whose outcome is not written yet */
  unwrittenIds(): number[];
  /** Resolves when everything is written, or when `deadline` aborts. */
  drain(deadline: AbortSignal): Promise<void>;
}

export function createOutcomeRecorder(parts: DeliveryEngineParts, tenant: DeliveryTenant): OutcomeRecorder {
  const { logger, signals } = parts;
  let waiting: Entry[] = [];
  let writing: readonly Entry[] = [];
  let running: Promise<void> | undefined;
  let abandoned = false;
  let lingering: NodeJS.Timeout | undefined;

  async function writeAll(): Promise<void> {
    while (waiting.length > 0 && !abandoned) {
      const batch = waiting.splice(0, largestBatch);
      writing = batch;
      try {
        await writeBatch(batch);
      } catch (thrown) {
        waiting = [...batch, ...waiting];
        writing = [];
        logger.warn('delivery.outcome_write_failed', 'delivery outcomes could not be written, trying again', {
          customer_id: tenant.customerId,
          waiting: waiting.length,
          error: errorText(thrown),
        });
        await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
      } finally {
        writing = [];
      }
    }
  }

  async function writeBatch(batch: readonly Entry[]): Promise<void> {
    const recorded = await tenant.deliveries.recordOutcomes(
      batch.map((entry) => entry.outcome),
      parts.instance,
    );
    const written = new Set(recorded.ids);
    for (const entry of batch) {
      if (written.has(entry.delivery.id)) announceDelivery(entry);
      else {
        // Another gateway took it over when the lease ran out, or a person changed it meanwhile.
        logger.warn(
          'delivery.claim_lost',
          'delivery taken over or changed meanwhile: its outcome is dropped',
          {
            customer_id: tenant.customerId,
            delivery_id: entry.delivery.id,
            outcome: entry.outcome.status,
          },
        );
      }
      entry.onWritten?.();
    }
    await announceEvents(recorded.events);
  }

  function announceDelivery({ delivery, outcome }: Entry): void {
    const change = {
      customerId: tenant.customerId,
      deliveryId: delivery.id,
      eventId: delivery.event_id,
      eventType: delivery.event_type ?? '',
      channel: delivery.channel,
      recipient: delivery.recipient,
      status: outcome.status,
      messageId: outcome.messageId,
    };
    if (outcome.status === 'sent') {
      signals.emit('delivery.sent', change);
    } else if (outcome.status === 'failed' || outcome.attempt?.outcome === 'retry') {
      const willRetry = outcome.status !== 'failed';
      signals.emit('delivery.failed', {
        ...change,
        error: outcome.error ?? 'The message could not be sent.',
        errorCode: outcome.errorCode,
        retryCount: outcome.retryCount,
        willRetry,
        nextAttemptAt: willRetry ? new Date(Date.now() + outcome.nextAttemptInMs) : null,
      });
    } else {
      signals.emit('delivery.changed', change);
    }
  }

  async function announceEvents(events: readonly EventCounters[]): Promise<void> {
    const finished = events.filter((event) => event.status !== 'processing');
    const deliveries =
      finished.length > 0 && parts.isWatched(tenant.customerId)
        ? await readDeliveries(finished.map((event) => event.id))
        : new Map<number, DeliverySummary[]>();
    for (const event of events) {
      const progress = {
        customerId: tenant.customerId,
        eventId: event.id,
        eventType: event.event_type,
        status: event.status,
        sent: event.sent,
        failed: event.failed,
        total: event.total,
      };
      signals.emit('event.progress', progress);
      if (event.status === 'processing') continue;
      const outcome = { ...progress, deliveries: deliveries.get(event.id) ?? [] };
      if (event.status === 'completed') signals.emit('event.completed', { ...outcome, error: null });
      else {
        const noun = event.total === 1 ? 'delivery' : 'deliveries';
        signals.emit('event.failed', {
          ...outcome,
          error: `${event.failed} of ${event.total} ${noun} failed`,
        });
      }
    }
  }

  async function readDeliveries(eventIds: readonly number[]): Promise<Map<number, DeliverySummary[]>> {
    const byEvent = new Map<number, DeliverySummary[]>();
    try {
      for (const { event_id, ...summary } of await tenant.events.listDeliveries(eventIds)) {
        const list = byEvent.get(event_id);
        if (list) list.push(summary);
        else byEvent.set(event_id, [summary]);
      }
    } catch (thrown) {
      // The outcomes are committed; a live page without the list asks again by events:since.
      logger.warn('delivery.summary_failed', 'deliveries of finished events could not be read', {
        error: errorText(thrown),
      });
    }
    return byEvent;
  }

  function start(): void {
    clearTimeout(lingering);
    lingering = undefined;
    if (running || waiting.length === 0) return;
    // Outcomes of the same tick share a write.
    running = Promise.resolve()
      .then(writeAll)
      .finally(() => {
        running = undefined;
        if (!abandoned) start();
      });
  }

  return {
    record(delivery, outcome, onWritten, lingerMs = 0) {
      waiting.push({ delivery, outcome, onWritten });
      if (lingerMs === 0) start();
      else lingering ??= setTimeout(start, lingerMs);
    },
    unwrittenIds: () => [...writing, ...waiting].map(({ delivery }) => delivery.id),
    async drain(deadline) {
      const aborted = new Promise<void>((resolve) => {
        if (deadline.aborted) resolve();
        else deadline.addEventListener('abort', () => resolve(), { once: true });
      });
      start();
      while (waiting.length + writing.length > 0 && !deadline.aborted) {
        await Promise.race([running ?? Promise.resolve(), aborted]);
      }
      abandoned = true;
    },
  };
}
