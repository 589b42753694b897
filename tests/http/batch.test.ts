import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  invoiceEvent,
  quietEvent,
  startGateway,
  type TestGateway,
  type TestTenant,
} from '../support/start-gateway';

interface Batch {
  success: boolean;
  results: {
    index: number;
    status: number;
    event_id?: number;
    error?: string;
    code?: string;
    details?: { path: string; message: string }[];
  }[];
}

let gateway: TestGateway;
let tenant: TestTenant;

beforeAll(async () => {
  gateway = await startGateway();
  tenant = await gateway.addTenant();
  await gateway.registry.setPaused(tenant.customerId, true);
});
afterAll(() => gateway.stop());

it('answers 207 in the order of the events, one bad event spoiling none of the others', async () => {
  const answer = await tenant.post<Batch>('/api/events/batch', {
    events: [
      invoiceEvent({ invoice_id: 1 }),
      invoiceEvent({ client_email: 'nobody' }),
      { event_type: 'made:up', event_data: {} },
      'no event',
      invoiceEvent({ notes: 'a\u0000b' }),
      { ...quietEvent, customer_id: 'SOMEBODY' },
      quietEvent,
    ],
  });
  expect(answer.status).toBe(207);
  const { results, success } = answer.body;
  expect(success).toBe(false);
  expect(results.map((result) => result.index)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(results.map((result) => result.status)).toEqual([202, 422, 422, 422, 422, 403, 202]);
  expect(results.map((result) => result.code)).toEqual([
    undefined,
    'invalid_event',
    'invalid_event',
    'invalid_event',
    'invalid_event',
    'wrong_tenant',
    undefined,
  ]);
  expect(results[1]).toMatchObject({
    error: expect.stringContaining('event_data.client_email') as string,
    details: [{ path: 'event_data.client_email', message: 'must be an email address' }],
  });
  const stored = await tenant.sql<{ id: number }>('select id from websocket_events order by id');
  expect(stored.map((row) => row.id)).toEqual([results[0]?.event_id, results[6]?.event_id]);
});

it('takes a thousand, and says success when all of them are', async () => {
  const events = Array.from({ length: 1_000 }, (_, index) => invoiceEvent({ invoice_id: index }));
  const answer = await tenant.post<Batch>('/api/events/batch', { events });
  expect(answer.status).toBe(207);
  expect(answer.body.success).toBe(true);
  expect(answer.body.results).toHaveLength(1_000);
  const stored = await tenant.sql<{ id: number; n: number }>(
    `select id, (event_data->>'invoice_id')::integer as n from websocket_events where id = any($1)`,
    [answer.body.results.map((result) => result.event_id)],
  );
  const numberById = new Map(stored.map((row) => [row.id, row.n]));
  expect(answer.body.results.map((result) => numberById.get(result.event_id ?? 0))).toEqual(
    events.map((_, index) => index),
  );
});

it('numbers deliveries in the order of the events: each recipient gets them in that order', async () => {
  await tenant.set({ webhook_enabled: true, webhook_url: 'http://127.0.0.1:9/hook' });
  const events = Array.from({ length: 60 }, (_, index) => invoiceEvent({ invoice_id: `order-${index}` }));
  const { body } = await tenant.post<Batch>('/api/events/batch', { events });
  const rows = await tenant.sql<{ event_id: number; channel: string }>(
    'select event_id, channel from message_deliveries where event_id = any($1) order by id',
    [body.results.map((result) => result.event_id)],
  );
  expect(rows).toEqual(
    body.results.flatMap((result) => [
      { event_id: result.event_id, channel: 'email' },
      { event_id: result.event_id, channel: 'webhook' },
    ]),
  );
});

it('refuses a batch of more than a thousand as a whole', async () => {
  const before = await tenant.sql('select count(*) from websocket_events');
  const events = Array.from({ length: 1_001 }, () => quietEvent);
  const answer = await tenant.post('/api/events/batch', { events });
  expect(answer.status).toBe(422);
  expect(answer.body).toMatchObject({ details: [{ path: 'events' }] });
  expect(await tenant.sql('select count(*) from websocket_events')).toEqual(before);
});

it.each([[{}], [{ events: 'none' }], [{ events: { 0: quietEvent } }], [[quietEvent]]])(
  'refuses %j for a batch',
  async (body) => {
    expect((await tenant.post('/api/events/batch', body)).status).toBe(422);
  },
);

it('answers an empty batch with no results', async () => {
  const answer = await tenant.post<Batch>('/api/events/batch', { events: [] });
  expect(answer.status).toBe(207);
  expect(answer.body).toEqual({ success: true, results: [] });
});

it('counts a batch of 100 as 100 against the rate limit', async () => {
  const limited = await gateway.addTenant({ settings: { rate_limit_per_minute: 250 } });
  const events = Array.from({ length: 100 }, () => quietEvent);
  const statuses: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    statuses.push((await limited.post('/api/events/batch', { events })).status);
  }
  expect(statuses).toEqual([207, 207, 429]);
  expect((await limited.sql<{ count: string }>('select count(*) from websocket_events'))[0]?.count).toBe(
    '200',
  );
  // What is left is left: a refused batch takes nothing.
  const rest = await limited.post('/api/events/batch', { events: events.slice(0, 50) });
  expect(rest.status).toBe(207);
  const over = await limited.post('/api/events', quietEvent);
  expect(over.status).toBe(429);
  expect(over.body['code']).toBe('rate_limited');
  expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(0);
});
