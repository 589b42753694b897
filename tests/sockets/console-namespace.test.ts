import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CallAnswer } from '../../main/contracts/console/console-calls';
import type { ConsolePush } from '../../main/contracts/console/console-pushes';
import { createConsoleLogin, type ConsoleLogin } from '../../main/gateway/auth/console-login';
import type { ConsoleCaller } from '../../main/gateway/console/gateway-console';
import { cookieOf, signIn } from '../support/sign-in';
import { startGateway, type TestGateway } from '../support/start-gateway';
import { waitUntil } from '../support/wait-until';

interface OpenPage {
  readonly socket: Socket;
  readonly pushes: ConsolePush[];
  call(name: unknown, input?: unknown): Promise<CallAnswer>;
  /** the reason, once it is disconnected */
  ended(): Promise<string>;
}

let gateway: TestGateway;
let login: ConsoleLogin;
const opened: Socket[] = [];

beforeAll(async () => {
  gateway = await startGateway();
  login = createConsoleLogin(gateway.system);
});
afterEach(() => {
  for (const socket of opened.splice(0)) socket.disconnect();
});
afterAll(() => gateway.stop());

function connect(
  headers: Record<string, string>,
  options: { readonly auth?: object; readonly transports?: string[]; readonly origin?: string } = {},
): Socket {
  const socket = io(`${options.origin ?? gateway.origin}/console`, {
    transports: options.transports ?? ['websocket'],
    reconnection: false,
    forceNew: true,
    extraHeaders: headers,
    auth: options.auth,
  });
  opened.push(socket);
  return socket;
}

async function openPage(cookie: string, transports?: string[]): Promise<OpenPage> {
  const socket = connect({ cookie, origin: gateway.origin }, { transports });
  const pushes: ConsolePush[] = [];
  let reason: string | undefined;
  socket.on('push', (push: ConsolePush) => pushes.push(push));
  socket.on('disconnect', (why) => (reason = why));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('connect_error', reject);
  });
  return {
    socket,
    pushes,
    call: async (...args) => (await socket.timeout(10_000).emitWithAck('call', ...args)) as CallAnswer,
    ended: () => waitUntil(() => reason, { what: 'the socket to be disconnected' }),
  };
}

/** The `data` of the connect_error. */
function refusalOf(socket: Socket): Promise<unknown> {
  return new Promise((resolve, reject) => {
    socket.once('connect', () => reject(new Error('it was let in')));
    socket.once('connect_error', (error: Error & { data?: unknown }) => resolve(error.data ?? error.message));
  });
}

/** What the console's sockets ask of the console, with one call answered by the test. */
function answerCall(name: string, answer: (caller: ConsoleCaller) => Promise<CallAnswer>): () => void {
  const gatewayConsole = gateway.gateway.console!;
  const call = gatewayConsole.call.bind(gatewayConsole);
  Object.assign(gatewayConsole, {
    call: (...[asked, input, caller]: Parameters<typeof call>) =>
      asked === name ? answer(caller) : call(asked, input, caller),
  });
  return () => Object.assign(gatewayConsole, { call });
}

describe('a page that is signed in', () => {
  it.each([['websocket'], ['polling']])('calls, and is told, by %s', async (transport) => {
    const page = await openPage(await signIn(gateway), [transport]);
    expect(await page.call('gateway.info', {})).toMatchObject({
      ok: true,
      value: { entryPoint: 'headless', port: gateway.port },
    });
    await gateway.addTenant();
    await waitUntil(() => page.pushes.some(({ name }) => name === 'tenants.changed'), {
      what: 'the push',
    });
  });

  it('acts under a name that tells how and from where it signed in', async () => {
    const callers: ConsoleCaller[] = [];
    const restore = answerCall('test.who', (caller) => {
      callers.push(caller);
      return Promise.resolve({ ok: true, value: {} } as CallAnswer);
    });
    try {
      await login.setPassword('seven wet pelicans');
      const answer = await gateway.call('/console/login', { body: { password: 'seven wet pelicans' } });
      const pages = [await openPage(cookieOf(answer)), await openPage(await signIn(gateway))];
      for (const page of pages) await page.call('test.who', {});
      expect(callers.map(({ actor }) => actor)).toEqual([
        'console (password, 127.0.0.1)',
        'console (link, 127.0.0.1)',
      ]);
      expect(callers.map(({ windowId }) => windowId)).toEqual(pages.map(({ socket }) => socket.id));
    } finally {
      restore();
    }
  });

  it('is answered in words, whatever it asks', async () => {
    const page = await openPage(await signIn(gateway));
    const codes = async (name: unknown, input?: unknown) => {
      const answer = await page.call(name, input);
      return answer.ok ? 'ok' : answer.problem.code;
    };
    expect(await codes('no.such', {})).toBe('unknown_call');
    expect(await codes('constructor', {})).toBe('unknown_call');
    expect(await codes(undefined)).toBe('unknown_call');
    expect(await codes({ toString: 'x' }, {})).toBe('unknown_call');
    expect(await codes(['gateway.info'], {})).toBe('unknown_call');
    expect(await codes('gateway.info', { a: 1 })).toBe('invalid_input');
    expect(await codes('gateway.info')).toBe('invalid_input');
    // Without an answer wanted, and packets that are no calls: nothing happens.
    page.socket.emit('call', 'gateway.info', {});
    page.socket.emit('call');
    page.socket.emit('internal:event', { event_type: 'invoice:sent' });
    expect(await codes('gateway.info', {})).toBe('ok');
  });
});

