import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { serveCalls } from './calls';

/** The other side, the same for the gateway and for the bare loops: it takes everything and keeps nothing. */

interface Arrivals {
  /** performance.now() of each since the last reset */
  times: number[];
  total: number;
}

const webhooks: Arrivals = { times: [], total: 0 };
const mails: Arrivals = { times: [], total: 0 };
/** While set, webhook bodies are read: the monotonic ns at which each event's webhook was here. */
let arrivedAtNs: Map<number, bigint> | undefined;
let keepNextBody: ((body: string) => void) | undefined;

function arrive(arrivals: Arrivals): void {
  arrivals.times.push(performance.now());
  arrivals.total += 1;
}

const webhookServer = createServer((request, response) => {
  const atNs = process.hrtime.bigint();
  const chunks: Buffer[] = [];
  const readsBody = arrivedAtNs !== undefined || keepNextBody !== undefined;
  if (readsBody) request.on('data', (chunk: Buffer) => chunks.push(chunk));
  else request.resume();
  request.on('end', () => {
    arrive(webhooks);
    response.end('ok');
    if (!readsBody) return;
    const text = Buffer.concat(chunks).toString();
    keepNextBody?.(text);
    keepNextBody = undefined;
    const body = JSON.parse(text) as { data: { event_id: number } };
    arrivedAtNs?.set(body.data.event_id, atNs);
  });
});

const mailServer = new SMTPServer({
  logger: false,
  disableReverseLookup: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  onData(stream, _session, callback) {
    stream.resume();
    stream.on('end', () => {
      arrive(mails);
      callback();
    });
  },
});
mailServer.on('error', () => undefined);

function arrivalsOf(kind: 'webhook' | 'mail'): Arrivals {
  return kind === 'webhook' ? webhooks : mails;
}

const handlers = {
  async listen() {
    await new Promise<void>((resolve) => webhookServer.listen(0, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => mailServer.listen(0, '127.0.0.1', resolve));
    return {
      webhookPort: (webhookServer.address() as AddressInfo).port,
      mailPort: (mailServer.server.address() as AddressInfo).port,
    };
  },
  reset(kind: 'webhook' | 'mail') {
    arrivalsOf(kind).times = [];
  },
  count: (kind: 'webhook' | 'mail') => arrivalsOf(kind).times.length,
  /** Arrivals a second between the first tenth and the `count`-th; the ramp-up is nobody's speed. */
  async waitForRate({ kind, count }: { kind: 'webhook' | 'mail'; count: number }): Promise<number> {
    const arrivals = arrivalsOf(kind);
    const deadline = performance.now() + 120_000;
    while (arrivals.times.length < count) {
      if (performance.now() > deadline) throw new Error(`${arrivals.times.length} of ${count} came`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const first = Math.floor(count / 10);
    const spanMs = (arrivals.times[count - 1] ?? 0) - (arrivals.times[first] ?? 0);
    return ((count - 1 - first) / spanMs) * 1000;
  },
  watchArrivals(on: boolean) {
    arrivedAtNs = on ? new Map() : undefined;
  },
  arrivals: () => arrivedAtNs ?? new Map<number, bigint>(),
  nextWebhookBody: () =>
    new Promise<string>((resolve) => {
      keepNextBody = resolve;
    }),
};

export type SinkCalls = typeof handlers;

serveCalls(handlers);
