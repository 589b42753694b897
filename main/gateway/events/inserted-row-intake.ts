import { createRepeatedFlight } from '../concurrency/single-flight';
import { errorText, GatewayError } from '../errors';
import type { Logger } from '../observability/logger';
import type { Signals } from '../signals';
import type { PendingEventRow, PlannedRow } from '../storage/event-rows';
import { announceFailed } from './announce-failed';
import type { EventTenant } from './event-tenant';
import { planEvent } from './plan-event';
import { readEvent } from './read-event';

const batchSize = 100;

/**
 * Takes in the rows that somebody else inserted into `websocket_events` as `pending`: the PHP application when
 * the gateway was out of reach, or in a transaction of its own. A row that does not fit its type becomes
 * `failed` with the fields named in `error_message`.
 */
export interface InsertedRowIntake {
  /** Called for each notification and by the sweep; calls while one is under way are merged. Never throws. */
  run(): Promise<void>;
  stop(): Promise<void>;
}

export function createInsertedRowIntake(parts: {
  readonly tenant: EventTenant;
  readonly signals: Signals;
  readonly logger: Logger;
  /** wakes the lanes after a commit */
  readonly onPlanned: (events: number) => void;
}): InsertedRowIntake {
  const { tenant, signals, logger } = parts;
  const intake = createRepeatedFlight(takeAll);
  let stopped = false;

  async function takeAll(): Promise<void> {
    try {
      while (!isStopped() && (await takeBatch()) === batchSize);
    } catch (thrown) {
      logger.warn('inserted_row.intake_failed', 'inserted events could not be taken in', {
        customer_id: tenant.customerId,
        error: errorText(thrown),
      });
    }
  }

  const isStopped = (): boolean => stopped;

  async function takeBatch(): Promise<number> {
    const { planned, failed } = await tenant.database.transaction(async (tx) => {
      const rows = await tenant.events.lockPending(tx, batchSize);
      const result = rows.map((row) => planRow(tenant, row));
      return {
        planned: result,
        failed: result.length > 0 ? await tenant.events.planPending(tx, result) : [],
      };
    });
    if (planned.length > 0) parts.onPlanned(planned.filter((row) => row.status !== 'failed').length);
    for (const row of planned) {
      announce(row);
      announceFailed(
        signals,
        { customerId: tenant.customerId, eventId: row.id, eventType: row.eventType },
        failed.filter((delivery) => delivery.event_id === row.id),
      );
    }
    return planned.length;
  }

  function announce(row: PlannedRow): void {
    const progress = {
      customerId: tenant.customerId,
      eventId: row.id,
      eventType: row.eventType,
      status: row.status,
      sent: 0,
      failed: row.deliveries.filter(({ error }) => error !== null).length,
      total: row.deliveries.length,
    };
    signals.emit('event.progress', progress);
    if (row.status === 'completed')
      signals.emit('event.completed', { ...progress, deliveries: [], error: null });
    if (row.status === 'failed') {
      signals.emit('event.failed', { ...progress, deliveries: [], error: row.error });
      logger.warn('inserted_row.refused', 'inserted event refused', {
        customer_id: tenant.customerId,
        event_id: row.id,
        event_type: row.eventType,
        error: row.error,
      });
    }
  }

  return {
    run: () => intake.run(),
    async stop() {
      stopped = true;
      await intake.running;
    },
  };
}

function planRow(tenant: EventTenant, row: PendingEventRow): PlannedRow {
  try {
    const event = readEvent(tenant, { event_type: row.event_type, event_data: row.event_data });
    const deliveries = planEvent(tenant, event);
    return {
      id: row.id,
      eventType: row.event_type,
      status: deliveries.length === 0 ? 'completed' : 'processing',
      error: null,
      expiresAt: row.expires_at,
      deliveries,
    };
  } catch (thrown) {
    const error = thrown instanceof GatewayError ? thrown.message : `could not be read: ${errorText(thrown)}`;
    return {
      id: row.id,
      eventType: row.event_type,
      status: 'failed',
      error,
      expiresAt: row.expires_at,
      deliveries: [],
    };
  }
}
