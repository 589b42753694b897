import { batchBody, benchEvent, eventBody } from './bench-event';
import type { BenchStage } from './bench-stage';
import type { BenchRow } from './bench-table';
import type { BenchTenant } from './bench-tenant';
import type { CostMeter } from './cost-meter';
import type { PostLoad, Rate } from './load';

const inFlight = 32;
const batchSize = 100;
const sockets = 8;

export interface IntakePlan {
  readonly rounds: number;
  /** of one measurement of one round */
  readonly durationMs: number;
}

/** Events a second, one delivery planned for each. "Paused": nothing leaves meanwhile. */
export async function measureIntake(
  stage: BenchStage,
  plan: IntakePlan,
  costs: CostMeter,
): Promise<BenchRow[]> {
  const { durationMs } = plan;
  const batches: number[] = [];
  const batchesWithHistory: number[] = [];
  const overSockets: number[] = [];
  const singles: number[] = [];
  const singlesWhileSending: number[] = [];
  const rawCommits: number[] = [];
  const bareExpress: number[] = [];
  const bareSockets: number[] = [];

  /** Runs an intake on a paused tenant, checks that it really was, and removes what it stored. */
  async function stored(tenant: BenchTenant, what: string, intake: () => Promise<Rate>): Promise<Rate> {
    await stage.sinks.call('reset', 'webhook');
    const rate = await costs.weigh(what, intake, ({ count }) => count);
    const left = await stage.sinks.call('count', 'webhook');
    if (left > 0) throw new Error(`${left} webhooks left while ${tenant.customerId} was paused`);
    await tenant.clear();
    return rate;
  }

  await stage.hooks.setPaused(true);
  await stage.history.setPaused(true);
  // The first round warms up compilers and caches, and does not count. It is as long as the others: with less,
  // the gateway's share of a slow first second is larger than that of the small baselines.
  for (let round = -1; round < plan.rounds; round += 1) {
    const keep = (list: number[], { rate }: { readonly rate: number }) => {
      if (round >= 0) list.push(rate);
    };
    const history = () => postBatches(stage, stage.history, durationMs);
    const batch = () => postBatches(stage, stage.hooks, durationMs);
    const single = () => postSingles(stage, stage.gateway.origin, durationMs);
    keep(batchesWithHistory, await stored(stage.history, 'event of a batch, old deliveries', history));
    keep(batches, await stored(stage.hooks, 'event of a batch', batch));
    keep(rawCommits, await commitRaw(stage, durationMs));
    keep(overSockets, await stored(stage.hooks, 'event by socket', () => emitEvents(stage, durationMs)));
    keep(bareSockets, await emitEvents(stage, durationMs, stage.baselineOrigin));
    keep(singles, await stored(stage.hooks, 'single post', single));
    keep(bareExpress, await postSingles(stage, stage.baselineOrigin, durationMs));
    await stage.hooks.setPaused(false);
    const delivered = async () => {
      const rate = await single();
      return { rate, sent: await stage.hooks.expectAllSent() };
    };
    const { rate } = await costs.weigh('single post with its webhook', delivered, ({ sent }) => sent);
    keep(singlesWhileSending, rate);
    await stage.hooks.setPaused(true);
    await stage.hooks.clear();
  }
  await stage.hooks.setPaused(false);
  await stage.history.setPaused(false);

  const raw = { what: 'raw commits/s', values: rawCommits };
  const express = { what: 'posts/s, bare Express', values: bareExpress };
  const unit = 'events/s';
  return [
    {
      metric: `intake, batches of ${batchSize}, ${inFlight} in flight, lanes paused`,
      unit,
      ours: batches,
      baseline: raw,
      target: { kind: 'ratio', value: 3 },
    },
    {
      metric: `intake, ${sockets} sockets, ${inFlight} in flight, lanes paused`,
      unit,
      ours: overSockets,
      baseline: raw,
      target: { kind: 'ratio', value: 1 },
    },
    {
      metric: `the same, beside bare Socket.IO acknowledgements`,
      unit,
      ours: overSockets,
      baseline: { what: 'acks/s, bare Socket.IO', values: bareSockets },
      target: undefined,
    },
    {
      metric: `intake, single posts, ${inFlight} in flight, lanes paused`,
      unit,
      ours: singles,
      baseline: express,
      target: { kind: 'ratio', value: 0.8 },
    },
    {
      metric: `intake, single posts, ${inFlight} in flight, webhooks leaving at full speed`,
      unit,
      ours: singlesWhileSending,
      baseline: express,
      target: undefined,
    },
    {
      metric: `intake, batches, with old deliveries in the tables`,
      unit,
      ours: batchesWithHistory,
      baseline: { what: 'events/s without', values: batches },
      target: { kind: 'ratio', value: 0.9 },
    },
  ];
}

function postBatches(stage: BenchStage, tenant: BenchTenant, durationMs: number) {
  return stage.load.call('post', {
    origin: stage.gateway.origin,
    path: '/api/events/batch',
    apiKey: tenant.apiKey,
    body: batchBody(batchSize),
    expectedStatus: 207,
    events: batchSize,
    inFlight,
    durationMs,
  });
}

function postSingles(stage: BenchStage, origin: string, durationMs: number) {
  return stage.load.call('post', { ...singlePost(stage, stage.hooks), origin, inFlight, durationMs });
}

/** One event a request, as the PHP application sends them. */
export function singlePost(
  stage: BenchStage,
  tenant: BenchTenant,
): Omit<PostLoad, 'inFlight' | 'durationMs'> {
  return {
    origin: stage.gateway.origin,
    path: '/api/events',
    apiKey: tenant.apiKey,
    body: eventBody,
    expectedStatus: 202,
    events: 1,
  };
}

function emitEvents(stage: BenchStage, durationMs: number, origin = stage.gateway.origin) {
  const { apiKey: token } = stage.hooks;
  return stage.load.call('sockets', { origin, token, event: benchEvent, sockets, inFlight, durationMs });
}

function commitRaw(stage: BenchStage, durationMs: number) {
  const event = JSON.stringify(benchEvent.event_data);
  return stage.load.call('rawCommits', { url: stage.rawUrl, event, connections: inFlight, durationMs });
}
