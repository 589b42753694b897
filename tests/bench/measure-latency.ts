import type { BenchStage } from './bench-stage';
import { type BenchRow, percentile } from './bench-table';
import { singlePost } from './measure-intake';

const pauseMs = 20;

/**
 * How long an event takes through an idle gateway, from the moment before it is posted until the receiver has
 * the head of its webhook: intake, commit and sending. The clock is the machine's monotonic one, the same in
 * all processes. "Accepted → received" would be shorter by the time that the answer takes.
 */
export async function measureLatency(stage: BenchStage, events: number): Promise<BenchRow[]> {
  await stage.load.call('trickle', { ...singlePost(stage, stage.hooks), count: 30, pauseMs });
  await stage.hooks.expectAllSent();
  await stage.sinks.call('watchArrivals', true);
  const sent = await stage.load.call('trickle', {
    ...singlePost(stage, stage.hooks),
    count: events,
    pauseMs,
  });
  await stage.hooks.expectAllSent();
  const arrivals = await stage.sinks.call('arrivals');
  await stage.sinks.call('watchArrivals', false);
  await stage.hooks.clear();

  const latenciesMs = [...sent].map(([eventId, { postedNs }]) => {
    const arrivedNs = arrivals.get(eventId);
    if (arrivedNs === undefined) throw new Error(`the webhook of event ${eventId} did not come`);
    return Number(arrivedNs - postedNs) / 1e6;
  });
  const metric = 'latency, event posted → webhook received, idle';
  return [
    {
      metric: `${metric}, p50`,
      unit: 'ms',
      ours: [percentile(latenciesMs, 0.5)],
      target: { kind: 'at most', value: 10 },
    },
    {
      metric: `${metric}, p99`,
      unit: 'ms',
      ours: [percentile(latenciesMs, 0.99)],
      target: { kind: 'at most', value: 40 },
    },
  ];
}
