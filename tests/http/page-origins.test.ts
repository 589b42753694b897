import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConsoleLogin } from '../../main/gateway/auth/console-login';
import { openTestConsole, testActor, type TestConsole } from '../console/call-console';
import { startGateway, type TestGateway, type TestTenant } from '../support/start-gateway';

const usual = 'http://localhost:3000';
const shop = 'https://shop.example.com';
const intranet = 'http://intranet:8080';

let gateway: TestGateway;
let tenant: TestTenant;
let window: TestConsole;

beforeAll(async () => {
  gateway = await startGateway();
  tenant = await gateway.addTenant();
  window = openTestConsole(gateway.gateway);
});
afterAll(async () => {
  window.close();
  await gateway.stop();
});

/** What a browser is told of a call that a page of this origin makes; null: nothing that lets the page read it. */
async function corsFor(origin: string, { at = gateway.origin, method = 'GET', path = '/api/events' } = {}) {
  const answer = await fetch(at + path, {
    method,
    headers: {
      origin,
      authorization: `Bearer ${tenant.apiKey}`,
      connection: 'close',
      ...(method === 'OPTIONS'
        ? { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }
        : {}),
    },
  });
  await answer.arrayBuffer();
  return answer.headers.get('access-control-allow-origin');
}

interface SocketOptions {
  readonly at?: string;
  readonly transport?: 'websocket' | 'polling';
  readonly token?: string;
}

/** `connected`, or the code of the refusal. */
async function socketFor(
  pageOrigin: string,
  { at = gateway.origin, transport = 'websocket', token = tenant.apiKey }: SocketOptions = {},
): Promise<{ code: string; message?: string }> {
  const socket = io(at, {
    auth: { token },
    transports: [transport],
    reconnection: false,
    forceNew: true,
    extraHeaders: { origin: pageOrigin },
  });
  try {
    return await new Promise((resolve) => {
      socket.once('connect', () => resolve({ code: 'connected' }));
      socket.once('connect_error', (error: Error & { data?: { code?: string } }) =>
        resolve({ code: error.data?.code ?? 'none', message: error.message }),
      );
    });
  } finally {
    socket.disconnect();
  }
}

async function refusedOrigins(from = window) {
  const { attention } = await from.call('overview.get', {});
  return attention.filter(({ kind }) => kind === 'origin_refused');
}

const savedOrigins = async () =>
  (
    JSON.parse(await readFile(join(gateway.dataDir, 'settings.json'), 'utf8').catch(() => '{}')) as {
      values?: Record<string, string>;
    }
  ).values?.['ALLOWED_ORIGINS'];

describe('where ALLOWED_ORIGINS is not set', () => {
  test.each(['GET', 'OPTIONS', 'HEAD'])(
    'a page of http://localhost:3000 may read the answers (%s)',
    async (method) => {
      expect(await corsFor(usual, { method })).toBe(usual);
    },
  );

  test.each(['websocket', 'polling'] as const)('it gets a socket by %s', async (transport) => {
    expect(await socketFor(usual, { transport })).toEqual({ code: 'connected' });
  });

  test('so do pages of the gateway itself, by whatever name it was called', async () => {
    for (const own of [gateway.origin, `http://localhost:${gateway.port}`]) {
      expect(await corsFor(own, { at: own })).toBe(own);
      expect(await socketFor(own, { at: own })).toEqual({ code: 'connected' });
    }
    expect(await refusedOrigins()).toEqual([]);
  });

  test.each(['GET', 'OPTIONS', 'HEAD'])('another page may not (%s)', async (method) => {
    expect(await corsFor(shop, { method })).toBeNull();
  });

  test.each([
    ['websocket', 'with a key', undefined],
    ['polling', 'with a key', undefined],
    ['websocket', 'with a bad key', 'mg_nonsense'],
  ] as const)('nor does it get a socket by %s %s, and hears why', async (transport, _how, token) => {
    const refused = await socketFor(shop, { transport, ...(token === undefined ? {} : { token }) });
    expect(refused.code).toBe('origin_refused');
    expect(refused.message).toContain(shop);
    expect(refused.message).toContain('ALLOWED_ORIGINS');
  });

  test.each(['null', 'file://', 'https://shop.example.com/path'])(
    'a page without an origin (%s) is refused and named nowhere',
    async (origin) => {
      expect(await corsFor(origin)).toBeNull();
      expect(await socketFor(origin)).toMatchObject({ code: 'origin_refused' });
      expect((await refusedOrigins()).map(({ subject }) => subject)).not.toContain(origin);
    },
  );

  test('programs, which name no origin, are let in as ever', async () => {
    expect((await tenant.get('/api/events')).status).toBe(200);
    expect((await tenant.post('/api/events', { event_type: 'nothing' })).status).toBe(422);
    expect((await tenant.watch()).socket.connected).toBe(true);
  });
});

