import { connect, type Socket as NetSocket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWebhookReceiver, type WebhookReceiver } from '../simulators/webhook-receiver';
import { callGateway } from '../support/call-gateway';
import { waitUntil } from '../support/wait-until';
import { openSocket } from '../support/watch-socket';
import { createInstallation, type Installation, type ServeProcess } from './serve-process';

/** HOGS_SECONDS=120 for the whole drill, whose times are judged; the suite's short form only sees that all is served. */
const seconds = Number(process.env['HOGS_SECONDS'] ?? 8);
const isWhole = process.env['HOGS_SECONDS'] !== undefined;
const p99Ms = isWhole ? 250 : 30_000;
const worstMs = isWhole ? 750 : 60_000;
/** An idle V8 collects late: after the few seconds of the short form only what swells without end is seen. */
const mayKeepMb = isWhole ? 400 : 1_200;

let hook: WebhookReceiver;
let installation: Installation;
let serve: ServeProcess;
let hogKey: string;
let calmKey: string;
beforeAll(async () => {
  hook = await startWebhookReceiver();
  installation = await createInstallation({ HOST: '127.0.0.1' });
  const hog = await installation.run<{ api_key: string }>('tenant', 'add', 'HOG');
  const calm = await installation.run<{ api_key: string }>('tenant', 'add', 'CALM');
  [hogKey, calmKey] = [hog.api_key, calm.api_key];
  const limits = ['rate_limit_per_minute=1000000', 'rate_limit_per_hour=1000000'];
  await installation.run('settings', 'set', 'HOG', ...limits);
  await installation.run(
    ...['settings', 'set', 'CALM', ...limits, 'allow_private_urls=true', 'webhook_enabled=true'],
    `webhook_url=${hook.origin}/hook`,
  );
  serve = await installation.serve();
});
afterAll(async () => {
  await installation.remove();
  await hook.stop();
});

const inData = (text: string) => `{"event_type":"user:clockedIn","event_data":{"more":${text}}}`;
const filled = (piece: string, bytes: number) => piece.repeat(Math.ceil(bytes / piece.length));
const megabytes = (count: number) => count * 1024 * 1024;
const names = Array.from({ length: 49_000 }, (_, index) => `"k${index}":${index}`).join(',');
const bodies = {
  lists: () => inData(`[${filled('[],', megabytes(30))}0]`),
  objects: () => inData(`[${filled('{"a":1},', megabytes(24))}0]`),
  numbers: () => inData(`[${filled('1,', megabytes(24))}0]`),
  texts: () => inData(`[${filled(`"${'ก'.repeat(300_000)}",`, megabytes(28))}0]`),
  nesting: () => inData('['.repeat(megabytes(4))),
  'as much as may be': () => inData(`{${names}}`),
  'one long text': () => inData(`"${'x'.repeat(megabytes(28))}"`),
};
const slowTemplate = '{% for i in (1..4000) %}{% for j in (1..4000) %}{% endfor %}{% endfor %}';

/** Whatever comes of it: what it does to the others is what counts. */
async function post(path: string, raw: string, key?: string): Promise<void> {
  try {
    const response = await fetch(`${serve.origin}${path}`, {
      method: 'POST',
      body: raw,
      headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
    });
    await response.arrayBuffer();
  } catch {
    await pause(50);
  }
}

