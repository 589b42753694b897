import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Signals } from '../signals';

/** What is measured of a tenant: its lanes, by channel. */
interface MeasuredTenant {
  readonly customerId: string;
  readonly worker: {
    lanes(): ReadonlyMap<string, { readonly underWay: number; readonly breaker: string }>;
  };
}

export interface Metrics {
  read(): Promise<{ contentType: string; text: string }>;
  stop(): void;
}

/** What Prometheus reads at /metrics. No addresses, no customers' data; tenants by their id. */
export function createMetrics(parts: {
  readonly signals: Signals;
  readonly tenants: () => readonly MeasuredTenant[];
  readonly sockets: () => number;
  /** to the server of the system database */
  readonly databaseConnections: () => {
    readonly limit: number;
    readonly used: number;
    readonly waiting: number;
  };
}): Metrics {
  const registry = new Registry();
  const events = new Counter({
    name: 'gateway_events_accepted_total',
    help: 'Events taken in since the start.',
    labelNames: ['source'] as const,
    registers: [registry],
  });
  const deliveries = new Counter({
    name: 'gateway_deliveries_total',
    help: 'Delivery outcomes since the start.',
    labelNames: ['channel', 'outcome'] as const,
    registers: [registry],
  });
  const eventsFinished = new Counter({
    name: 'gateway_events_finished_total',
    help: 'Events whose deliveries are all settled, since the start.',
    labelNames: ['status'] as const,
    registers: [registry],
  });
  new Gauge({
    name: 'gateway_sockets_connected',
    help: 'Live pages connected now.',
    registers: [registry],
    collect() {
      this.set(parts.sockets());
    },
  });
  new Gauge({
    name: 'gateway_database_connections',
    help: "Connections to tenants' databases: open, waited for, and the most that may be open.",
    labelNames: ['state'] as const,
    registers: [registry],
    collect() {
      const { limit, used, waiting } = parts.databaseConnections();
      this.set({ state: 'open' }, used);
      this.set({ state: 'waiting' }, waiting);
      this.set({ state: 'limit' }, limit);
    },
  });
  new Gauge({
    name: 'gateway_deliveries_under_way',
    help: 'Messages being sent now.',
    labelNames: ['customer_id', 'channel'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const tenant of parts.tenants()) {
        for (const [channel, lane] of tenant.worker.lanes()) {
          this.set({ customer_id: tenant.customerId, channel }, lane.underWay);
        }
      }
    },
  });
  new Gauge({
    name: 'gateway_channel_unavailable',
    help: '1 while the other side of a channel counts as away.',
    labelNames: ['customer_id', 'channel'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const tenant of parts.tenants()) {
        for (const [channel, lane] of tenant.worker.lanes()) {
          this.set({ customer_id: tenant.customerId, channel }, lane.breaker === 'closed' ? 0 : 1);
        }
      }
    },
  });
  const scrape = new Histogram({
    name: 'gateway_metrics_duration_seconds',
    help: 'How long reading the metrics took.',
    buckets: [0.001, 0.01, 0.1, 1],
    registers: [registry],
  });
  let withDefaults = false;

  const subscriptions = [
    parts.signals.on('event.accepted', ({ source, count }) => events.inc({ source }, count)),
    parts.signals.on('delivery.sent', ({ channel }) => deliveries.inc({ channel, outcome: 'sent' })),
    parts.signals.on('delivery.failed', ({ channel, willRetry }) =>
      deliveries.inc({ channel, outcome: willRetry ? 'retry' : 'failed' }),
    ),
    parts.signals.on('event.completed', () => eventsFinished.inc({ status: 'completed' })),
    parts.signals.on('event.failed', () => eventsFinished.inc({ status: 'failed' })),
  ];

  return {
    async read() {
      // The process figures cost memory and a timer: only where somebody reads them.
      if (!withDefaults) {
        collectDefaultMetrics({ register: registry });
        withDefaults = true;
      }
      const end = scrape.startTimer();
      const text = await registry.metrics();
      end();
      return { contentType: registry.contentType, text };
    },
    stop() {
      for (const unsubscribe of subscriptions) unsubscribe();
      registry.clear();
    },
  };
}