describe('a page that was refused', () => {
  test('is named in the overview, with who asked', async () => {
    expect(await refusedOrigins()).toEqual([
      expect.objectContaining({
        id: `origin_refused:${shop}`,
        severity: 'warning',
        customerId: null,
        subject: shop,
        detail: 'Asked by a browser at 127.0.0.1.',
      }),
    ]);
  });

  test.each([usual, 'https://nobody.example.com', 'null', '*', `${shop},https://evil.example.com`])(
    'others cannot be allowed by that call: %s',
    async (origin) => {
      expect(await window.refusal('settings.allowOrigin', { origin })).toMatchObject({
        code: 'origin_not_refused',
      });
      expect(await savedOrigins()).toBeUndefined();
    },
  );

  test('is let in at once when it is allowed, and nothing waits for a restart', async () => {
    await window.call('settings.allowOrigin', { origin: shop });
    expect(await corsFor(shop)).toBe(shop);
    expect(await corsFor(shop, { method: 'OPTIONS' })).toBe(shop);
    expect(await socketFor(shop)).toEqual({ code: 'connected' });
    expect(await socketFor(shop, { transport: 'polling' })).toEqual({ code: 'connected' });
    expect(await corsFor(usual)).toBe(usual);

    expect(await refusedOrigins()).toEqual([]);
    const { attention } = await window.call('overview.get', {});
    expect(attention.map(({ kind }) => kind)).not.toContain('restart_needed');
    const { variables, restartNeeded } = await window.call('settings.get', {});
    expect(restartNeeded).toBe(false);
    expect(variables.find(({ name }) => name === 'ALLOWED_ORIGINS')).toMatchObject({
      value: `${usual},${shop}`,
      source: 'saved',
      pending: false,
    });
    expect((await window.call('gateway.info', {})).restartNeeded).toBe(false);
    expect(await window.refusal('settings.allowOrigin', { origin: shop })).toMatchObject({
      code: 'origin_not_refused',
    });
  });

  test('is in the saved settings and in the audit log', async () => {
    expect(await savedOrigins()).toBe(`${usual},${shop}`);
    const entries = await gateway.system.query({
      name: 'test.audit',
      text: `select actor, customer_id, detail from audit_log where action = 'gateway.origin_allowed'`,
    });
    expect(entries).toEqual([{ actor: testActor, customer_id: null, detail: { origin: shop } }]);
  });

  test('is added to what was saved meanwhile and waits for a restart', async () => {
    const pending = `${usual},${shop},https://later.example.com`;
    await window.call('settings.save', { values: { ALLOWED_ORIGINS: pending } });
    expect(await corsFor(intranet)).toBeNull();
    await window.call('settings.allowOrigin', { origin: intranet });
    expect(await savedOrigins()).toBe(`${pending},${intranet}`);
    expect(await corsFor(intranet)).toBe(intranet);
    expect((await window.call('settings.get', {})).restartNeeded).toBe(true);
  });

  test('is allowed in a browser only with the password of the console', async () => {
    const asked = 'https://asked.example.com';
    expect(await corsFor(asked)).toBeNull();
    await createConsoleLogin(gateway.system).setPassword('seven dry herons');
    expect(await window.refusal('settings.allowOrigin', { origin: asked })).toMatchObject({
      code: 'password_needed',
    });
    expect(await corsFor(asked)).toBeNull();
    expect(await savedOrigins()).not.toContain(asked);
    await window.call('login.confirm', { password: 'seven dry herons' });
    await window.call('settings.allowOrigin', { origin: asked });
    expect(await corsFor(asked)).toBe(asked);
  });
});

describe('after a restart', () => {
  test('what was allowed stays allowed, and nothing else is', async () => {
    await gateway.gateway.stop();
    const again = await startGateway({ beside: gateway, env: { GATEWAY_DATA_DIR: gateway.dataDir } });
    try {
      const at = again.origin;
      for (const origin of [usual, shop, intranet, 'https://later.example.com']) {
        expect(await corsFor(origin, { at })).toBe(origin);
        expect(await socketFor(origin, { at })).toEqual({ code: 'connected' });
      }
      expect(await corsFor('https://nobody.example.com', { at })).toBeNull();
    } finally {
      await again.stop();
    }
  });

  test('one that the environment names without it is let in until the next start only', async () => {
    const env = { GATEWAY_DATA_DIR: gateway.dataDir, ALLOWED_ORIGINS: 'https://only.example.com' };
    const again = await startGateway({ beside: gateway, env });
    const opened = openTestConsole(again.gateway);
    try {
      const at = again.origin;
      const before = await savedOrigins();
      expect(await corsFor(usual, { at })).toBeNull();
      await opened.call('login.confirm', { password: 'seven dry herons' });
      await opened.call('settings.allowOrigin', { origin: usual });
      expect(await corsFor(usual, { at })).toBe(usual);
      expect(await corsFor('https://only.example.com', { at })).toBe('https://only.example.com');
      expect(await savedOrigins()).toBe(before);
    } finally {
      opened.close();
      await again.stop();
    }
  });
});
