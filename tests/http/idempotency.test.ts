import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { invoiceEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';

interface Accepted {
  event_id: number;
  duplicate?: boolean;
}

let gateway: TestGateway;
let tenant: TestTenant;

beforeAll(async () => {
  gateway = await startGateway();
  tenant = await gateway.addTenant();
  await gateway.registry.setPaused(tenant.customerId, true);
});
afterAll(() => gateway.stop());

async function eventsWith(key: string): Promise<number[]> {
  const rows = await tenant.sql<{ id: number }>(
    'select id from websocket_events where idempotency_key = $1',
    [key],
  );
  return rows.map((row) => row.id);
}

it('answers a repeat with 200, the first answer and duplicate: true', async () => {
  const key = randomUUID();
  const first = await tenant.post<Accepted>('/api/events', invoiceEvent({}, { idempotency_key: key }));
  expect(first.status).toBe(202);
  const again = await tenant.post<Accepted>('/api/events', invoiceEvent({}, { idempotency_key: key }));
  expect(again.status).toBe(200);
  expect(again.body).toEqual({ ...first.body, duplicate: true });
  expect(await eventsWith(key)).toEqual([first.body.event_id]);
});

it('gives the first answer even when the repeat says something else', async () => {
  const key = randomUUID();
  const first = await tenant.post<Accepted>('/api/events', invoiceEvent({}, { idempotency_key: key }));
  const again = await tenant.post<Accepted>(
    '/emit-event',
    invoiceEvent({ client_email: 'other@example.com' }, { idempotency_key: key }),
  );
  expect(again.status).toBe(200);
  expect(again.body).toEqual({ ...first.body, duplicate: true });
});

it('knows the key by the header Idempotency-Key, the same one as in a body', async () => {
  const key = randomUUID();
  const first = await tenant.post<Accepted>('/api/events', invoiceEvent(), { 'idempotency-key': key });
  expect(first.status).toBe(202);
  const byHeader = await tenant.post<Accepted>('/emit-event', invoiceEvent(), { 'Idempotency-Key': key });
  expect(byHeader.body).toEqual({ ...first.body, duplicate: true });
  const byBody = await tenant.post<Accepted>('/api/events', invoiceEvent({}, { idempotency_key: key }));
  expect(byBody.status).toBe(200);
  expect(byBody.body).toEqual({ ...first.body, duplicate: true });
});

it('stores one event of many that come at once, and answers all alike', async () => {
  const key = randomUUID();
  const answers = await Promise.all(
    Array.from({ length: 40 }, () =>
      tenant.post<Accepted>('/api/events', invoiceEvent({}, { idempotency_key: key })),
    ),
  );
  expect(answers.filter((answer) => answer.status === 202)).toHaveLength(1);
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(39);
  const ids = await eventsWith(key);
  expect(ids).toHaveLength(1);
  for (const answer of answers) {
    expect(answer.body.event_id).toBe(ids[0]);
    expect(answer.body.duplicate).toBe(answer.status === 200 ? true : undefined);
  }
});

it('stores one event of two with one key in the same batch', async () => {
  const key = randomUUID();
  const { status, body } = await tenant.post<{
    success: boolean;
    results: (Accepted & { status: number })[];
  }>('/api/events/batch', {
    events: [
      invoiceEvent({}, { idempotency_key: key }),
      invoiceEvent(),
      invoiceEvent({}, { idempotency_key: key }),
    ],
  });
  expect(status).toBe(207);
  expect(body.success).toBe(true);
  expect(body.results.map((result) => result.status).sort()).toEqual([200, 202, 202]);
  expect(body.results[1]?.status).toBe(202);
  expect(body.results[0]?.event_id).toBe(body.results[2]?.event_id);
  expect(body.results.filter((result) => result.duplicate === true)).toHaveLength(1);
  expect(await eventsWith(key)).toEqual([body.results[0]?.event_id]);
});

it('keeps the keys of two tenants apart', async () => {
  const other = await gateway.addTenant();
  await gateway.registry.setPaused(other.customerId, true);
  const key = randomUUID();
  const first = await tenant.post('/api/events', invoiceEvent({}, { idempotency_key: key }));
  const second = await other.post('/api/events', invoiceEvent({}, { idempotency_key: key }));
  expect([first.status, second.status]).toEqual([202, 202]);
});

it('still knows a key after the deliveries have moved on', async () => {
  const key = randomUUID();
  const first = await tenant.post<Accepted>('/api/events', invoiceEvent({}, { idempotency_key: key }));
  await tenant.sql(`update message_deliveries set status = 'sent' where event_id = $1`, [
    first.body.event_id,
  ]);
  await tenant.sql(`update websocket_events set status = 'completed' where id = $1`, [first.body.event_id]);
  const again = await tenant.post<Accepted>('/api/events', invoiceEvent({}, { idempotency_key: key }));
  expect(again.body).toEqual({ ...first.body, duplicate: true });
});

it('takes a number as a key, ignores an empty one, refuses one that is no key', async () => {
  const number = Date.now();
  const first = await tenant.post<Accepted>('/api/events', invoiceEvent({}, { idempotency_key: number }));
  const again = await tenant.post<Accepted>('/api/events', invoiceEvent({}, { idempotency_key: number }));
  expect(again.body.event_id).toBe(first.body.event_id);
  const empty = [
    await tenant.post<Accepted>('/api/events', invoiceEvent({}, { idempotency_key: '' })),
    await tenant.post<Accepted>('/api/events', invoiceEvent({}, { idempotency_key: '' })),
  ];
  expect(empty.map((answer) => answer.status)).toEqual([202, 202]);
  for (const key of ['x'.repeat(256), 'a\nb', {}, true]) {
    const refused = await tenant.post('/api/events', invoiceEvent({}, { idempotency_key: key }));
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ code: 'invalid_event', details: [{ path: 'idempotency_key' }] });
  }
});
