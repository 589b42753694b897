import { readFile, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createConsoleLogin, type ConsoleLogin } from '../../main/gateway/auth/console-login';
import { createGateway } from '../../main/gateway/gateway';
import { callGateway } from '../support/call-gateway';
import { cookieOf, signIn } from '../support/sign-in';
import { invoiceEvent, startGateway, type TestGateway } from '../support/start-gateway';

const password = 'seven wet pelicans';
let gateway: TestGateway;
let login: ConsoleLogin;
let callers = 0;

beforeAll(async () => {
  // Each test speaks from an address of its own: the limit of failures is one test's business only.
  gateway = await startGateway({
    env: { GATEWAY_TRUST_PROXY: '1', GATEWAY_MASTER_KEY: 'k-9f2c7b1e5d8a4063' },
  });
  login = createConsoleLogin(gateway.system);
  await login.setPassword(password);
});
afterAll(() => gateway.stop());

function fromNewAddress(): Record<string, string> {
  callers += 1;
  return { 'x-forwarded-for': `10.7.${Math.floor(callers / 250)}.${(callers % 250) + 1}` };
}

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  gateway.call(path, { method: 'POST', body, headers: { ...fromNewAddress(), ...headers } });
const readSession = async (cookie: string) =>
  (await gateway.call('/console/session', { headers: { cookie } })).body;
const audited = (action: string) =>
  gateway.system.query<{ actor: string; detail: { address?: string } }>({
    name: 'test.audit',
    text: 'select actor, detail from audit_log where action = $1 order by id desc',
    values: [action],
  });

