import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { EventType } from '../../main/contracts/event-types';
import { defaultTenantSettings } from '../../main/contracts/tenant-settings';
import { GatewayError } from '../../main/gateway/errors';
import type { KnownEventType } from '../../main/gateway/events/event-tenant';
import { readEvent, type ValidEvent } from '../../main/gateway/events/read-event';

const invoice: KnownEventType = {
  definition: { type: 'invoice:sent', audiences: [] as EventType['audiences'] } as EventType,
  schema: z.looseObject({ invoice_id: z.number(), total: z.number().optional() }),
};
const eventTypes = new Map([
  ['invoice:sent', invoice],
  ['user:clockedIn', { ...invoice, definition: { ...invoice.definition, type: 'user:clockedIn' } }],
]);

const valid = { event_type: 'invoice:sent', event_data: { invoice_id: 7 } };
const read = (envelope: unknown, headerKey?: string): ValidEvent =>
  readEvent({ eventTypes, settings: defaultTenantSettings }, envelope, headerKey);

/** The paths of the fields that are refused. */
function refusedFields(envelope: unknown, headerKey?: string): string[] {
  try {
    read(envelope, headerKey);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(GatewayError);
    const error = thrown as GatewayError;
    expect(error).toMatchObject({ code: 'invalid_event', httpStatus: 422 });
    const details = error.details as { path: string; message: string }[];
    for (const { path, message } of details) expect(error.message).toContain(`${path} ${message}`);
    return details.map(({ path }) => path);
  }
  return [];
}

describe('an event that fits', () => {
  test('is its type, its data as it came, and no more', () => {
    const event = read(valid);
    expect(event).toEqual({ type: invoice, data: { invoice_id: 7 }, idempotencyKey: null, expiresAt: null });
    expect(event.data).toBe(valid.event_data);
  });

  test('keeps data that its type says nothing of', () => {
    const event_data = { invoice_id: 7, note: 'x', nested: { a: [1, null, true] } };
    expect(read({ ...valid, event_data }).data).toEqual(event_data);
  });

  test('may have no data, as PHP’s json_encode writes an empty array', () => {
    const free = new Map([['ping', { ...invoice, schema: z.looseObject({}) }]]);
    expect(
      readEvent({ eventTypes: free, settings: defaultTenantSettings }, { event_type: 'ping', event_data: [] })
        .data,
    ).toEqual({});
  });
});

describe('what is refused', () => {
  test.each([[null], [undefined], ['text'], [7], [true], [[valid]]])('%j as an envelope', (envelope) => {
    expect(refusedFields(envelope)).toEqual(['body']);
  });

  test.each([
    ['an unknown type', { ...valid, event_type: 'invoice:send' }, ['event_type']],
    ['a type that is no text', { ...valid, event_type: 7 }, ['event_type']],
    ['an empty type', { ...valid, event_type: '' }, ['event_type']],
    ['a type of the prototype', { ...valid, event_type: 'constructor' }, ['event_type']],
    ['no data', { event_type: 'invoice:sent' }, ['event_data']],
    ['null as data', { ...valid, event_data: null }, ['event_data']],
    ['a text as data', { ...valid, event_data: '{}' }, ['event_data']],
    ['a list as data', { ...valid, event_data: [1] }, ['event_data']],
    ['data without a required field', { ...valid, event_data: {} }, ['event_data.invoice_id']],
    ['data of the wrong kind', { ...valid, event_data: { invoice_id: 'x' } }, ['event_data.invoice_id']],
    [
      'data that no database takes',
      { ...valid, event_data: { invoice_id: 7, note: 'a\u0000b' } },
      ['event_data.note'],
    ],
    [
      'all at once',
      { event_type: 'x', event_data: 3, idempotency_key: {}, expires_at: 'soon' },
      ['event_type', 'event_data', 'idempotency_key', 'expires_at'],
    ],
  ])('%s: each field is named', (_what, envelope, fields) => {
    expect(refusedFields(envelope)).toEqual(fields);
  });

  test.each([
    [undefined, 'event_type is required; known types: invoice:sent, user:clockedIn'],
    ['nobody:knows', 'event_type is not a known event type; known types: invoice:sent, user:clockedIn'],
  ])('type %j: the known ones are listed', (event_type, sentence) => {
    expect(() => read({ ...valid, event_type })).toThrow(sentence);
  });
});

