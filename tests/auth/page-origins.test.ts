import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createClientAddressReader } from '../../main/gateway/auth/client-address';
import { createPageOrigins } from '../../main/gateway/auth/page-origins';
import { createSameOrigin } from '../../main/gateway/auth/same-origin';
import { readConfig } from '../../main/gateway/config/config';

function request(headers: Record<string, string>, remoteAddress = '192.168.1.7'): IncomingMessage {
  return { headers, socket: { remoteAddress }, connection: { remoteAddress } } as unknown as IncomingMessage;
}

const host = '192.168.1.20:3001';
const from = (origin: string, address?: string) => request({ host, origin }, address);

function pageOrigins(configured: readonly string[] | '*' = ['http://localhost:3000']) {
  return createPageOrigins({
    configured,
    sameOrigin: createSameOrigin(false),
    addressOf: createClientAddressReader(false),
  });
}

const refusedOf = (pages: ReturnType<typeof pageOrigins>) => pages.refused().map(({ origin }) => origin);
const pageNumber = (n: number) => `https://page-${n}.example.com`;

test.each([
  [undefined, ['http://localhost:3000']],
  ['', ['http://localhost:3000']],
  ['https://Shop.example.com/, http://10.0.0.5:8080', ['https://shop.example.com', 'http://10.0.0.5:8080']],
  ['https://shop.example.com, *', '*'],
])('ALLOWED_ORIGINS %j means %j', (value, meant) => {
  const env = { GATEWAY_DATA_DIR: '/nowhere', ...(value === undefined ? {} : { ALLOWED_ORIGINS: value }) };
  expect(readConfig(env, '/nowhere').allowedOrigins).toEqual(meant);
});

describe('let in', () => {
  test.each([
    ['a page that is named', from('http://localhost:3000')],
    ['a program, which names no origin', request({ host })],
    ['a page of the gateway itself', from(`http://${host}`)],
    ['one over TLS that a proxy ends', request({ host: 'gateway.local', origin: 'https://gateway.local' })],
    ['one by name, in other letters', request({ host: 'GATEWAY.local', origin: 'http://gateway.local' })],
    ['one by IPv6', request({ host: '[fd00::1]:3001', origin: 'http://[fd00::1]:3001' })],
  ])('%s', (_who, asked) => {
    const pages = pageOrigins();
    expect(pages.admit(asked)).toBe(true);
    expect(pages.refused()).toEqual([]);
  });

  test.each(['https://shop.example.com', 'null', 'http://localhost:9999', 'file://'])(
    'everybody where * stands: %s',
    (origin) => {
      const pages = pageOrigins('*');
      expect(pages.admit(from(origin))).toBe(true);
      expect(pages.allowed).toBe('*');
      expect(pages.refused()).toEqual([]);
    },
  );

  test('a page that was refused, from the moment on that it is allowed', () => {
    const pages = pageOrigins(['https://a.example.com']);
    for (const origin of ['https://b.example.com', 'https://c.example.com', 'http://10.0.0.5:8080']) {
      expect(pages.admit(from(origin))).toBe(false);
      pages.allow(origin);
      pages.allow(origin);
      expect(pages.admit(from(origin))).toBe(true);
    }
    expect(pages.allowed).toEqual([
      'https://a.example.com',
      'https://b.example.com',
      'https://c.example.com',
      'http://10.0.0.5:8080',
    ]);
    expect(pages.refused()).toEqual([]);
  });
});

describe('refused and remembered', () => {
  test.each([
    ['another site', 'https://shop.example.com'],
    ['another port of this machine', 'http://192.168.1.20:8080'],
    ['another port of a machine that is named', 'http://localhost:3002'],
    ['another scheme of one that is named', 'https://localhost:3000'],
    ['a name that begins alike', 'http://localhost:3000.evil.example'],
  ])('%s', (_who, origin) => {
    const pages = pageOrigins();
    expect(pages.admit(from(origin, '192.168.1.9'))).toBe(false);
    // What is no address at all is refused, and in no list.
    const isAddress = URL.canParse(origin);
    expect(pages.refused()).toMatchObject(isAddress ? [{ origin, address: '192.168.1.9' }] : []);
  });

  test.each([
    ['a page without an address', 'null'],
    ['a file', 'file://'],
    ['an extension', 'chrome-extension://abcdefgh'],
    ['no origin: a path', 'https://shop.example.com/path'],
    ['no origin: a login', 'https://user:word@shop.example.com'],
    ['no origin: big letters', 'https://SHOP.example.com'],
    ['no origin: words', 'click <b>Allow</b>, please'],
    ['too long to be one', `https://${'a.'.repeat(100)}example.com`],
  ])('refused, but not remembered: %s', (_who, origin) => {
    const pages = pageOrigins();
    expect(pages.admit(from(origin))).toBe(false);
    expect(pages.refused()).toEqual([]);
  });

  describe('as long as', () => {
    const start = new Date('2026-07-01T08:00:00Z');
    const hours = (count: number) => new Date(start.getTime() + count * 3_600_000);
    beforeEach(() => {
      vi.useFakeTimers({ now: start, toFake: ['Date'] });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    test('they are the last five', () => {
      const pages = pageOrigins();
      for (let n = 1; n <= 50; n += 1) {
        vi.setSystemTime(start.getTime() + n);
        expect(pages.admit(from(pageNumber(n)))).toBe(false);
      }
      expect(refusedOf(pages)).toEqual([50, 49, 48, 47, 46].map(pageNumber));
    });

    test("what one machine makes up pushes out its own, and nobody else's", () => {
      const pages = pageOrigins();
      pages.admit(from('https://shop.example.com', '192.168.1.10'));
      for (let n = 1; n <= 50; n += 1) {
        vi.setSystemTime(start.getTime() + n);
        pages.admit(from(pageNumber(n), '192.168.1.66'));
      }
      vi.setSystemTime(start.getTime() + 51);
      pages.admit(from('https://desk.example.com', '192.168.1.11'));
      expect(refusedOf(pages)).toEqual([
        'https://desk.example.com',
        ...[50, 49, 48].map(pageNumber),
        'https://shop.example.com',
      ]);
    });

    test('a day has not passed since they asked last', () => {
      const pages = pageOrigins();
      pages.admit(from(pageNumber(1), '192.168.1.1'));
      pages.admit(from(pageNumber(2)));
      vi.setSystemTime(hours(12));
      pages.admit(from(pageNumber(1), '192.168.1.2'));
      vi.setSystemTime(hours(23.9));
      expect(refusedOf(pages)).toEqual([1, 2].map(pageNumber));
      vi.setSystemTime(hours(24.1));
      expect(pages.refused()).toEqual([{ origin: pageNumber(1), address: '192.168.1.2', at: hours(12) }]);
      vi.setSystemTime(hours(36.1));
      expect(pages.refused()).toEqual([]);
    });

    test('and the forgotten make room', () => {
      const pages = pageOrigins();
      for (let n = 1; n <= 6; n += 1) pages.admit(from(pageNumber(n)));
      vi.setSystemTime(hours(25));
      pages.admit(from(pageNumber(6)));
      expect(refusedOf(pages)).toEqual([6].map(pageNumber));
    });
  });
});
