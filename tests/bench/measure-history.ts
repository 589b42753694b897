import { setTimeout as sleep } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { consoleNamespace, consoleSocketEvents } from '../../main/contracts/console/bridge';
import type { CallAnswer } from '../../main/contracts/console/console-calls';
import type { HistoryFilter } from '../../main/contracts/console/history-calls';
import { benchEvent } from './bench-event';
import type { BenchStage } from './bench-stage';
import { type BenchRow, median } from './bench-table';
import { runCommand } from './gateway-process';

const firstRows = 50;
const callsARound = 40;
/** To reach by the issue: first rows of 1,000,000 within 1.5 times of those of 1,000. */
const target = { kind: 'ratio at most', value: 1.5 } as const;

const filters: readonly (readonly [what: string, filter: HistoryFilter])[] = [
  ['no filter', {}],
  ['channel, state and type', { channel: 'webhook', status: ['sent'], eventType: benchEvent.event_type }],
  ['a state that hardly any is in', { status: ['failed', 'read'] }],
  ['a recipient that nobody is', { recipient: 'nobody@' }],
];

const searches = [
  ['an old invoice by its number', 'INV-2026-16'],
  ['a word of every message', 'invoice'],
  ['two names', 'name77 surname77'],
] as const;

/**
 * How long a page of the history takes in a browser's console, from the call until the rows are there: a tenant
 * with a long history, and in turn one with a short one.
 */
export async function measureHistory(
  stage: BenchStage,
  plan: { readonly rounds: number; readonly oldDeliveries: number },
): Promise<BenchRow[]> {
  const socket = await openConsole(stage);
  try {
    const rows: BenchRow[] = [];
    for (const [what, filter] of filters) {
      const time = (customerId: string) => timeCalls(socket, { ...filter, customerId });
      await time(stage.history.customerId);
      await time(stage.shortHistory.customerId);
      const long: number[] = [];
      const short: number[] = [];
      for (let round = 0; round < plan.rounds; round += 1) {
        long.push(await time(stage.history.customerId));
        short.push(await time(stage.shortHistory.customerId));
      }
      rows.push({
        metric: `history, first ${firstRows} of ${plan.oldDeliveries.toLocaleString('en')}, ${what}`,
        unit: 'ms',
        ours: long,
        baseline: { what: 'of 1,000', values: short },
        target,
      });
    }
    for (const [what, text] of searches) {
      const ours: number[] = [];
      for (let round = 0; round <= plan.rounds; round += 1) {
        ours.push(await timeCalls(socket, { customerId: stage.history.customerId, text }));
      }
      rows.push({
        metric: `history, search of ${plan.oldDeliveries.toLocaleString('en')} for ${what}`,
        unit: 'ms',
        ours: ours.slice(1),
        target: { kind: 'at most', value: 300 },
      });
    }
    return rows;
  } finally {
    socket.disconnect();
  }
}

/** Signs in as an operator does, by a one-time link. */
async function openConsole({ gateway, installation }: BenchStage): Promise<Socket> {
  const { url } = await runCommand<{ url: string }>(installation, 'console', 'link');
  const token = /[A-Za-z0-9_-]{20,}$/.exec(url)?.[0];
  const answer = await fetch(`${gateway.origin}/console/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ link_token: token }),
  });
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
  if (!answer.ok || cookie === undefined)
    throw new Error(`the console refused its link: ${await answer.text()}`);
  const socket = io(`${gateway.origin}${consoleNamespace}`, {
    transports: ['websocket'],
    extraHeaders: { cookie },
    forceNew: true,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('connect_error', reject);
  });
  return socket;
}

/** The median of many calls, ms. */
async function timeCalls(socket: Socket, filter: HistoryFilter): Promise<number> {
  const times: number[] = [];
  while (times.length < callsARound) {
    const startedAt = performance.now();
    const answer = (await socket
      .timeout(30_000)
      .emitWithAck(consoleSocketEvents.call, 'history.list', { filter, limit: firstRows })) as CallAnswer;
    if (answer.ok) times.push(performance.now() - startedAt);
    // The console takes so many calls a minute of one page.
    else if (answer.problem.code === 'rate_limited') await sleep(1_000);
    else throw new Error(`history.list: ${answer.problem.message}`);
  }
  return median(times);
}