describe('signing in', () => {
  it('by password gives a cookie that only this site sends and no script reads', async () => {
    const answer = await post('/console/login', { password }, { 'x-forwarded-for': '10.1.2.3' });
    expect(answer).toMatchObject({ status: 200, body: { success: true, method: 'password' } });
    expect(answer.headers.getSetCookie()).toHaveLength(1);
    const [set = ''] = answer.headers.getSetCookie();
    const [nameAndValue = '', ...attributes] = set.split('; ');
    expect(nameAndValue).toMatch(new RegExp(`^modular_gateway_console_${gateway.port}=[A-Za-z0-9_-]{43}$`));
    expect(attributes).toEqual(expect.arrayContaining(['HttpOnly', 'SameSite=Strict', 'Path=/']));
    expect(await readSession(cookieOf(answer))).toMatchObject({
      signed_in: true,
      method: 'password',
      password_set: true,
    });
    expect((await audited('console.signed_in'))[0]).toMatchObject({
      actor: 'console (password)',
      detail: { address: '10.1.2.3' },
    });
  });

  it('by a link works once, and not after its time', async () => {
    const { token, expiresAt } = await login.makeLink();
    expect(expiresAt.getTime() - Date.now()).toBeGreaterThan(14 * 60_000);
    expect(expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(15 * 60_000);
    // Two browsers at once: one of them is in.
    const both = await Promise.all([1, 2].map(() => post('/console/login', { link_token: token })));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
    const again = await post('/console/login', { link_token: token });
    expect(again).toMatchObject({ status: 401, body: { code: 'login_refused' } });

    const late = await login.makeLink();
    await gateway.system.query({
      name: 'test.age_links',
      text: `update console_links set expires_at = now() - interval '1 second'`,
    });
    expect((await post('/console/login', { link_token: late.token })).status).toBe(401);
  });

  it('is refused in the same words, whether the password is wrong or none is set', async () => {
    const wrong = await post('/console/login', { password: 'seven wet pelican' });
    const bare = await startGateway();
    try {
      const none = await bare.call('/console/login', { body: { password } });
      expect([none.status, none.body]).toEqual([wrong.status, wrong.body]);
      expect(wrong).toMatchObject({ status: 401, body: { code: 'login_refused' } });
      expect(wrong.headers.getSetCookie()).toEqual([]);
      expect(wrong.headers.get('set-cookie')).toBeNull();
    } finally {
      await bare.stop();
    }
    expect((await audited('console.sign_in_refused'))[0]).toMatchObject({ actor: 'console (password)' });
  });

  it.each([
    ['nothing', {}],
    ['both', { password, link_token: 'x' }],
    ['a number', { password: 17 }],
    ['an empty text', { password: '' }],
    ['an endless text', { password: 'x'.repeat(1_001) }],
    ['an object', { password: { $ne: null } }],
    ['a list', [password]],
  ])('with %s is no login', async (_what, body) => {
    const answer = await post('/console/login', body);
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_body' } });
    expect(answer.body['details']).toMatchObject([{ path: 'password' }]);
  });

  it('keeps no id, token or password readable in the database', async () => {
    const cookie = await signIn(gateway);
    const { token } = await login.makeLink();
    const rows = await gateway.system.query({
      name: 'test.dump',
      text: `
        select to_jsonb(s)::text as row from console_sessions s
        union all select to_jsonb(l)::text from console_links l
        union all select to_jsonb(g)::text from gateway_settings g where name = 'console_password'`,
    });
    const dump = JSON.stringify(rows);
    expect(rows.length).toBeGreaterThanOrEqual(3);
    for (const secret of [cookie.split('=')[1] ?? '', token, password]) expect(dump).not.toContain(secret);
  });
});

describe('a session', () => {
  it('is told by /console/session to whoever asks', async () => {
    for (const cookie of [
      '',
      'modular_gateway_console=x',
      `modular_gateway_console_${gateway.port}=x; a=b`,
    ]) {
      expect(await readSession(cookie)).toMatchObject({ signed_in: false, method: null });
    }
  });

  it('ends with signing out, also where there was none', async () => {
    const cookie = await signIn(gateway);
    expect(await readSession(`theme=dark; ${cookie}`)).toMatchObject({ signed_in: true, method: 'link' });
    const out = await post('/console/logout', {}, { cookie });
    expect(out.status).toBe(200);
    expect(out.headers.getSetCookie()[0]).toMatch(/=; Path=\/; Expires=Thu, 01 Jan 1970/);
    expect(await readSession(cookie)).toMatchObject({ signed_in: false });
    expect((await post('/console/logout', {}, { cookie })).status).toBe(200);
    expect(await audited('console.signed_out')).toHaveLength(1);
  });

  it.each([
    ['twelve hours without use', 'last_seen_at', '12 hours 1 second'],
    ['seven days, however busy', 'created_at', '7 days 1 second'],
  ])('ends after %s', async (_what, column, age) => {
    const cookie = await signIn(gateway);
    const move = (to: string) =>
      gateway.system.query({
        name: 'test.age_sessions',
        prepare: false,
        text: `update console_sessions set ${column} = now() - interval '${to}'`,
      });
    await move('11 hours');
    expect(await readSession(cookie)).toMatchObject({ signed_in: true });
    await move(age);
    expect(await readSession(cookie)).toMatchObject({ signed_in: false });
  });

  it('survives a restart of the gateway, and is known by a second one on the same database', async () => {
    // The cookie carries the port, which another process here cannot have too.
    const cookie = await signIn(gateway);
    const second = await startGateway({ beside: gateway, env: { GATEWAY_MASTER_KEY: 'k-9f2c7b1e5d8a4063' } });
    try {
      const moved = cookie.replace(String(gateway.port), String(second.port));
      const answer = await second.call('/console/session', { headers: { cookie: moved } });
      expect(answer.body).toMatchObject({ signed_in: true, method: 'link' });
    } finally {
      await second.stop();
    }
  });

  it('ends everywhere when the password changes', async () => {
    const cookie = await signIn(gateway);
    const { token } = await login.makeLink();
    await login.setPassword(password);
    expect(await readSession(cookie)).toMatchObject({ signed_in: false });
    expect((await post('/console/login', { link_token: token })).status).toBe(401);
  });
});

describe('pages of others', () => {
  const own = () => gateway.origin;
  const foreign = [
    ['of another site', { origin: 'https://evil.example.com' }],
    ['at another port of this machine', { origin: 'http://127.0.0.1:8080' }],
    ['without an origin of their own', { origin: 'null' }],
    ['that a browser calls cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['that a browser calls same-site', { 'sec-fetch-site': 'same-site' }],
    // Believed from proxies only, and then it is another host than the origin's.
    ['that name another host', { origin: 'https://a.example', 'x-forwarded-host': 'b.example' }],
  ] as const;

  it.each(foreign)('%s cannot sign in, sign out or ask', async (_what, headers) => {
    const cookie = await signIn(gateway);
    const attempts = [
      await post('/console/login', { password }, headers),
      await post('/console/logout', {}, { ...headers, cookie }),
      await gateway.call('/console/session', { headers: { ...headers, cookie } }),
      await gateway.call('/console/downloads/x', { headers: { ...headers, cookie } }),
    ];
    for (const { status, body, headers: answered } of attempts) {
      expect([status, body['code']]).toEqual([403, 'foreign_page']);
      expect(answered.get('access-control-allow-origin')).toBeNull();
      expect(answered.get('set-cookie')).toBeNull();
    }
    expect(await readSession(cookie)).toMatchObject({ signed_in: true });
  });

  it('get no permission by asking first', async () => {
    const response = await fetch(`${gateway.origin}/console/login`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://evil.example.com',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    await response.arrayBuffer();
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ''])(
    'cannot post as forms do: %s',
    async (contentType) => {
      const answer = await post('/console/login', { password }, { 'content-type': contentType });
      expect([answer.status, answer.body['code']]).toEqual([415, 'unsupported_media_type']);
    },
  );

  it('are not our own, also behind a proxy', async () => {
    const same: Record<string, string>[] = [
      { origin: own() },
      { origin: own(), 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'same-origin' },
      { origin: 'https://gateway.example.com', 'x-forwarded-host': 'gateway.example.com' },
      { origin: 'https://gateway.example.com', 'x-forwarded-host': 'gateway.example.com:443' },
    ];
    for (const headers of same) {
      expect((await post('/console/login', { password }, headers)).status).toBe(200);
    }
  });

  it('are told by the Host header, where no proxy is named', async () => {
    const alone = await startGateway();
    try {
      const attempt = (headers: Record<string, string>) =>
        rawPost(alone, '/console/logout', { ...headers, 'x-forwarded-host': 'a.example' });
      expect(await attempt({ host: `a.example:${alone.port}`, origin: 'http://a.example' })).toBe(403);
      expect(await attempt({ host: '127.0.0.1', origin: 'http://a.example' })).toBe(403);
      expect(await attempt({ host: 'b.example:8080', origin: 'http://b.example:8080' })).toBe(200);
      expect(await attempt({ host: 'x"y', origin: 'http://x"y' })).toBe(403);
    } finally {
      await alone.stop();
    }
  });
});

/** With a Host header of its own, which fetch does not send. @returns the status */
function rawPost(to: TestGateway, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${to.origin}${path}`,
      { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, agent: false },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    request.on('error', reject);
    request.end('{}');
  });
}

describe('guesses', () => {
  it('are ten a minute from one address, all at once or one by one', async () => {
    const address = { 'x-forwarded-for': '10.99.0.1' };
    const guesses = await Promise.all(
      Array.from({ length: 14 }, (_, index) =>
        post('/console/login', { link_token: `guess-${index}` }, address),
      ),
    );
    const statuses = guesses.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    const refused = guesses.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(4);
    for (const { headers, body } of refused) {
      expect(body['code']).toBe('rate_limited');
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
    }
    // Nor is the right one taken from there, and from everywhere else it is.
    expect((await post('/console/login', { password }, address)).status).toBe(429);
    expect((await post('/console/login', { password })).status).toBe(200);
  });

  it('that were right do not count', async () => {
    const address = { 'x-forwarded-for': '10.99.0.2' };
    for (let round = 0; round < 12; round += 1) {
      const { token } = await login.makeLink();
      expect((await post('/console/login', { link_token: token }, address)).status).toBe(200);
    }
  });
});

describe('proofs of another kind', () => {
  it("a tenant's key and token open no console, and the console's cookie no API", async () => {
    const tenant = await gateway.addTenant();
    const cookie = await signIn(gateway);
    for (const bearer of [tenant.apiKey, await tenant.token()]) {
      const proofs: Record<string, string>[] = [
        { authorization: `Bearer ${bearer}` },
        { 'x-api-key': bearer },
      ];
      for (const headers of proofs) {
        const download = await gateway.call('/console/downloads/x', { headers });
        expect([download.status, download.body['code']]).toEqual([401, 'signed_out']);
        const session = await gateway.call('/console/session', { headers });
        expect(session.body).toMatchObject({ signed_in: false });
      }
    }
    const named = { cookie, 'x-customer-id': tenant.customerId };
    const sent = await gateway.call('/api/events', { headers: named, body: invoiceEvent() });
    expect(sent.status).toBe(401);
    expect((await gateway.call('/api/deliveries', { headers: named })).status).toBe(401);
    expect((await gateway.call('/auth/token', { headers: named, body: {} })).status).toBe(400);
  });
});

describe('downloads', () => {
  it('are for who is signed in, as attachments that no browser opens', async () => {
    const name = 'täglich "a"\r\nX-Evil: 1.csv';
    const path = join(gateway.dataDir, 'export.csv');
    await writeFile(path, 'a,b\n1,2\n');
    const gatewayConsole = gateway.gateway.console!;
    const original = gatewayConsole.openDownload.bind(gatewayConsole);
    Object.assign(gatewayConsole, {
      openDownload: (...[token, viewer]: Parameters<typeof original>) =>
        token === 'good' ? { path, name } : original(token, viewer),
    });
    const cookie = await signIn(gateway);
    const url = `${gateway.origin}/console/downloads/good`;
    const stranger = await gateway.call('/console/downloads/good');
    expect([stranger.status, stranger.body['code']]).toEqual([401, 'signed_out']);

    const response = await fetch(url, { headers: { cookie } });
    expect([response.status, await response.text()]).toEqual([200, 'a,b\n1,2\n']);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toContain('sandbox');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-evil')).toBeNull();
    const disposition = response.headers.get('content-disposition') ?? '';
    expect(disposition).toMatch(/^attachment; filename="/);
    expect(disposition).toContain("filename*=UTF-8''t%C3%A4glich");

    const unknown = await gateway.call('/console/downloads/unknown', { headers: { cookie } });
    expect([unknown.status, unknown.body['code']]).toEqual([404, 'not_found']);
  });
});

describe('the console', () => {
  it('is not there when it is switched off', async () => {
    const off = await startGateway({ env: { GATEWAY_CONSOLE: 'off' } });
    try {
      for (const path of ['/console', '/console/', '/console/session', '/console/assets/index.js']) {
        const answer = await off.call(path);
        expect([answer.status, answer.body['code']]).toEqual([404, 'not_found']);
      }
      expect((await off.call('/console/login', { body: { password } })).status).toBe(404);
    } finally {
      await off.stop();
    }
  });

  it('is not served to the network by the desktop app, which has a window', async () => {
    const desktop = createGateway(
      { ...gateway.config, dataDir: join(gateway.dataDir, 'desktop') },
      { entryPoint: { kind: 'desktop', restart: () => Promise.resolve() } },
    );
    try {
      const { port, consoleUrl } = await desktop.start();
      expect(consoleUrl).toBeUndefined();
      const answer = await callGateway(`http://127.0.0.1:${port}`, '/console/session');
      expect([answer.status, answer.body['code']]).toEqual([404, 'not_found']);
      expect(desktop.console).toBeDefined();
    } finally {
      await desktop.stop();
    }
  });

  it('has no secret in its logs', async () => {
    const cookie = await signIn(gateway);
    await post('/console/login', { password });
    await readSession(cookie);
    gateway.gateway.logger.flush();
    const log = await readFile(join(gateway.dataDir, 'logs', 'combined.log'), 'utf8');
    expect(log).toContain('"listening"');
    expect(log).not.toContain(password);
    expect(log).not.toContain(cookie.split('=')[1]);
    expect(log).not.toContain('token=');
  });
});
