import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quietEvent, startGateway, type TestGateway } from '../support/start-gateway';
import { watchSocket } from '../support/watch-socket';

let gateway: TestGateway;
let narrow: TestGateway;
let elsewhere: TestGateway;

beforeAll(async () => {
  [gateway, narrow, elsewhere] = await Promise.all([
    startGateway({ env: { TRUSTED_SOURCES: '127.0.0.0/8=*' } }),
    startGateway({ env: { TRUSTED_SOURCES: '10.0.0.1=ACC001, 127.0.0.1=ACC001' } }),
    startGateway({ env: { TRUSTED_SOURCES: '192.168.1.10=*' } }),
  ]);
  for (const each of [gateway, narrow, elsewhere]) {
    await each.addTenant({ customerId: 'ACC001' });
    await each.addTenant({ customerId: 'ACC002' });
  }
});
afterAll(async () => {
  await Promise.all([gateway, narrow, elsewhere].map((each) => each.stop()));
});

const event = (customerId?: string) => ({
  ...quietEvent,
  ...(customerId ? { customer_id: customerId } : {}),
});

it('lets an address speak for any tenant that it names', async () => {
  expect((await gateway.call('/api/events', { body: event('ACC001') })).status).toBe(202);
  expect((await gateway.call('/emit-event', { body: event('ACC002') })).status).toBe(200);
  expect((await gateway.call('/api/events', { body: event('ACC003') })).status).toBe(401);
  expect((await gateway.call('/api/events', { body: event() })).status).toBe(401);
  const token = await gateway.call('/auth/token', {
    body: { customer_id: 'ACC002', user_id: 1, session_id: 'made-up-by-the-page' },
  });
  expect(token.status).toBe(200);
});

it('lets an address speak for the one tenant that it is trusted with, named or not', async () => {
  expect((await narrow.call('/api/events', { body: event() })).status).toBe(202);
  expect((await narrow.call('/api/events', { body: event('ACC001') })).status).toBe(202);
  expect((await narrow.call('/api/events', { body: event('ACC002') })).status).toBe(401);
  expect((await narrow.call('/api/events?customer_id=ACC001')).status).toBe(200);
  expect((await narrow.call('/api/events?customer_id=ACC002')).status).toBe(401);
});

it('trusts nobody else', async () => {
  expect((await elsewhere.call('/api/events', { body: event('ACC001') })).status).toBe(401);
});

it('does not believe a forwarded address, nor a web page that a trusted machine has open', async () => {
  const forwarded = await elsewhere.call('/api/events', {
    body: event('ACC001'),
    headers: { 'x-forwarded-for': '192.168.1.10', 'x-real-ip': '192.168.1.10' },
  });
  expect(forwarded.status).toBe(401);
  const page = await gateway.call('/api/events', {
    body: event('ACC001'),
    headers: { origin: 'http://evil.example' },
  });
  expect(page.status).toBe(403);
});

describe('a browser on a trusted machine', () => {
  const userAgent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36';
  /** What fetch would not let a test say: the name that the browser knows the gateway by. */
  const readAs = (headers: Readonly<Record<string, string>>) =>
    new Promise<number>((resolve, reject) => {
      request(
        `${gateway.origin}/api/events?customer_id=ACC001`,
        { headers: { 'user-agent': userAgent, ...headers } },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      )
        .on('error', reject)
        .end();
    });

  it('lends the trust to no page whose own name was made to lead to the gateway', async () => {
    expect(await readAs({ host: 'evil.example:3001' })).toBe(403);
  });

  it('lends it to no page that asks without an Origin, as for an image', async () => {
    expect(await readAs({ 'sec-fetch-site': 'cross-site', host: '127.0.0.1' })).toBe(403);
    expect(await readAs({ 'sec-fetch-site': 'same-site', host: '127.0.0.1' })).toBe(403);
  });

  it('reads by the address, or by a name of the own network, and by no other', async () => {
    for (const host of ['127.0.0.1:3001', '[::1]:3001', 'localhost:3001', 'gateway:3001']) {
      expect(await readAs({ host })).toBe(200);
    }
    // Whatever calls: a page can have any name lead here, and its requests may be any program's by their looks.
    expect(await readAs({ host: 'gateway.example.com', 'user-agent': 'GuzzleHttp/7' })).toBe(403);
  });
});

it('still asks sockets for a token', async () => {
  await expect(watchSocket(gateway.origin, {})).rejects.toThrow();
});
