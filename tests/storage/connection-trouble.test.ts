import { describe, expect, test } from 'vitest';
import { errorText, GatewayError, isDatabaseAway, isTooSlow } from '../../main/gateway/errors';
import {
  buildDatabaseUrl,
  databaseLocation,
  databaseNameOf,
  databaseUnreachable,
  withDatabaseName,
} from '../../main/gateway/storage/connection-trouble';

const url = 'postgres://ann:geh%40im@db.example.com:5433/shop';
const failure = (code: string | undefined, message = 'as the driver says it') =>
  Object.assign(new Error(message), { code });

describe('whatever keeps a database from being opened is one sentence', () => {
  test.each([
    ['ECONNREFUSED', 'No PostgreSQL answers at db.example.com:5433.'],
    ['ENOENT', 'No PostgreSQL answers at db.example.com:5433.'],
    ['ENOTFOUND', 'The host of the database db.example.com:5433 is not known.'],
    ['EAI_AGAIN', 'The host of the database db.example.com:5433 is not known.'],
    ['EHOSTUNREACH', 'The host of the database db.example.com:5433 cannot be reached.'],
    ['ETIMEDOUT', 'The host of the database db.example.com:5433 cannot be reached.'],
    ['28P01', 'The PostgreSQL at db.example.com:5433 does not let ann in: wrong user or password.'],
    ['3D000', 'The PostgreSQL at db.example.com:5433 has no database shop.'],
    ['42501', 'ann has not the rights it needs in the database shop at db.example.com:5433.'],
    ['53300', 'The PostgreSQL at db.example.com:5433 has no connections left.'],
    ['57P03', 'The PostgreSQL at db.example.com:5433 is starting or stopping.'],
    ['XX000', 'The database shop at db.example.com:5433 cannot be used: as the driver says it'],
  ])('%s', (code, sentence) => {
    expect(databaseUnreachable(failure(code), url)).toMatchObject({
      code: 'database_unreachable',
      httpStatus: 503,
      message: sentence,
    });
  });

  test.each([
    ['a time-out', failure(undefined, 'timeout expired'), 'does not answer in time'],
    [
      'a refusal inside a migration',
      failure(undefined, 'error: permission denied for schema public\n  at x'),
      'has not the rights',
    ],
    ['a host of several addresses', new AggregateError([failure('ECONNREFUSED')]), 'No PostgreSQL answers'],
    [
      'a stack',
      failure(undefined, 'relation is gone\n    at Client.query'),
      'cannot be used: relation is gone',
    ],
  ])('%s', (_what, thrown, words) => {
    const { message } = databaseUnreachable(thrown, url);
    expect(message).toContain(words);
    expect(message).not.toContain('\n');
  });

  test.each(['ECONNREFUSED', '28P01', '3D000', '42501', 'XX000'])('%s: never the password', (code) => {
    expect(databaseUnreachable(failure(code), url).message).not.toMatch(/geh/);
  });

  test('that is one already stays as it is', () => {
    const error = new GatewayError('database_taken', 'It is somebody else’s.', 409);
    expect(databaseUnreachable(error, url)).toBe(error);
  });

  test('for an address that is none', () => {
    expect(databaseUnreachable(failure('X'), 'nonsense').message).toBe(
      'The address of the database cannot be read.',
    );
  });
});

describe('an address', () => {
  const server = { host: 'db.example.com', port: 5433, user: 'ann', password: 'geh@im', name: 'shop' };
  test.each([
    [{}, 'postgres://ann:geh%40im@db.example.com:5433/shop'],
    [{ host: 'fd00::1' }, 'postgres://ann:geh%40im@[fd00::1]:5433/shop'],
    [
      { host: '/run/postgresql' },
      'postgres://ann:geh%40im@localhost/shop?host=%2Frun%2Fpostgresql&port=5433',
    ],
    [{ password: '' }, 'postgres://ann:@db.example.com:5433/shop'],
    [{ user: 'a/b', password: 'p?#:' }, 'postgres://a%2Fb:p%3F%23%3A@db.example.com:5433/shop'],
  ])('is built of its parts: %o', (parts, expected) => {
    expect(buildDatabaseUrl({ ...server, ...parts })).toBe(expected);
  });

  test.each([
    [url, 'db.example.com:5433'],
    ['postgres://ann@db/shop', 'db:5432'],
    ['postgres:///shop', 'localhost:5432'],
    ['postgres://ann:x@localhost/shop?host=/run/postgresql', '/run/postgresql'],
    ['postgres://ann:x@[fd00::1]:5433/shop', '[fd00::1]:5433'],
    ['nonsense', 'the given address'],
  ])('%s shows %s', (address, expected) => {
    expect(databaseLocation(address)).toBe(expected);
  });

  test('leads to another database of the same server', () => {
    const other = withDatabaseName(url, 'other shop');
    expect(other).toBe('postgres://ann:geh%40im@db.example.com:5433/other%20shop');
    expect(databaseNameOf(other)).toBe('other shop');
  });
});

describe('a database that is away', () => {
  test.each([
    '08006',
    '57P01',
    '57P03',
    '3D000',
    '28P01',
    '53300',
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ENOTFOUND',
  ])('is told by its code: %s', (code) => {
    expect(isDatabaseAway(failure(code))).toBe(true);
  });
  test.each([
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Client has encountered a connection error and is not queryable',
  ])('is told by its words: %s', (message) => {
    expect(isDatabaseAway(failure(undefined, message))).toBe(true);
  });
  test.each(['23505', '42P01', '22P02', '40001', '57014', '57P05', '0800', '08006x'])(
    'is not one that answers: %s',
    (code) => {
      expect(isDatabaseAway(failure(code))).toBe(false);
    },
  );
  test('is not one that was too slow', () => {
    expect(isTooSlow(failure('57014'))).toBe(true);
    expect(isTooSlow(failure('57P01'))).toBe(false);
  });
});

test.each([
  [new Error('words'), 'words'],
  [new TypeError(), 'TypeError'],
  ['a text', 'a text'],
  [undefined, 'undefined'],
  [{ code: 7 }, '{ code: 7 }'],
  [new AggregateError([new Error('one'), new Error('two')]), 'one; two'],
  [new AggregateError([new Error('one')], 'all failed'), 'all failed'],
])('the text of %s', (thrown, expected) => {
  expect(errorText(thrown)).toBe(expected);
});
