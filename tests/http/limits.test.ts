import { afterAll, beforeAll, expect, it } from 'vitest';
import { quietEvent, startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';

let gateway: TestGateway;
let tenant: TestTenant;

beforeAll(async () => {
  gateway = await startGateway();
  tenant = await gateway.addTenant();
});
afterAll(() => gateway.stop());

async function countUntil429(request: () => Promise<{ status: number; headers: Headers }>, most: number) {
  for (let n = 0; n < most; n += 1) {
    const answer = await request();
    if (answer.status === 429) {
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      return n;
    }
  }
  return most;
}

it('limits events by user, by minute and by hour, each with its own setting', async () => {
  const token = await tenant.token('42');
  const asUser = () =>
    gateway.call('/api/events', { body: quietEvent, headers: { authorization: `Bearer ${token}` } });
  const asKey = () => tenant.post('/api/events', quietEvent);
  await tenant.set({ rate_limit_user_per_minute: 3 });
  expect(await countUntil429(asUser, 10)).toBe(3);
  // The customer's own key is nobody's user.
  expect((await asKey()).status).toBe(202);
  await tenant.set({ rate_limit_per_hour: 5 });
  expect(await countUntil429(asKey, 10)).toBe(5);
  await tenant.set({ rate_limit_per_hour: 1_000_000 });
  const fresh = await asKey();
  expect(fresh.status).toBe(202);
  expect(fresh.headers.get('ratelimit-limit')).toBe('1000000');
});

it('limits /auth/token, so that sessions cannot be guessed', async () => {
  const served = await countUntil429(
    () =>
      gateway.call('/auth/token', {
        body: { customer_id: tenant.customerId, user_id: '1', session_id: 'guess' },
      }),
    200,
  );
  expect(served).toBeGreaterThanOrEqual(30);
  expect(served).toBeLessThan(200);
});

it('limits failed keys of an address, while good ones are served', async () => {
  const guessed = await startGateway();
  try {
    const customer = await guessed.addTenant();
    const served = await countUntil429(
      () => guessed.call('/api/events', { headers: { authorization: `Bearer guess${Math.random()}` } }),
      200,
    );
    expect(served).toBeGreaterThan(0);
    expect(served).toBeLessThan(200);
    expect((await customer.get('/api/events')).status).toBe(200);
  } finally {
    await guessed.stop();
  }
});