describe('the idempotency key', () => {
  test.each([
    ['of the body', { idempotency_key: 'a-1' }, undefined, 'a-1'],
    ['of the header', {}, 'h-1', 'h-1'],
    ['of the body before the header’s', { idempotency_key: 'a-1' }, 'h-1', 'a-1'],
    ['of the header, where the body’s is null', { idempotency_key: null }, 'h-1', 'h-1'],
    ['a number, as PHP sends ids', { idempotency_key: 1042 }, undefined, '1042'],
    ['with single blanks inside', { idempotency_key: 'order 7 mail' }, undefined, 'order 7 mail'],
    ['as long as may be', { idempotency_key: 'x'.repeat(255) }, undefined, 'x'.repeat(255)],
    ['none: absent', {}, undefined, null],
    ['none: an empty text', { idempotency_key: '' }, undefined, null],
    ['none: an empty header', {}, '', null],
  ])('%s', (_what, fields, headerKey, expected) => {
    expect(read({ ...valid, ...fields }, headerKey).idempotencyKey).toBe(expected);
  });

  test.each([
    ['longer than 255', 'x'.repeat(256)],
    ['with a line break', 'a\nb'],
    ['with a blank at its end', 'a '],
    ['with two blanks in a row', 'a  b'],
    ['outside ASCII', 'Rechnung-für-7'],
    ['an object', {}],
    ['true', true],
    ['a list', ['a']],
  ])('is refused: %s', (_what, idempotency_key) => {
    expect(refusedFields({ ...valid, idempotency_key })).toEqual(['idempotency_key']);
  });

  test('is refused in the header likewise', () => {
    expect(refusedFields(valid, 'für')).toEqual(['idempotency_key']);
  });
});

describe('the time at which it expires', () => {
  // A time without a zone is the tenant's (South Africa's by default), wherever the gateway is.
  beforeAll(() => void vi.stubEnv('TZ', 'America/New_York'));
  afterAll(() => void vi.unstubAllEnvs());

  test.each([
    ['2026-03-01T17:00:00Z', '2026-03-01T17:00:00.000Z'],
    ['2026-03-01T17:00:00', '2026-03-01T15:00:00.000Z'],
    ['2026-03-01 17:00:00', '2026-03-01T15:00:00.000Z'],
    ['2026-03-01T17:00', '2026-03-01T15:00:00.000Z'],
    ['2026-03-01T17:00:00Z ', '2026-03-01T17:00:00.000Z'],
    [1_772_384_400, '2026-03-01T17:00:00.000Z'],
    ['2026-03-01T17:00:00+02:00', '2026-03-01T15:00:00.000Z'],
    ['2026-03-01T17:00:00-0330', '2026-03-01T20:30:00.000Z'],
    ['2026-03-01T17:00:00.5Z', '2026-03-01T17:00:00.500Z'],
    ['2026-03-01T17:00:00.123456Z', '2026-03-01T17:00:00.123Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2026-12-31T23:30:00-05:00', '2027-01-01T04:30:00.000Z'],
    ['', null],
    [null, null],
    [undefined, null],
  ])('%j is %j', (expires_at, expected) => {
    expect(read({ ...valid, expires_at }).expiresAt).toBe(expected);
  });

  test.each([
    'tomorrow',
    '2026-03-01',
    '01/03/2026 17:00',
    '2026-02-30T10:00:00Z',
    '2025-02-29T10:00:00Z',
    '2026-04-31T10:00:00+02:00',
    '2026-13-01T10:00:00Z',
    '2026-03-01T25:00:00Z',
    '2026-03-01T10:61:00Z',
    '2026-03-01T17:00:00 CET',
    20_260_301,
    {},
  ])('%j is none', (expires_at) => {
    expect(refusedFields({ ...valid, expires_at })).toEqual(['expires_at']);
  });
});
