import { expect, test } from 'vitest';
import { describeConnections } from '../../main/gateway/storage/describe-connections';
import { shareOf } from '../../main/gateway/storage/server-watch';

test('says what is open, and by whom', () => {
  expect(describeConnections({ total: 97, used: 12, strangers: 1, gateways: 1 }, 3)).toEqual({
    message: "12 of the server's 97 connections are open, 1 of them by another program.",
    isFull: false,
  });
});

test('says that quiet tenants take turns, and what to raise', () => {
  const { message, isFull } = describeConnections({ total: 97, used: 80, strangers: 0, gateways: 1 }, 300);
  expect(message).toContain('Too few for 300 tenants');
  expect(message).toContain('max_connections = 400');
  expect(isFull).toBe(false);
});

test('a full server is more than that', () => {
  const { message, isFull } = describeConnections({ total: 97, used: 96, strangers: 60, gateways: 2 }, 5);
  expect(message).toContain('96 of the server');
  expect(message).toContain('60 of them by other programs');
  expect(isFull).toBe(true);
});

test.each([
  [
    'alone on a server of a hundred, a tenth is left for others',
    { total: 97, strangers: 0, gateways: 1, roleLimit: -1 },
    79,
  ],
  ['two gateways share', { total: 97, strangers: 0, gateways: 2, roleLimit: -1 }, 35],
  ['what others have open is theirs', { total: 97, strangers: 40, gateways: 1, roleLimit: -1 }, 47],
  ["a role's own limit counts", { total: 97, strangers: 0, gateways: 1, roleLimit: 30 }, 19],
  ['a server that is too small still lets two in', { total: 7, strangers: 3, gateways: 1, roleLimit: -1 }, 2],
])('%s', (_, figures, expected) => {
  expect(shareOf(figures, { reserved: 8 })).toBe(expected);
});

test('what was set wins over what the server would allow', () => {
  const figures = { total: 97, strangers: 0, gateways: 1, roleLimit: -1 };
  expect(shareOf(figures, { reserved: 8, limit: 40 })).toBe(32);
  expect(shareOf(figures, { reserved: 8, limit: 500 })).toBe(79);
});
