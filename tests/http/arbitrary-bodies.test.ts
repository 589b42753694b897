import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';

let gateway: TestGateway;
let tenant: TestTenant;

beforeAll(async () => {
  gateway = await startGateway();
  tenant = await gateway.addTenant();
  await gateway.registry.setPaused(tenant.customerId, true);
});
afterAll(() => gateway.stop());

/** Strings as no keyboard makes them: any UTF-16 code units, NUL and half surrogate pairs among them. */
const wildText = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
  .map((units) => String.fromCharCode(...units));
const wildValue = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' });
const wildName = fc.oneof(
  wildText,
  fc.constantFrom('__proto__', 'constructor', 'prototype', '', 'a'.repeat(2_000)),
);
const wildNumber = fc.constantFrom(
  '1e400',
  '-1e400',
  '9007199254740993',
  '1e308',
  '-0',
  '0.1e-400',
  '123456789012345678901234567890',
);

const wildMember = fc.oneof(
  fc.tuple(wildName, wildValue).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`),
  fc.tuple(wildText, wildNumber).map(([name, number]) => `${JSON.stringify(name)}:${number}`),
  fc.tuple(wildText, wildText).map(([name, text]) => `${JSON.stringify(name)}:${JSON.stringify(text)}`),
);

const post = (raw: string) =>
  gateway.call('/api/events', {
    method: 'POST',
    raw,
    headers: { authorization: `Bearer ${tenant.apiKey}` },
  });

it('whatever an event holds besides its fields, it is stored or refused in words, never a fault', async () => {
  const fields = JSON.stringify(invoiceEvent().event_data).slice(1, -1);
  await fc.assert(
    fc.asyncProperty(fc.array(wildMember, { minLength: 1, maxLength: 4 }), async (members) => {
      const { status, body } = await post(
        `{"event_type":"invoice:sent","event_data":{${[...members, fields].join(',')}}}`,
      );
      expect([202, 422]).toContain(status);
      if (status === 422) expect(body['code']).toBe('invalid_event');
    }),
    { numRuns: 300 },
  );
});

it('whatever stands for an event, it is refused in words', async () => {
  const field = fc.option(fc.oneof(wildValue, wildText), { nil: undefined });
  const envelope = fc.oneof(
    wildValue,
    fc.record({ event_type: field, event_data: field, idempotency_key: field, expires_at: field }),
  );
  await fc.assert(
    fc.asyncProperty(envelope, async (body) => {
      const { status } = await post(JSON.stringify(body));
      expect(status).toBe(422);
    }),
    { numRuns: 200 },
  );
});

it('bytes that are no JSON are refused, and the next request is served', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
      const { status } = await gateway.call('/emit-event', {
        method: 'POST',
        raw: new Uint8Array(bytes),
        headers: { authorization: `Bearer ${tenant.apiKey}` },
      });
      expect([400, 422]).toContain(status);
    }),
    { numRuns: 100 },
  );
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect((await post(`{"event_type":"invoice:sent","event_data":${deep}}`)).status).toBe(422);
  expect((await tenant.post('/api/events', invoiceEvent())).status).toBe(202);
  const faults = (await gateway.readLog()).filter((line) => line['level'] === 'error');
  expect(faults).toEqual([]);
});
