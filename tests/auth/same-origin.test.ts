import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { createClientAddressReader } from '../../main/gateway/auth/client-address';
import { consoleCookieName, readConsoleCookie } from '../../main/gateway/auth/console-cookie';
import { createSameOrigin } from '../../main/gateway/auth/same-origin';

function request(
  headers: Record<string, string>,
  remoteAddress = '192.168.1.7',
  localPort = 3001,
): IncomingMessage {
  return {
    headers,
    socket: { remoteAddress, localPort },
    connection: { remoteAddress },
  } as unknown as IncomingMessage;
}

const host = '192.168.1.20:3001';

describe('a request that comes from a page of the gateway itself', () => {
  const pages = createSameOrigin(false);
  test.each([
    ['names its origin', { host, origin: `http://${host}` }],
    ['by name, in other letters', { host: 'Gateway.local:3001', origin: 'http://gateway.local:3001' }],
    ['on the default port, left out', { host: 'gateway.local', origin: 'http://gateway.local' }],
    ['on the default port, written out', { host: 'gateway.local:80', origin: 'http://gateway.local' }],
    ['over TLS', { host: 'gateway.local:443', origin: 'https://gateway.local' }],
    ['by IPv6', { host: '[fd00::1]:3001', origin: 'http://[fd00::1]:3001' }],
    ['without an origin, as GET has none', { host, 'sec-fetch-site': 'same-origin' }],
    ['typed into the address bar', { host, 'sec-fetch-site': 'none' }],
    ['by a program that is no browser', { host }],
  ])('%s', (_how, headers) => {
    expect(() => pages.requireSameOrigin(request(headers))).not.toThrow();
  });

  test.each([
    ['another host', { host, origin: 'http://evil.example' }],
    ['another port of this machine', { host, origin: 'http://192.168.1.20:8080' }],
    ['a name that begins alike', { host: 'gateway.local', origin: 'http://gateway.local.evil.example' }],
    ['a sandboxed frame', { host, origin: 'null' }],
    ['a file', { host, origin: 'file://' }],
    ['an extension', { host, origin: 'chrome-extension://abc' }],
    ['another site, without an origin', { host, 'sec-fetch-site': 'cross-site' }],
    ['another port, without an origin', { host, 'sec-fetch-site': 'same-site' }],
    ['a host that is none', { host: 'a b', origin: 'http://a b' }],
    ['no host', { origin: `http://${host}` }],
    [
      'what a client says of a proxy that is not there',
      { host, origin: 'http://evil.example', 'x-forwarded-host': 'evil.example' },
    ],
  ])('is not: %s', (_how, headers) => {
    expect(() => pages.requireSameOrigin(request(headers))).toThrow(
      expect.objectContaining({ code: 'foreign_page', httpStatus: 403 }) as Error,
    );
  });
});

describe('behind a proxy that the operator named', () => {
  const pages = createSameOrigin(['10.0.0.1']);
  const headers = {
    host: 'internal:3001',
    'x-forwarded-host': 'console.example.com',
    'x-forwarded-proto': 'https',
  };

  test('the browser’s own name for the gateway counts', () => {
    const proxied = request({ ...headers, origin: 'https://console.example.com' }, '10.0.0.1');
    expect(pages.hostOf(proxied)).toBe('console.example.com');
    expect(pages.isSecure(proxied)).toBe(true);
    expect(() => pages.requireSameOrigin(proxied)).not.toThrow();
  });

  test('only the last proxy’s word does', () => {
    const invented = request(
      { ...headers, 'x-forwarded-host': 'evil.example, console.example.com' },
      '10.0.0.1',
    );
    expect(pages.hostOf(invented)).toBe('console.example.com');
  });

  test('nobody else is believed', () => {
    const direct = request(headers, '10.0.0.2');
    expect(pages.hostOf(direct)).toBe('internal:3001');
    expect(pages.isSecure(direct)).toBe(false);
  });
});

describe('the address that a request comes from', () => {
  const forwarded = { 'x-forwarded-for': '203.0.113.9, 10.0.0.5' };
  test.each([
    ['without proxies, the peer', false, '192.168.1.7', '192.168.1.7'],
    ['an IPv4 peer of a dual-stack socket', false, '::ffff:192.168.1.7', '192.168.1.7'],
    ['behind one proxy, what it says', 1, '10.0.0.1', '10.0.0.5'],
    ['behind two, what the first says', 2, '10.0.0.1', '203.0.113.9'],
    ['behind a named proxy, what it says', ['10.0.0.1'], '10.0.0.1', '10.0.0.5'],
    ['behind a named network of them', ['10.0.0.0/8'], '10.0.0.1', '203.0.113.9'],
    ['past the named proxy, the peer', ['10.0.0.1'], '192.168.1.7', '192.168.1.7'],
  ] as const)('%s', (_how, trustProxy, peer, expected) => {
    expect(createClientAddressReader(trustProxy)(request(forwarded, peer))).toBe(expected);
  });
});

describe('the cookie of the console', () => {
  const plain = { isSecure: () => false };
  const secure = { isSecure: () => true };

  test('is named by the port, and bound to the host over TLS', () => {
    expect(consoleCookieName(request({}), plain)).toBe('modular_gateway_console_3001');
    expect(consoleCookieName(request({}), secure)).toBe('__Host-modular_gateway_console_3001');
  });

  test.each([
    ['alone', 'modular_gateway_console_3001=abc', 'abc'],
    ['among others', 'a=1; modular_gateway_console_3001=abc; b=2', 'abc'],
    ['without blanks', 'a=1;modular_gateway_console_3001=abc', 'abc'],
    ['with an equals sign in it', 'modular_gateway_console_3001=ab=c', 'ab=c'],
    ['of another port', 'modular_gateway_console_3002=abc', undefined],
    ['with a longer name', 'x_modular_gateway_console_3001=abc', undefined],
    ['none', '', undefined],
  ])('is read: %s', (_how, cookie, expected) => {
    expect(readConsoleCookie(request({ cookie }), plain)).toBe(expected);
  });

  test('of plain HTTP counts for nothing over TLS', () => {
    expect(
      readConsoleCookie(request({ cookie: 'modular_gateway_console_3001=abc' }), secure),
    ).toBeUndefined();
  });
});