const residentMb = async () => {
  const metrics = await (await fetch(`${serve.origin}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1]) / 1_000_000;
};

describe(`${seconds} seconds of hogs`, () => {
  it(
    "leave another customer's events on time, and the memory comes back",
    async () => {
      const before = await residentMb();
      const until = Date.now() + seconds * 1_000;
      const going = () => Date.now() < until;
      const made = Object.values(bodies).map((make) => make());
      const open: NetSocket[] = [];

      const sendBodies = async (from: number) => {
        for (let turn = from; going(); turn += 1) {
          const body = made[turn % made.length] ?? '';
          const path = ['/api/events', '/api/events/batch', '/api/templates/preview'][turn % 3] ?? '';
          await post(path, body, turn % 4 === 3 ? undefined : hogKey);
        }
      };
      const sendPackets = async () => {
        const large = { event_type: 'user:clockedIn', event_data: { more: Array(2_000_000).fill(1) } };
        const text = { event_type: 'user:clockedIn', event_data: { more: 'ก'.repeat(megabytes(8)) } };
        while (going()) {
          const watched = openSocket(serve.origin, { token: hogKey });
          await watched.ask('internal:event', large, 5_000).catch(() => undefined);
          await watched.ask('internal:event', text, 5_000).catch(() => undefined);
          watched.close();
        }
      };
      const editCatalogue = async () => {
        for (let count = 0; going(); count += 1) {
          const sample = { a: 'x'.repeat(900_000), b: 'y'.repeat(900_000) };
          const type = { type: `hog:${count % 50}`, title: 'x', required: {}, audiences: [], sample };
          await post('/api/event-types', JSON.stringify(type), hogKey);
          const key = { event_type: 'invoice:sent', audience: 'client', channel: 'whatsapp' };
          await post(
            '/api/templates/preview',
            JSON.stringify({ ...key, template: { text: slowTemplate } }),
            hogKey,
          );
        }
      };
      const searchWidely = async () => {
        const wide = '/api/deliveries?limit=500&recipient=nobody&from=2000-01-01';
        while (going()) {
          await callGateway(serve.origin, wide, { headers: { authorization: `Bearer ${hogKey}` } }).catch(
            () => undefined,
          );
        }
      };
      const neverRead = () => {
        for (let count = 0; count < 20; count += 1) {
          const socket = connect(Number(new URL(serve.origin).port), '127.0.0.1');
          open.push(socket);
          socket.on('error', () => undefined).pause();
          const line = `GET /api/events?limit=500 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${hogKey}\r\n\r\n`;
          socket.write(line.repeat(50));
        }
      };

      const tookMs: number[] = [];
      const postCalmly = async () => {
        for (let count = 0; going(); count += 1) {
          const startedAt = performance.now();
          const name = `calm-${count}`;
          await callGateway(serve.origin, '/api/events', {
            body: {
              event_type: 'user:clockedIn',
              event_data: { user_id: count, user_name: name, clock_in_time: '2026-07-01 07:58:00' },
            },
            headers: { authorization: `Bearer ${calmKey}` },
          });
          await waitUntil(() => hook.requests.some(({ body }) => body.includes(`"${name}"`)), {
            what: `the webhook of ${name}`,
            intervalMs: 2,
          });
          tookMs.push(performance.now() - startedAt);
          hook.reset();
          await pause(20);
        }
      };

      neverRead();
      await Promise.all([
        ...[0, 1, 2, 3].map(sendBodies),
        sendPackets(),
        editCatalogue(),
        searchWidely(),
        postCalmly(),
      ]);
      for (const socket of open) socket.destroy();

      tookMs.sort((a, b) => a - b);
      const at = (share: number) => Math.round(tookMs[Math.floor((tookMs.length - 1) * share)] ?? Infinity);
      const after = await residentMb();
      console.info(
        `${tookMs.length} events from post to webhook: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms; ` +
          `memory ${Math.round(before)} → ${Math.round(after)} MB`,
      );
      expect(tookMs.length).toBeGreaterThan(0);
      expect(at(0.99)).toBeLessThanOrEqual(p99Ms);
      expect(at(1)).toBeLessThanOrEqual(worstMs);
      expect(serve.child.exitCode).toBeNull();
      expect((await callGateway(serve.origin, '/health')).status).toBe(200);
      await waitUntil(async () => (await residentMb()) < before + mayKeepMb, {
        what: 'the memory to come back',
        intervalMs: 500,
      });
    },
    120_000 + seconds * 2_000,
  );
});
