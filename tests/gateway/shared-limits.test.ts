import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { quietEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';

let first: TestGateway;
let second: TestGateway;
let tenant: TestTenant;

beforeAll(async () => {
  const env = { GATEWAY_MASTER_KEY: 'shared-5b1f9ac2e7d34860' };
  first = await startGateway({ env });
  tenant = await first.addTenant();
  second = await startGateway({ env, beside: first });
  // How many there are each reads every few seconds. A limit this small is asked of the database as soon as it knows.
  await setLimits({ rate_limit_per_minute: 999_998, rate_limit_user_per_minute: 30 });
  for (const [user, gateway] of both().entries()) {
    const headers = { authorization: `Bearer ${await tenant.token(`probe${user}`)}` };
    const before = await countRows();
    await waitUntil(
      async () => {
        await post(gateway, 1, headers);
        return (await countRows()) > before;
      },
      { what: 'a gateway to know of the other', intervalMs: 200 },
    );
  }
});
afterAll(async () => {
  await second.stop();
  await first.stop();
});

const both = () => [first, second];
const asKey = () => ({ authorization: `Bearer ${tenant.apiKey}` });
/** A limit that no other test of this file has used is a window that nobody has begun. */
const setLimits = async (limits: { rate_limit_per_minute: number; rate_limit_user_per_minute?: number }) => {
  await tenant.set(limits);
  await waitUntil(
    async () => {
      const { headers } = await second.call('/api/events', { body: quietEvent, headers: asKey() });
      return headers.get('ratelimit-limit') === String(limits.rate_limit_per_minute);
    },
    { what: 'the limits to be in force at the second' },
  );
};

async function countRows(): Promise<number> {
  const rows = await first.system.query<{ n: number }>({
    name: 'test.windows',
    text: 'select count(*) as n from rate_limit_windows',
  });
  return rows[0]?.n ?? 0;
}

async function post(gateway: TestGateway, events: number, headers: Record<string, string>) {
  const answer = await (events === 1
    ? gateway.call('/api/events', { body: quietEvent, headers })
    : gateway.call('/api/events/batch', { body: { events: Array(events).fill(quietEvent) }, headers }));
  expect([202, 207, 429]).toContain(answer.status);
  if (answer.status === 429) {
    expect(answer.body).toMatchObject({
      code: 'rate_limited',
      details: { retry_after_seconds: expect.any(Number) as number },
    });
    return 0;
  }
  expect(Number(answer.headers.get('ratelimit-remaining'))).toBeGreaterThanOrEqual(0);
  return events;
}

async function countEvents(): Promise<number> {
  const rows = await tenant.sql<{ n: number }>(`select count(*)::integer as n from websocket_events`);
  return rows[0]?.n ?? 0;
}

it.each([
  { way: 'alternating single posts', limit: 300, atOnce: 1, sizeOf: () => 1 },
  { way: 'single posts in parallel', limit: 301, atOnce: 40, sizeOf: () => 1 },
  { way: 'posts and batches in parallel', limit: 302, atOnce: 16, sizeOf: (n: number) => (n % 4 ? 1 : 20) },
  { way: 'batches, then single posts', limit: 303, atOnce: 1, sizeOf: (n: number) => (n < 6 ? 100 : 1) },
])('a customer’s limit holds for both together: $way', async ({ limit, atOnce, sizeOf }) => {
  await setLimits({ rate_limit_per_minute: limit });
  const before = await countEvents();
  const startedAtMs = performance.now();
  let accepted = 0;
  let refusedInARow = 0;
  for (let n = 0; refusedInARow < 100; n += atOnce) {
    const posts = Array.from({ length: atOnce }, (_, at) =>
      post(both()[(n + at) % 2]!, sizeOf(n + at), asKey()),
    );
    for (const count of await Promise.all(posts)) {
      accepted += count;
      refusedInARow = count === 0 ? refusedInARow + 1 : 0;
    }
  }
  expect(performance.now() - startedAtMs).toBeLessThan(55_000);
  expect(accepted).toBeGreaterThanOrEqual(270);
  expect(accepted).toBeLessThanOrEqual(330);
  expect(await countEvents()).toBe(before + accepted);
});

it('a user’s limit holds for both together', async () => {
  await setLimits({ rate_limit_per_minute: 999_999, rate_limit_user_per_minute: 50 });
  const headers = { authorization: `Bearer ${await tenant.token('42')}` };
  let accepted = 0;
  for (let n = 0; n < 160; n += 1) accepted += await post(both()[n % 2]!, 1, headers);
  expect(accepted).toBeGreaterThanOrEqual(45);
  expect(accepted).toBeLessThanOrEqual(55);
});

it('an address fails as often at both together as at one', async () => {
  const guess = (n: number) =>
    both()[n % 2]!.call('/api/events', { headers: { authorization: `Bearer guess${n}` } });
  let failed = 0;
  const rowsBefore = await countRows();
  for (let n = 0; n < 150; n += 1) if ((await guess(n)).status === 401) failed += 1;
  expect(failed).toBeGreaterThanOrEqual(54);
  expect(failed).toBeLessThanOrEqual(66);
  expect(await countRows()).toBeLessThanOrEqual(rowsBefore + 1);
});

it('answers come while the table is locked, and the limit holds roughly', async () => {
  await setLimits({ rate_limit_per_minute: 320, rate_limit_user_per_minute: 1_000_000 });
  const url = Object.assign(new URL(inject('postgresAdminUrl')), { pathname: `/${first.systemName}` });
  const locker = new pg.Client({ connectionString: url.href });
  await locker.connect();
  try {
    await locker.query('begin; lock table rate_limit_windows in access exclusive mode');
    let slowestMs = 0;
    let accepted = 0;
    for (let n = 0; n < 400; n += 1) {
      const startedAtMs = performance.now();
      accepted += await post(both()[n % 2]!, 1, asKey());
      slowestMs = Math.max(slowestMs, performance.now() - startedAtMs);
    }
    expect(slowestMs).toBeLessThan(3_000);
    expect(accepted).toBeGreaterThanOrEqual(288);
    expect(accepted).toBeLessThanOrEqual(352);
  } finally {
    await locker.end();
  }
  for (const gateway of both()) {
    await waitUntil(
      async () => {
        await post(gateway, 1, asKey());
        const told = (await gateway.readLog()).map((line) => line['event']);
        return told.includes('rate_limit.counted_alone') && told.includes('rate_limit.shared_again');
      },
      { what: 'the limits to be shared again' },
    );
  }
});
