import { describe, expect, test } from 'vitest';
import { buildDatabaseUrl, databaseLocation } from '../../main/gateway/storage/connection-trouble';
import {
  joinServerList,
  nameServer,
  readServerList,
  serverKey,
  serversOf,
  withServers,
} from '../../main/gateway/storage/server-addresses';

const list = readServerList('postgres://ann:x@db1:5432,db2:5433/shop?sslmode=require');
const named = (url: string) => serversOf(new URL(url)).map(nameServer);

describe('the servers of an address', () => {
  test.each([
    ['postgres://ann:x@db1/shop', ['db1:5432']],
    ['postgres://ann:x@[fd00::1]:6000/shop', ['[fd00::1]:6000']],
    ['postgres://ann:x@localhost/shop?host=/run/postgresql&port=6000', ['/run/postgresql']],
    ['postgres:///shop', ['localhost:5432']],
    ['postgres://ann:x@100%/shop', ['100%:5432']],
    // libpq's own rule: one port serves all.
    ['postgres://ann:x@db1,db2:6000/shop', ['db1:5432', 'db2:6000']],
    ['postgres://ann:x@db1:6000,db2/shop', ['db1:6000', 'db2:5432']],
    ['postgres:///shop?host=db1,db2&port=6000', ['db1:6000', 'db2:6000']],
    ['postgres:///shop?host=db1,db2&port=6000,6001', ['db1:6000', 'db2:6001']],
    ['postgres://ann:x@[fd00::1]:6000,[fd00::2]/shop', ['[fd00::1]:6000', '[fd00::2]:5432']],
  ])('%s', (url, expected) => {
    expect(named(readServerList(url))).toEqual(expected);
  });

  test('are read without touching the rest of the address', () => {
    const url = new URL(readServerList('postgres://ann:p,w%40@db1:1,db2:2/my%20shop?sslmode=require'));
    expect([url.username, url.password, url.pathname]).toEqual(['ann', 'p,w%40', '/my%20shop']);
    expect(url.searchParams.get('sslmode')).toBe('require');
  });

  test.each(['db1,', ',db2', 'db1:0,db2', 'db1:70000,db2', 'db1:x,db2', '[x],db2'])(
    'a list with a hole in it is refused: %s',
    (servers) => {
      expect(() => readServerList(`postgres://ann:x@${servers}/shop`)).toThrow(
        expect.objectContaining({ code: 'invalid_database_url' }) as Error,
      );
    },
  );

  test('are all named where one of them is to be shown', () => {
    expect(databaseLocation(list)).toBe('db1:5432 or db2:5433');
  });
});

describe('an address for other servers', () => {
  test('keeps everything else', () => {
    expect(withServers(list, [{ host: 'db3', port: 6000 }])).toBe(
      'postgres://ann:x@db3:6000/shop?sslmode=require',
    );
    expect(withServers(list, [{ host: 'fd00::1', port: 6000 }])).toBe(
      'postgres://ann:x@[fd00::1]:6000/shop?sslmode=require',
    );
    expect(named(withServers(list, [{ host: '/run/postgresql', port: 6000 }]))).toEqual(['/run/postgresql']);
  });

  test('is made of the parts of DB_HOST', () => {
    const url = buildDatabaseUrl({
      host: 'db1',
      port: 5432,
      standbys: [{ host: '/run/postgresql', port: 5433 }],
      user: 'ann',
      password: 'p@ss',
      name: 'shop',
    });
    expect(named(url)).toEqual(['db1:5432', '/run/postgresql']);
  });
});

describe("a tenant's address", () => {
  test.each(['db1:5432', 'DB1', 'db2:5433'])('at a server of the list means the list: %s', (server) => {
    const joined = joinServerList(`postgres://bob:y@${server}/tenant`, list);
    expect(named(joined)).toEqual(['db1:5432', 'db2:5433']);
    expect(new URL(joined).username).toBe('bob');
  });

  test.each(['db3:5432', 'db1:5433'])('at another server stays as it is: %s', (server) => {
    const url = `postgres://bob:y@${server}/tenant`;
    expect(joinServerList(url, list)).toBe(url);
  });

  test('stays as it is where the gateway has one server', () => {
    const url = 'postgres://bob:y@db1:5432/tenant';
    expect(joinServerList(url, 'postgres://ann:x@db1:5432/shop')).toBe(url);
  });
});

test('two spellings of this machine are one server', () => {
  expect(serverKey({ host: 'localhost', port: 1 })).toBe(serverKey({ host: '127.0.0.1', port: 1 }));
  expect(serverKey({ host: 'Db1', port: 1 })).toBe(serverKey({ host: 'db1', port: 1 }));
  expect(serverKey({ host: 'db1', port: 1 })).not.toBe(serverKey({ host: 'db1', port: 2 }));
});
