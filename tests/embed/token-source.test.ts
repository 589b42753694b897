import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PageSettings } from '../../renderer/embed/page-settings';
import { createTokenSource, readClaims } from '../../renderer/embed/token-source';

let nowMs: number;
let calls: { url: string; init: RequestInit }[];
let answers: (() => Promise<Response>)[];

beforeEach(() => {
  nowMs = 1_000_000;
  calls = [];
  answers = [];
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    calls.push({ url, init });
    return answers.shift()!();
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** A token good for so long; its signature is the gateway's affair. */
const token = (seconds: number, name = 'ACC003') =>
  `${base64url({ alg: 'HS256' })}.${base64url({ customer_id: name, iat: 5_000, exp: 5_000 + seconds })}.signature`;
const gives = (body: unknown, status = 200) =>
  answers.push(() =>
    Promise.resolve(new Response(typeof body === 'string' ? body : JSON.stringify(body), { status })),
  );
const open = (settings: Partial<PageSettings>) =>
  createTokenSource(
    { gatewayUrl: 'http://gateway:3001', theme: 'auto', panel: 'shown', ...settings },
    () => nowMs,
  );
const byUrl = { tokenUrl: 'https://shop.example.com/token.php' };
const byIds = { customerId: 'ACC003', userId: '7', sessionId: 's1' };

describe('a token of the page itself', () => {
  test('is used until shortly before its end, whatever the clock of this PC says', async () => {
    const source = open({ token: token(3_600) });
    expect(source).toMatchObject({ renewable: false, configured: true });
    nowMs += 3_569_999;
    expect(await source.get()).toBe(token(3_600));
    nowMs += 1;
    await expect(source.get()).rejects.toMatchObject({ code: 'token_expired' });
    expect(calls).toEqual([]);
  });

  test('that cannot be read is used until the gateway refuses it', async () => {
    const source = open({ token: 'opaque' });
    nowMs += 1e9;
    expect(await source.get()).toBe('opaque');
    source.drop('another');
    expect(await source.get()).toBe('opaque');
    source.drop('opaque');
    await expect(source.get()).rejects.toMatchObject({ code: 'token_expired' });
  });
});

describe('a token that is asked for', () => {
  test('comes from the PHP app, with its cookies', async () => {
    gives({ token: token(600) });
    const source = open(byUrl);
    expect(await source.get()).toBe(token(600));
    expect(calls).toMatchObject([{ url: byUrl.tokenUrl, init: { method: 'GET', credentials: 'include' } }]);
  });

  test('comes from the gateway for ids, without any cookie', async () => {
    gives({ token: token(600) });
    await open(byIds).get();
    expect(calls).toMatchObject([
      { url: 'http://gateway:3001/auth/token', init: { method: 'POST', credentials: 'omit' } },
    ]);
    expect(JSON.parse(calls[0]!.init.body as string)).toEqual({
      customer_id: 'ACC003',
      user_id: '7',
      session_id: 's1',
    });
  });

  test('is asked for once, however many want it, and again when it is due', async () => {
    gives({ token: token(600, 'first') });
    gives({ token: token(600, 'second') });
    const source = open(byUrl);
    const all = await Promise.all([source.get(), source.get(), source.get()]);
    expect(new Set(all)).toEqual(new Set([token(600, 'first')]));
    expect(calls).toHaveLength(1);
    nowMs += 570_000;
    expect(await source.get()).toBe(token(600, 'second'));
  });

  test('is asked for anew once the gateway refused it', async () => {
    gives({ token: token(600, 'first') });
    gives({ token: token(600, 'second') });
    const source = open(byUrl);
    source.drop(await source.get());
    expect(await source.get()).toBe(token(600, 'second'));
  });

  test('that is refused says why, and is asked for again the next time', async () => {
    gives({ error: 'Log in first.', code: 'not_logged_in' }, 401);
    gives({ token: token(600) });
    const source = open(byUrl);
    await expect(source.get()).rejects.toMatchObject({ code: 'not_logged_in', message: 'Log in first.' });
    expect(await source.get()).toBe(token(600));
  });

  test.each([
    ['a page instead of JSON', '<html>', 200, 'holds none'],
    ['JSON without a token', {}, 200, 'holds none'],
    ['an empty token', { token: '' }, 200, 'holds none'],
    ['a fault', 'Fatal error', 500, '(500)'],
  ])('%s is no token', async (_what, body, status, words) => {
    gives(body, status);
    await expect(open(byUrl).get()).rejects.toMatchObject({
      code: 'token_refused',
      message: expect.stringContaining(words) as string,
    });
  });

  test('from where nobody answers says so', async () => {
    answers.push(() => Promise.reject(new TypeError('fetch failed')));
    await expect(open(byUrl).get()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('shop.example.com cannot be reached') as string,
    });
  });
});

test.each([
  ['nothing', {}, false],
  ['ids that are not complete', { customerId: 'A', userId: '7' }, false],
  ['all ids', byIds, true],
  ['an address', byUrl, true],
])('a page with %s: renewable is %s', async (_what, settings, renewable) => {
  const source = open(settings);
  expect(source).toMatchObject({ renewable, configured: renewable });
  if (!renewable) await expect(source.get()).rejects.toMatchObject({ code: 'no_token' });
});

test.each([
  [token(60, 'Zoë'), { customer_id: 'Zoë', iat: 5_000, exp: 5_060 }],
  ['', {}],
  ['a.b.c', {}],
  [`x.${base64url('text')}.y`, {}],
  [`x.${base64url(null)}.y`, {}],
])('the claims of %s', (text, claims) => {
  expect(readClaims(text)).toEqual(claims);
});
