import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { GatewayError } from '../../main/gateway/errors';
import {
  deliveryQuerySchema,
  eventQuerySchema,
  parseFields,
  parseId,
  toCursor,
} from '../../main/gateway/http/read-query';

const read = (query: unknown) => parseFields(deliveryQuerySchema, query);

function refusedFields(query: unknown): string[] {
  try {
    read(query);
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'invalid_query', httpStatus: 422 });
    return ((thrown as GatewayError).details as { path: string }[]).map(({ path }) => path);
  }
  return [];
}

describe('a query', () => {
  test('without anything is the first page of 50', () => {
    expect(read({})).toEqual({ limit: 50 });
  });

  test('with empty texts is one without them, as forms send them', () => {
    expect(read({ channel: '', status: '', from: '', cursor: '', limit: '' })).toEqual({ limit: 50 });
  });

  test('is read from texts', () => {
    expect(read({ limit: '20', event_id: '7', channel: 'email', recipient: 'a@example.com' })).toEqual({
      limit: 20,
      event_id: 7,
      channel: 'email',
      recipient: 'a@example.com',
    });
  });

  test.each([
    ['limit', ['0', '501', '-1', '1.5', 'ten', '1e9']],
    ['event_id', ['0', '-7', '2147483648', '7.5', 'x', 'NaN', 'Infinity']],
    ['channel', ['sms', 'EMAIL']],
    ['status', ['done', 'completed']],
    ['recipient', ['x'.repeat(256), 'a\u0000b', '\ud800']],
    ['event_type', ['x'.repeat(101)]],
    [
      'cursor',
      [
        'x',
        'id:7',
        Buffer.from('id:0').toString('base64url'),
        Buffer.from('id:-1').toString('base64url'),
        Buffer.from('id:2147483648').toString('base64url'),
      ],
    ],
    ['from', ['yesterday', '2026-02-30', '2026-13-01', '01.03.2026', '2026-03-01T25:00:00Z']],
  ])('whose %s is wrong names it', (name, values) => {
    for (const value of values) expect(refusedFields({ [name]: value }), value).toEqual([name]);
  });

  test('names all that is wrong at once', () => {
    expect(refusedFields({ limit: '0', channel: 'sms', to: 'later' }).sort()).toEqual([
      'channel',
      'limit',
      'to',
    ]);
  });

  test.each([[undefined], [null], ['text'], [[1, 2]]])('that is no object is refused: %j', (query) => {
    expect(refusedFields(query)).toEqual(Array.isArray(query) ? [] : ['body']);
  });

  test('for events knows their own states', () => {
    expect(parseFields(eventQuerySchema, { status: 'completed' })).toEqual({
      status: 'completed',
      limit: 50,
    });
  });
});

describe('a moment', () => {
  // A time without a zone is UTC, wherever the gateway is.
  beforeAll(() => void vi.stubEnv('TZ', 'Africa/Johannesburg'));
  afterAll(() => void vi.unstubAllEnvs());

  test.each([
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
    ['2026-03-01T17:00:00Z', '2026-03-01T17:00:00.000Z'],
    ['2026-03-01 17:00:00', '2026-03-01T17:00:00.000Z'],
    ['2026-03-01T17:00', '2026-03-01T17:00:00.000Z'],
    ['2026-03-01T17:00:00+02:00', '2026-03-01T15:00:00.000Z'],
    ['2026-03-01T17:00:00-0330', '2026-03-01T20:30:00.000Z'],
    // The + of PHP's date('c'), not encoded in the address.
    ['2026-03-01T17:00:00 02:00', '2026-03-01T15:00:00.000Z'],
    ['2026-03-01T17:00:00.5 0200', '2026-03-01T15:00:00.500Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(read({ from: text }).from?.toISOString()).toBe(expected);
  });
});

describe('a cursor', () => {
  test.each([1, 7, 2_147_483_647])('leads back to the last id shown: %i', (id) => {
    const cursor = toCursor([{ id: id + 1 }, { id }], 2);
    expect(read({ cursor })).toEqual({ limit: 50, cursor: id });
  });

  test.each([
    ['a page that is not full', [{ id: 7 }], 2],
    ['an empty one', [], 2],
  ])('is none behind %s', (_what, rows, limit) => {
    expect(toCursor(rows, limit)).toBeNull();
  });
});

describe('an id in a path', () => {
  const notFound = () => new GatewayError('not_found', 'Not there.', 404);
  test.each([
    ['7', 7],
    ['2147483647', 2_147_483_647],
  ])('%s', (text, id) => {
    expect(parseId(text, notFound)).toBe(id);
  });
  test.each(['0', '-1', '1.5', 'x', '2147483648', undefined, null, '7; drop table'])(
    '%s is simply not there',
    (text) => {
      expect(() => parseId(text, notFound)).toThrow('Not there.');
    },
  );
});
