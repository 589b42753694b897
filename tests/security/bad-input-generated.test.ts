import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Route } from '../../main/gateway/http/route';
import { routeTable } from '../../main/gateway/http/route-table';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { openSocket } from '../support/watch-socket';
import { arbitraryOf, hostileValue, nastyTexts, type JsonSchema } from './hostile-values';

interface Operation {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: JsonSchema }> };
}
interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, JsonSchema> };
}

/** Of each route, and of each socket message; the drill does many more (tests/drills/flood.test.ts). */
const runs = Number(process.env['BAD_INPUT_RUNS'] ?? 20);
let gateway: TestGateway;
let tenant: TestTenant;
let document: Document;

beforeAll(async () => {
  // No browser: what would start one answers 503.
  gateway = await startGateway({ env: { PUPPETEER_EXECUTABLE_PATH: '/nonexistent/browser' } });
  tenant = await gateway.addTenant();
  document = (await gateway.call<Document>('/openapi.json')).body;
});
afterAll(() => gateway.stop());

const operationOf = (route: Route): Operation =>
  document.paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method] ?? {};

/** Paths and queries carry text only. */
const asText = (value: unknown) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return encodeURIComponent(text.toWellFormed().slice(0, 2_000));
};

function pathOf(route: Route): fc.Arbitrary<string> {
  const names = Object.keys(route.pathIds ?? {});
  const valueOf = (name: string) =>
    name === 'customerId'
      ? fc.constant(tenant.customerId)
      : fc.oneof(fc.integer({ min: -2, max: 2 ** 33 }), fc.constantFrom(...nastyTexts), fc.string());
  return fc
    .record(Object.fromEntries(names.map((name) => [name, valueOf(name)])))
    .map((values) => route.path.replace(/:(\w+)/g, (_whole, name: string) => asText(values[name]) || '%20'));
}

function queryOf(route: Route): fc.Arbitrary<string> {
  const parameters = (operationOf(route).parameters ?? []).filter((parameter) => parameter.in === 'query');
  const shape = Object.fromEntries(
    parameters.map(({ name, schema }) => [name, arbitraryOf(schema, document.components.schemas)]),
  );
  return fc.record(shape, { requiredKeys: [] }).map((query) =>
    Object.entries(query)
      .map(([name, value]) => `${name}=${asText(value)}`)
      .join('&'),
  );
}

function bodyOf(route: Route): fc.Arbitrary<unknown> {
  const schema = operationOf(route).requestBody?.content['application/json']?.schema;
  return schema ? arbitraryOf(schema, document.components.schemas) : fc.constant(undefined);
}

/** Files and figures are no JSON. */
const tried = routeTable.filter(
  ({ path }) => !/^\/(assets|docs|connect|help|metrics|console$|console\/assets)/.test(path),
);

describe('generated from the OpenAPI schemas', () => {
  it.each(tried.map((route): [string, Route] => [`${route.method.toUpperCase()} ${route.path}`, route]))(
    '%s answers what its description allows, and names the field',
    async (_name, route) => {
      const allowed = [...Object.keys(route.answers), ...Object.keys(route.errors ?? {})].map(Number);
      const requests = fc.record({ path: pathOf(route), query: queryOf(route), body: bodyOf(route) });
      await fc.assert(
        fc.asyncProperty(requests, async ({ path, query, body }) => {
          // callGateway itself checks that the answer is a JSON object with `error` and `code`.
          const answer = await gateway.call(`${path}${query === '' ? '' : `?${query}`}`, {
            method: route.method.toUpperCase(),
            headers: { authorization: `Bearer ${tenant.apiKey}` },
            body,
          });
          const { status } = answer;
          expect([...allowed, 400, 401, 403, 422]).toContain(status);
          expect(status).not.toBe(500);
          if (status !== 422 || answer.body['code'] === 'not_sent') return;
          const details = answer.body['details'] as
            { path?: string; part?: string; message: string }[] | undefined;
          if (answer.body['code'] === 'phone_invalid') return;
          expect(details?.length, JSON.stringify(answer.body).slice(0, 300)).toBeGreaterThan(0);
          for (const problem of details ?? [])
            expect(problem.path ?? problem.part).toEqual(expect.any(String));
        }),
        { numRuns: runs, endOnFailure: true },
      );
    },
  );

  it('every event type takes or refuses whatever its fields hold, and names them', async () => {
    const data = Object.entries(document.components.schemas).filter(([, schema]) => 'examples' in schema);
    expect(data.length).toBeGreaterThan(10);
    const events = fc.constantFrom(...data.map(([, schema]) => schema)).chain((schema) =>
      fc.record({
        event_type: fc.constantFrom('invoice:sent', 'payslip:generated', 'user:clockedIn', 'refund:created'),
        event_data: arbitraryOf(schema, document.components.schemas),
        idempotency_key: fc.option(hostileValue),
        expires_at: fc.option(hostileValue),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(events, { minLength: 1, maxLength: 20 }), async (batch) => {
        const { status, body } = await tenant.post<{ results: { status: number; details?: unknown[] }[] }>(
          '/api/events/batch',
          { events: batch },
        );
        expect(status).toBe(207);
        expect(body.results).toHaveLength(batch.length);
        for (const result of body.results) {
          expect([200, 202, 422]).toContain(result.status);
          if (result.status === 422) expect(result.details?.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: runs, endOnFailure: true },
    );
  });

  it.each(['internal:event', 'events:since', 'nothing:such'])(
    'the socket message %s is answered or ignored, whatever it carries',
    async (name) => {
      const watched = openSocket(gateway.origin, { token: tenant.apiKey });
      const payload = fc.oneof(
        hostileValue,
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        fc.record({ event_type: fc.constant('invoice:sent'), event_data: hostileValue }),
        fc.record({ event_type: fc.constant('invoice:sent'), event_data: fc.constant(Buffer.alloc(1_000)) }),
        fc.record({ event_id: hostileValue, limit: hostileValue }),
      );
      try {
        // What is sent before it is connected is encoded later, where nobody catches what that throws.
        await watched.ask('internal:event', invoiceEvent());
        await fc.assert(
          fc.asyncProperty(fc.array(payload, { maxLength: 3 }), async (values) => {
            const answer = await send(watched.socket, name, values);
            if (answer === undefined) return;
            expect(answer).toMatchObject({ success: expect.any(Boolean) as boolean });
            if ('code' in answer) expect(answer.code).not.toBe('internal_error');
          }),
          { numRuns: runs, endOnFailure: true },
        );
      } finally {
        watched.close();
      }
      // A packet that cannot be put together ends its own connection, and nobody else's.
      const next = openSocket(gateway.origin, { token: tenant.apiKey });
      try {
        expect(await next.ask('internal:event', invoiceEvent())).toMatchObject({ success: true });
      } finally {
        next.close();
      }
    },
  );

  /** Undefined: nothing answers it, or this client cannot encode what is nested that deeply. */
  async function send(
    socket: ReturnType<typeof openSocket>['socket'],
    name: string,
    values: readonly unknown[],
  ): Promise<object | undefined> {
    try {
      if (name !== 'nothing:such')
        return (await socket.timeout(10_000).emitWithAck(name, ...values)) as object;
      socket.emit(name, ...values);
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
    }
    return undefined;
  }

  it('left no fault of the gateway in its log', async () => {
    const faults = (await gateway.readLog()).filter(({ level }) => level === 'error');
    expect(faults).toEqual([]);
  });
});
