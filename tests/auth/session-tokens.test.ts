import jwt from 'jsonwebtoken';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSessionTokens } from '../../main/gateway/auth/session-tokens';

const secret = 'k7v2m9x4q1w8e5r3';
const claims = { customerId: 'ACC003', userId: '7', sessionId: 's-1' };
const now = new Date('2026-03-01T09:00:00Z');

beforeEach(() => {
  vi.useFakeTimers({ now, toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a token says who it is for, for an hour', () => {
  const tokens = createSessionTokens(secret);
  const token = tokens.issue(claims);
  expect(tokens.verify(token)).toEqual({ ...claims, expiresAtMs: now.getTime() + 3_600_000 });
});

test('a token that was good before is over after its hour, in the cache as well', () => {
  const tokens = createSessionTokens(secret);
  const token = tokens.issue(claims);
  vi.setSystemTime(now.getTime() + 3_599_000);
  expect(tokens.verify(token)).toMatchObject(claims);
  vi.setSystemTime(now.getTime() + 3_600_000);
  expect(tokens.verify(token)).toBeUndefined();
  expect(createSessionTokens(secret).verify(token)).toBeUndefined();
});

test('every gateway with the same secret takes it, and no other', () => {
  const token = createSessionTokens(secret).issue(claims);
  expect(createSessionTokens(secret).verify(token)).toMatchObject(claims);
  expect(createSessionTokens(`${secret}x`).verify(token)).toBeUndefined();
});

const payload = { customer_id: 'ACC003', user_id: '7', session_id: 's-1' };
const ours = { expiresIn: 600, issuer: 'modular-gateway', audience: 'modular-gateway-clients' };
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

test('one that is signed as ours are is taken', () => {
  const token = jwt.sign(payload, secret, { ...ours, algorithm: 'HS256' });
  expect(createSessionTokens(secret).verify(token)).toMatchObject(claims);
});

test.each([
  ['another algorithm', () => jwt.sign(payload, secret, { ...ours, algorithm: 'HS512' })],
  [
    'no algorithm',
    () =>
      `${base64({ alg: 'none', typ: 'JWT' })}.${base64({ ...payload, iss: ours.issuer, aud: ours.audience, exp: 4e9 })}.`,
  ],
  ['another issuer', () => jwt.sign(payload, secret, { ...ours, issuer: 'somebody' })],
  ['another audience', () => jwt.sign(payload, secret, { ...ours, audience: 'somebody' })],
  ['no end', () => jwt.sign(payload, secret, { issuer: ours.issuer, audience: ours.audience })],
  ['no customer', () => jwt.sign({ ...payload, customer_id: '' }, secret, ours)],
  ['a user that is no text', () => jwt.sign({ ...payload, user_id: 7 }, secret, ours)],
  [
    'a changed customer',
    () => {
      const [head, , signature] = jwt.sign(payload, secret, ours).split('.');
      return [head, base64({ ...payload, customer_id: 'ACC004', exp: 4e9 }), signature].join('.');
    },
  ],
  ['no token at all', () => 'nonsense'],
  ['an empty text', () => ''],
])('refused: %s', (_what, make) => {
  expect(createSessionTokens(secret).verify(make())).toBeUndefined();
});
