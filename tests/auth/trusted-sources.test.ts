import { describe, expect, test } from 'vitest';
import { createTrustedSources, plainAddress } from '../../main/gateway/auth/trusted-sources';
import { parseTrustedSources } from '../../main/gateway/config/config-values';

const sources = createTrustedSources(
  parseTrustedSources(
    '192.168.1.10=ACC003, 192.168.1.10=ACC004, 10.0.0.0/8=*, 172.16.5.0/24=ACC003, fd00::/8=V6',
  ),
);

describe('an address speaks', () => {
  test.each([
    ['192.168.1.10', 'ACC003', true],
    ['192.168.1.10', 'ACC004', true],
    ['192.168.1.10', 'ACC005', false],
    ['192.168.1.11', 'ACC003', false],
    ['192.168.1.1', 'ACC003', false],
    ['::ffff:192.168.1.10', 'ACC003', true],
    ['10.255.255.255', 'anybody', true],
    ['11.0.0.0', 'anybody', false],
    ['172.16.5.0', 'ACC003', true],
    ['172.16.5.255', 'ACC003', true],
    ['172.16.6.0', 'ACC003', false],
    ['fd12:3456::1', 'V6', true],
    ['fe80::1', 'V6', false],
    ['', 'ACC003', false],
    ['not an address', 'ACC003', false],
    ['192.168.1.10 ', 'ACC003', false],
  ])('%s for %s: %s', (address, customerId, expected) => {
    expect(sources.speaksFor(address, customerId)).toBe(expected);
  });

  test('never by a customer id that is the word for all', () => {
    expect(sources.speaksFor('192.168.1.10', '*')).toBe(false);
  });
});

test.each([
  ['192.168.1.10', undefined],
  ['172.16.5.7', 'ACC003'],
  ['10.1.2.3', undefined],
  ['8.8.8.8', undefined],
  ['fd00::5', 'V6'],
])('the only tenant of %s is %s', (address, expected) => {
  expect(sources.onlyTenant(address)).toBe(expected);
});

test.each([
  ['192.168.1.10', true],
  ['10.9.9.9', true],
  ['8.8.8.8', false],
  ['nonsense', false],
])('%s is known: %s', (address, expected) => {
  expect(sources.knows(address)).toBe(expected);
});

test('nobody is trusted where nobody is named', () => {
  const none = createTrustedSources([]);
  expect(none.knows('127.0.0.1')).toBe(false);
  expect(none.speaksFor('127.0.0.1', 'ACC003')).toBe(false);
  expect(none.onlyTenant('127.0.0.1')).toBeUndefined();
});

test.each([
  ['::ffff:192.168.1.10', '192.168.1.10'],
  ['192.168.1.10', '192.168.1.10'],
  ['::1', '::1'],
  // The same prefix without an IPv4 address behind it.
  ['::ffff:c0a8:10a', '::ffff:c0a8:10a'],
])('%s is written %s', (address, plain) => {
  expect(plainAddress(address)).toBe(plain);
});