describe('nobody else', () => {
  it('gets in: made-up sessions, keys and tokens of tenants', async () => {
    const tenant = await gateway.addTenant();
    const token = await tenant.token();
    const name = `modular_gateway_console_${gateway.port}`;
    const attempts: [Record<string, string>, object?][] = [
      [{}],
      [{ cookie: `${name}=` }],
      [{ cookie: `${name}=${'A'.repeat(43)}` }],
      [{ authorization: `Bearer ${tenant.apiKey}` }, { token: tenant.apiKey }],
      [{ authorization: `Bearer ${token}` }, { token }],
      [{ cookie: `${name}=${token}` }, { token }],
    ];
    for (const [headers, auth] of attempts) {
      expect(await refusalOf(connect(headers, { auth }))).toMatchObject({ code: 'signed_out' });
    }
    // And the console's session opens no tenant's namespace.
    const cookie = await signIn(gateway);
    const socket = io(gateway.origin, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      extraHeaders: { cookie },
    });
    opened.push(socket);
    expect(await refusalOf(socket)).toMatchObject({ code: 'unauthorized' });
  });

  it.each([['https://evil.example.com'], ['http://127.0.0.1:8080'], ['null']])(
    'gets in from a page of %s, though the browser sends the cookie',
    async (origin) => {
      const cookie = await signIn(gateway);
      for (const transport of ['websocket', 'polling']) {
        const socket = connect({ cookie, origin }, { transports: [transport] });
        expect(await refusalOf(socket)).toMatchObject({ code: 'foreign_page' });
      }
    },
  );

  it('finds the namespace where the console is switched off', async () => {
    const off = await startGateway({ env: { GATEWAY_CONSOLE: 'off' } });
    try {
      const socket = connect({}, { origin: off.origin });
      expect(await refusalOf(socket)).toBe('Invalid namespace');
      socket.disconnect();
    } finally {
      await off.stop();
    }
  });
});

