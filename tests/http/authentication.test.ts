import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  invoiceEvent,
  quietEvent,
  startGateway,
  type TestGateway,
  type TestTenant,
} from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';
import { watchSocket } from '../support/watch-socket';

const jwtSecret = 'test-9f2c7b1e5d8a4063';
/** A key that nothing is heard of stays known for 30 s: whoever is told of its end is far quicker. */
const beforeForgottenMs = 15_000;

/** The PHP application: knows which sessions there are. */
async function startPhpApplication() {
  const asked: Record<string, unknown>[] = [];
  const server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const ids = JSON.parse(text) as Record<string, unknown>;
      asked.push(ids);
      if (ids['session_id'] === 'broken') response.writeHead(500).end('{"valid":true}');
      else if (ids['session_id'] === 'moved') response.writeHead(302, { location: '/other' }).end();
      else {
        const valid = ids['session_id'] === 'sess-good' && ids['user_id'] === '7';
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ valid }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/verify`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

let php: Awaited<ReturnType<typeof startPhpApplication>>;
let gateway: TestGateway;
let tenant: TestTenant;
let other: TestTenant;

beforeAll(async () => {
  php = await startPhpApplication();
  gateway = await startGateway({ env: { SESSION_VERIFY_URL: php.url } });
  tenant = await gateway.addTenant({ customerId: 'ACC001' });
  other = await gateway.addTenant({ customerId: 'ACC002' });
});
afterAll(async () => {
  await gateway.stop();
  await php.stop();
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  gateway.call(path, { body, headers });

describe('tokens of /auth/token', () => {
  const readWith = (token: string) =>
    gateway.call('/api/events', { headers: { authorization: `Bearer ${token}` } });
  const makeToken = async (key: string, customerId: string) => {
    const ids = { customer_id: customerId, user_id: '1', session_id: 's' };
    const { body } = await gateway.call<{ token: string }>('/auth/token', {
      body: ids,
      headers: { authorization: `Bearer ${key}` },
    });
    return body.token;
  };

  it('end with their key, and so do their sockets', async () => {
    const { key, id } = await gateway.keys.create('ACC001', 'of a page');
    const token = await makeToken(key, 'ACC001');
    expect((await readWith(token)).status).toBe(200);
    const socket = await watchSocket(gateway.origin, { token });
    await gateway.keys.revoke('ACC001', String(id));
    await waitUntil(async () => (await readWith(token)).status === 401, { what: 'the token to be refused' });
    await waitUntil(() => !socket.socket.connected, { what: 'its socket to be ended' });
    expect((await readWith(await makeToken(tenant.apiKey, 'ACC001'))).status).toBe(200);
  });

  it('end with their tenant: a later one of the same id knows nothing of them', async () => {
    const before = await gateway.addTenant({ customerId: 'AGAIN' });
    const token = await before.token();
    const socket = await watchSocket(gateway.origin, { token });
    await gateway.registry.remove('AGAIN', { dropDatabase: true });
    const after = await gateway.addTenant({ customerId: 'AGAIN' });
    expect((await after.get('/api/events')).status).toBe(200);
    expect((await readWith(token)).status).toBe(401);
    expect((await readWith(await after.token())).status).toBe(200);
    await waitUntil(() => !socket.socket.connected, { what: 'the socket of the former one to be ended' });
  });
});

describe('API keys', () => {
  it('are taken from Authorization: Bearer and from X-API-Key', async () => {
    const bearer = await post('/api/events', quietEvent, { authorization: `Bearer ${tenant.apiKey}` });
    expect(bearer.status).toBe(202);
    const header = await post('/api/events', quietEvent, { 'x-api-key': tenant.apiKey });
    expect(header.status).toBe(202);
  });

  it.each([
    ['/api/events', 'POST'],
    ['/api/events/batch', 'POST'],
    ['/api/websocket-events.php', 'POST'],
    ['/emit-event', 'POST'],
    ['/api/events', 'GET'],
    ['/api/events/1', 'GET'],
    ['/api/deliveries', 'GET'],
    ['/api/deliveries/1/retry', 'POST'],
    ['/api/deliveries/replay', 'POST'],
    ['/api/deliveries/1/resolve', 'POST'],
  ])('are asked for by %s (%s)', async (path, method) => {
    const body =
      method === 'POST' ? { events: [], ...quietEvent, customer_id: 'ACC001', action: 'close' } : undefined;
    const without = await gateway.call(path, { method, body });
    expect(without.status).toBe(401);
    expect(without.body['code']).toBe('unauthorized');
    const wrong = await gateway.call(path, { method, body, headers: { authorization: 'Bearer mgk_nobody' } });
    expect(wrong.status).toBe(401);
  });

  it('are stored hashed', async () => {
    const rows = await gateway.system.query({ name: 'test.keys', text: 'select * from api_keys' });
    expect(JSON.stringify(rows)).not.toContain(tenant.apiKey);
  });

  it('may be several a tenant; a revoked one is refused at once, with its open sockets', async () => {
    const { key, id } = await gateway.keys.create('ACC001', 'second');
    expect((await post('/api/events', quietEvent, { 'x-api-key': key })).status).toBe(202);
    const socket = await watchSocket(gateway.origin, { token: key });
    const staying = await watchSocket(gateway.origin, { token: tenant.apiKey });
    try {
      await gateway.keys.revoke('ACC001', String(id));
      await waitUntil(
        async () => (await post('/api/events', quietEvent, { 'x-api-key': key })).status === 401,
        {
          what: 'the revoked key to be refused',
          timeoutMs: beforeForgottenMs,
        },
      );
      await waitUntil(() => !socket.socket.connected, {
        what: "the revoked key's socket to end",
        timeoutMs: beforeForgottenMs,
      });
      await expect(watchSocket(gateway.origin, { token: key })).rejects.toThrow();
      expect(staying.socket.connected).toBe(true);
      expect((await post('/api/events', quietEvent, { 'x-api-key': tenant.apiKey })).status).toBe(202);
    } finally {
      socket.close();
      staying.close();
    }
  });

  it('speak for their own tenant only: 403 where the body names another', async () => {
    const answer = await post(
      '/api/events',
      { ...quietEvent, customer_id: 'ACC002' },
      { 'x-api-key': tenant.apiKey },
    );
    expect(answer.status).toBe(403);
    expect(answer.body['code']).toBe('wrong_tenant');
    expect(
      (await gateway.call('/api/events?customer_id=ACC002', { headers: { 'x-api-key': tenant.apiKey } }))
        .status,
    ).toBe(403);
  });
});

describe('POST /auth/token', () => {
  const ids = { customer_id: 'ACC001', user_id: '7', session_id: 'sess-good' };

  it('answers 200 with a token of the contract', async () => {
    const answer = await post('/auth/token', ids, { 'x-api-key': tenant.apiKey });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ token: expect.any(String) as string, expires_in: 3600 });
    const token = String(answer.body['token']);
    const claims = jwt.verify(token, jwtSecret, { algorithms: ['HS256'] }) as jwt.JwtPayload;
    expect(claims).toMatchObject({
      customer_id: 'ACC001',
      user_id: '7',
      session_id: 'sess-good',
      iss: expect.any(String) as string,
      aud: expect.any(String) as string,
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3600);
    expect((await post('/api/events', quietEvent, { authorization: `Bearer ${token}` })).status).toBe(202);
    expect((await post('/emit-event', quietEvent, { authorization: `Bearer ${token}` })).status).toBe(200);
  });

  it.each(['customer_id', 'user_id', 'session_id'])('answers 400 without %s', async (name) => {
    const { [name]: _left, ...rest } = ids as Record<string, string>;
    for (const body of [rest, { ...rest, [name]: '' }, { ...rest, [name]: null }]) {
      const answer = await post('/auth/token', body, { 'x-api-key': tenant.apiKey });
      expect(answer.status).toBe(400);
      expect(answer.body['error']).toContain(name);
    }
  });

  it('takes numbers for ids, as PHP sends them', async () => {
    const answer = await post('/auth/token', { ...ids, user_id: 7 }, { 'x-api-key': tenant.apiKey });
    expect(answer.status).toBe(200);
  });

  it("answers 401 without proof, 403 with another tenant's key", async () => {
    expect((await post('/auth/token', { ...ids, session_id: 'made-up' })).status).toBe(401);
    expect((await post('/auth/token', { ...ids, customer_id: 'NOBODY' })).status).toBe(401);
    expect((await post('/auth/token', ids, { 'x-api-key': other.apiKey })).status).toBe(403);
  });

  it('asks the PHP application whether the three ids belong together', async () => {
    const answer = await post('/auth/token', ids);
    expect(answer.status).toBe(200);
    expect(php.asked).toContainEqual(ids);
    for (const body of [
      { ...ids, user_id: '8' },
      { ...ids, session_id: 'broken' },
      { ...ids, session_id: 'moved' },
    ]) {
      expect((await post('/auth/token', body)).status).toBe(401);
    }
  });

  it('does not exchange a token for a fresh one', async () => {
    const { body } = await post('/auth/token', ids, { 'x-api-key': tenant.apiKey });
    const again = await post('/auth/token', ids, { authorization: `Bearer ${String(body['token'])}` });
    expect(again.status).toBe(401);
  });
});

describe('tokens', () => {
  const claims = { customer_id: 'ACC001', user_id: '7', session_id: 's' };

  it('of one tenant are never good for another: 403 where a path or body names it, 404 for what is not theirs', async () => {
    const token = await other.token();
    const mine = await tenant.post<{ event_id: number; deliveries: { id: number }[] }>(
      '/api/events',
      invoiceEvent(),
    );
    const bearer = { authorization: `Bearer ${token}` };
    expect((await post('/api/events', { ...quietEvent, customer_id: 'ACC001' }, bearer)).status).toBe(403);
    expect((await gateway.call('/api/events?customer_id=ACC001', { headers: bearer })).status).toBe(403);
    // The other tenant has fewer events and deliveries: these ids are none of its own.
    const { event_id: eventId, deliveries } = mine.body;
    const deliveryId = deliveries[0]?.id ?? 0;
    await tenant.sql('update message_deliveries set id = 900000 where id = $1', [deliveryId]);
    expect((await gateway.call(`/api/events/${eventId + 100_000}`, { headers: bearer })).status).toBe(404);
    for (const [path, body] of [
      ['/api/deliveries/900000/retry', {}],
      ['/api/deliveries/900000/resolve', { action: 'close' }],
    ] as const) {
      expect((await post(path, body, bearer)).status).toBe(404);
    }
  });

  it.each([
    [
      'unsigned',
      () =>
        jwt.sign(claims, '', {
          algorithm: 'none',
          issuer: 'modular-gateway',
          audience: 'modular-gateway-clients',
        }),
    ],
    [
      'signed with another secret',
      () =>
        jwt.sign(claims, 'another secret', {
          expiresIn: 60,
          issuer: 'modular-gateway',
          audience: 'modular-gateway-clients',
        }),
    ],
    [
      'of another algorithm',
      () =>
        jwt.sign(claims, jwtSecret, {
          algorithm: 'HS512',
          expiresIn: 60,
          issuer: 'modular-gateway',
          audience: 'modular-gateway-clients',
        }),
    ],
    [
      'of another issuer',
      () =>
        jwt.sign(claims, jwtSecret, {
          expiresIn: 60,
          issuer: 'somebody',
          audience: 'modular-gateway-clients',
        }),
    ],
    [
      'for another audience',
      () => jwt.sign(claims, jwtSecret, { expiresIn: 60, issuer: 'modular-gateway', audience: 'somebody' }),
    ],
    ['without issuer and audience', () => jwt.sign(claims, jwtSecret, { expiresIn: 60 })],
    [
      'without an end',
      () => jwt.sign(claims, jwtSecret, { issuer: 'modular-gateway', audience: 'modular-gateway-clients' }),
    ],
    [
      'expired',
      () =>
        jwt.sign(claims, jwtSecret, {
          expiresIn: -1,
          issuer: 'modular-gateway',
          audience: 'modular-gateway-clients',
        }),
    ],
    [
      'without a customer',
      () =>
        jwt.sign({ user_id: '7', session_id: 's' }, jwtSecret, {
          expiresIn: 60,
          issuer: 'modular-gateway',
          audience: 'modular-gateway-clients',
        }),
    ],
    [
      'of a customer that is not there',
      () =>
        jwt.sign({ ...claims, customer_id: 'GONE' }, jwtSecret, {
          expiresIn: 60,
          issuer: 'modular-gateway',
          audience: 'modular-gateway-clients',
        }),
    ],
  ])('%s are refused', async (_what, make) => {
    // The same claims, properly made, are accepted: it is the one thing that is wrong that is refused.
    const good = jwt.sign(claims, jwtSecret, {
      expiresIn: 60,
      issuer: 'modular-gateway',
      audience: 'modular-gateway-clients',
    });
    expect((await post('/api/events', quietEvent, { authorization: `Bearer ${good}` })).status).toBe(202);
    const { status } = await post('/api/events', quietEvent, { authorization: `Bearer ${make()}` });
    expect(status).toBe(401);
  });
});

describe('a removed tenant', () => {
  it('is not served any more, neither its key nor its sockets', async () => {
    const gone = await gateway.addTenant({ customerId: 'GONE01' });
    const socket = await gone.watch();
    await gateway.registry.remove('GONE01', { dropDatabase: false });
    await waitUntil(async () => (await gone.post('/api/events', quietEvent)).status === 401, {
      what: 'the removed tenant to be refused',
      timeoutMs: beforeForgottenMs,
    });
    await waitUntil(() => !socket.socket.connected, { what: 'its socket to end' });
  });
});
