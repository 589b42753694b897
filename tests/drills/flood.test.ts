import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOpenApiDocument } from '../../main/gateway/http/openapi-document';
import { routeTable } from '../../main/gateway/http/route-table';
import { arbitraryOf, hostileValue, nastyTexts, type JsonSchema } from '../security/hostile-values';
import { startMailCatcher, type MailCatcher } from '../simulators/mail-catcher';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { openSocket } from '../support/watch-socket';
import { findRunningTimers } from '../support/watch-timers';

/** Requests and packets together; FLOOD_REQUESTS=100000 for the whole drill. */
const total = Number(process.env['FLOOD_REQUESTS'] ?? 2_000);
const workers = 8;
/** A minute is far more than the mail takes; a lane that the flood blocks would never get there. */
const onTimeMs = 60_000;

let gateway: TestGateway;
let mails: MailCatcher;
let flooder: TestTenant;
let calm: TestTenant;
beforeAll(async () => {
  mails = await startMailCatcher();
  gateway = await startGateway({
    env: {
      SYSTEM_SMTP_HOST: mails.host,
      SYSTEM_SMTP_PORT: String(mails.port),
      PUPPETEER_EXECUTABLE_PATH: '/nonexistent/browser',
      LOG_LEVEL: 'warn',
    },
  });
  // The flood's own mails have nowhere to go, or 100,000 of them would be the test of something else.
  flooder = await gateway.addTenant({ customerId: 'FLOOD', settings: { email_enabled: false } });
  calm = await gateway.addTenant({ customerId: 'CALM' });
});
afterAll(async () => {
  await gateway.stop();
  await mails.stop();
});

const schemas = (createOpenApiDocument()['components'] as { schemas: Record<string, JsonSchema> }).schemas;
const data = Object.values(schemas).filter((schema) => 'examples' in schema);
// What starts a browser, logs out or makes text of templates for long is tried by the suite.
const routes = routeTable.filter(({ path }) => !/^\/(whatsapp|docs|assets|metrics)/.test(path));
const text = (value: unknown) =>
  encodeURIComponent(
    (typeof value === 'string' ? value : JSON.stringify(value ?? null)).toWellFormed().slice(0, 500),
  );

const request = fc.record({
  route: fc.constantFrom(...routes),
  id: fc.oneof(fc.integer(), fc.constantFrom(...nastyTexts)),
  body: fc.oneof(
    hostileValue,
    fc.constantFrom(...data).chain((schema) =>
      fc.record({
        event_type: fc.constantFrom('invoice:sent', 'payslip:generated', 'user:clockedIn'),
        event_data: arbitraryOf(schema, schemas),
      }),
    ),
  ),
  query: fc.oneof(
    fc.constant(''),
    hostileValue.map((value) => `?limit=${text(value)}&recipient=${text(value)}`),
  ),
});
const packet = fc.tuple(
  fc.constantFrom('internal:event', 'events:since', 'nothing:such'),
  fc.oneof(
    hostileValue,
    fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  ),
);

function heapMb(): number {
  // The watch for leaked timers keeps what ended ones close over until it sweeps.
  findRunningTimers();
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1_000_000;
}

describe(`${total} generated requests and packets`, () => {
  it(
    "end with the gateway up, its memory back, and another tenant's deliveries on time",
    async () => {
      let done = 0;
      let sent = 0;
      const statuses = new Map<number, number>();

      const sendRequests = async () => {
        while (done < total) {
          for (const { route, id, body, query } of fc.sample(request, 50)) {
            done += 1;
            const path = route.path.replace(/:\w+/g, () => text(id) || '%20');
            const response = await fetch(`${gateway.origin}${path}${query}`, {
              method: route.method.toUpperCase(),
              headers: { authorization: `Bearer ${flooder.apiKey}` },
              ...(route.method === 'post' ? { body: JSON.stringify(body) } : {}),
            });
            await response.arrayBuffer();
            statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
          }
        }
      };
      const sendPackets = async () => {
        let watched = openSocket(gateway.origin, { token: flooder.apiKey });
        try {
          while (done < total) {
            if (watched.socket.disconnected && !watched.socket.active) {
              watched.close();
              watched = openSocket(gateway.origin, { token: flooder.apiKey });
            }
            for (const [name, payload] of fc.sample(packet, 50)) {
              done += 1;
              watched.socket.emit(name, payload);
            }
            // In step with the gateway; one that is ended or held back by the limit answers too, or not at all.
            await watched.ask('events:since', { limit: 1 }, 5_000).catch(() => undefined);
          }
        } finally {
          watched.close();
        }
      };
      const latenessMs: number[] = [];
      const deliverCalmly = async () => {
        while (done < total) {
          const email = `calm-${sent}@example.com`;
          const startedAt = performance.now();
          expect((await calm.post('/api/events', invoiceEvent({ client_email: email }))).status).toBe(202);
          sent += 1;
          await waitUntil(() => mails.mails.some(({ to }) => to[0] === email), {
            what: `the mail to ${email} in the flood`,
            timeoutMs: onTimeMs,
          });
          latenessMs.push(performance.now() - startedAt);
        }
      };

      // Caches fill and code is compiled by the first of them.
      const before = heapMb();
      await Promise.all([
        ...Array.from({ length: workers }, sendRequests),
        sendPackets(),
        sendPackets(),
        deliverCalmly(),
      ]);

      expect(done).toBeGreaterThanOrEqual(total);
      expect(statuses.get(500) ?? 0).toBe(0);
      expect(sent).toBeGreaterThan(0);
      expect(latenessMs).toHaveLength(sent);
      expect((await gateway.call('/health')).body['status']).toBe('ok');
      expect((await gateway.readLog()).filter(({ level }) => level === 'error')).toEqual([]);
      await waitUntil(() => heapMb() < before + 80, {
        what: 'the memory to come back',
        intervalMs: 500,
      });
    },
    60_000 + total * 60,
  );
});