describe('the end of a session', () => {
  it('by signing out is told to its pages, and to no other', async () => {
    const [cookie, other] = [await signIn(gateway), await signIn(gateway)];
    const [first, second, stranger] = [await openPage(cookie), await openPage(cookie), await openPage(other)];
    await gateway.call('/console/logout', { body: {}, headers: { cookie } });
    for (const page of [first, second]) {
      expect(await page.ended()).toBe('io server disconnect');
      expect(page.pushes.at(-1)).toEqual({ name: 'session.ended', payload: { reason: 'signed_out' } });
    }
    expect(await stranger.call('gateway.info', {})).toMatchObject({ ok: true });
    expect(stranger.pushes.filter(({ name }) => name === 'session.ended')).toEqual([]);
    expect(await refusalOf(connect({ cookie, origin: gateway.origin }))).toMatchObject({
      code: 'signed_out',
    });
  });

  it('by the command line, in another process, reaches every page at once', async () => {
    const pages = [await openPage(await signIn(gateway)), await openPage(await signIn(gateway))];
    // As the command does it: over a connection of its own.
    expect(await login.endAllSessions()).toBeGreaterThanOrEqual(2);
    for (const page of pages) {
      await page.ended();
      expect(page.pushes.at(-1)).toMatchObject({ name: 'session.ended' });
    }
  });

  it('by its time is told as such', async () => {
    const page = await openPage(await signIn(gateway));
    await gateway.system.query({
      name: 'test.age_sessions',
      text: `update console_sessions set last_seen_at = now() - interval '12 hours 1 second'`,
    });
    // Any session's end makes the gateway look at all of them.
    const other = await signIn(gateway);
    await gateway.call('/console/logout', { body: {}, headers: { cookie: other } });
    await page.ended();
    expect(page.pushes.at(-1)).toEqual({ name: 'session.ended', payload: { reason: 'expired' } });
  });

  it('by a new password comes after the answer to who set it', async () => {
    await login.setPassword('seven wet pelicans');
    const [own, other] = [await openPage(await signIn(gateway)), await openPage(await signIn(gateway))];
    const set = (input: object) => own.call('login.setPassword', input);
    expect(await set({ password: 'eight wet pelicans' })).toMatchObject({
      ok: false,
      problem: { code: 'wrong_password' },
    });
    expect(await set({ current: 'seven', password: 'eight wet pelicans' })).toMatchObject({
      ok: false,
      problem: { code: 'wrong_password' },
    });
    expect(await set({ current: 'seven wet pelicans', password: 'short' })).toMatchObject({
      ok: false,
      problem: { code: 'invalid_input' },
    });
    expect(await set({ current: 'seven wet pelicans', password: 'eight wet pelicans' })).toEqual({
      ok: true,
      value: {},
    });
    await Promise.all([own.ended(), other.ended()]);
    const sign = (password: string) => gateway.call('/console/login', { body: { password } });
    expect((await sign('seven wet pelicans')).status).toBe(401);
    expect((await sign('eight wet pelicans')).status).toBe(200);
    const audited = await gateway.system.query<{ actor: string }>({
      name: 'test.audit',
      text: `select actor from audit_log where action = 'console.password_set'`,
    });
    expect(audited).toEqual([{ actor: 'console (link, 127.0.0.1)' }]);
  });

  it('waits for answers that are under way, and takes no further calls', async () => {
    let finish = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      const restore = answerCall('test.slow', async () => {
        resolve();
        await new Promise<void>((done) => (finish = done));
        restore();
        return { ok: true, value: {} };
      });
    });
    const page = await openPage(await signIn(gateway));
    const slow = page.call('test.slow', {});
    await asked;
    await login.endAllSessions();
    await waitUntil(() => page.pushes.some(({ name }) => name === 'session.ended'), { what: 'the push' });
    expect(await page.call('gateway.info', {})).toMatchObject({ problem: { code: 'signed_out' } });
    finish();
    expect(await slow).toEqual({ ok: true, value: {} });
    await page.ended();
  });

  it('by the stop of the gateway is none: the page comes back with the same cookie', async () => {
    const env = { GATEWAY_MASTER_KEY: 'k-9f2c7b1e5d8a4063' };
    const shared = await startGateway({ env });
    const second = await startGateway({ beside: shared, env });
    const cookie = (await signIn(shared)).replace(String(shared.port), String(second.port));
    const socket = connect({ cookie }, { origin: second.origin });
    const pushes: ConsolePush[] = [];
    socket.on('push', (push: ConsolePush) => pushes.push(push));
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
    const ended = new Promise((resolve) => socket.once('disconnect', resolve));
    await second.stop();
    await ended;
    expect(pushes.filter(({ name }) => name === 'session.ended')).toEqual([]);
    const back = cookie.replace(String(second.port), String(shared.port));
    expect((await shared.call('/console/session', { headers: { cookie: back } })).body).toMatchObject({
      signed_in: true,
    });
    await shared.stop();
  });
});

describe('floods', () => {
  it('of calls are refused, and end the socket that goes on', async () => {
    const [page, calm] = [await openPage(await signIn(gateway)), await openPage(await signIn(gateway))];
    const startedMs = performance.now();
    let passed = 0;
    let refused = 0;
    // As many as a page may ask in a minute are looked at, and what trickles back meanwhile; no more.
    while (refused === 0) {
      const answers = await Promise.all(Array.from({ length: 30 }, () => page.call('no.such', {})));
      for (const answer of answers) {
        if (!answer.ok && answer.problem.code === 'rate_limited') refused += 1;
        else passed += 1;
      }
    }
    expect(passed).toBeGreaterThanOrEqual(1_200);
    expect(passed).toBeLessThanOrEqual(1_201 + ((performance.now() - startedMs) / 60_000) * 1_200);
    for (let count = 0; count < 600; count += 1) page.socket.emit('call', 'no.such', {}, () => undefined);
    expect(await page.ended()).toBe('io server disconnect');
    expect(await calm.call('gateway.info', {})).toMatchObject({ ok: true });
  });

  it('of packets that are no calls count as well', async () => {
    const page = await openPage(await signIn(gateway));
    for (let count = 0; count < 1_800; count += 1) page.socket.emit('noise', count);
    expect(await page.ended()).toBe('io server disconnect');
  });

  it('of calls that take long are answered busy beyond what a page needs', async () => {
    let waiting: (() => void)[] = [];
    const restore = answerCall('test.slow', async () => {
      await new Promise<void>((done) => waiting.push(done));
      return { ok: true, value: {} };
    });
    try {
      const page = await openPage(await signIn(gateway));
      const answers = Promise.all(Array.from({ length: 40 }, () => page.call('test.slow', {})));
      await waitUntil(() => waiting.length === 32, { what: 'the calls' });
      // All forty have arrived when one that was sent later is answered.
      expect(await page.call('gateway.info', {})).toMatchObject({ problem: { code: 'busy' } });
      for (const done of waiting) done();
      waiting = [];
      const busy = (await answers).filter((answer) => !answer.ok && answer.problem.code === 'busy');
      expect(busy).toHaveLength(8);
    } finally {
      restore();
    }
  });
});
