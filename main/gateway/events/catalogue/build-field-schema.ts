import { z } from 'zod';
import type { FieldKind } from '../../../contracts/event-types';
import { parseAmount } from '../../messages/parse-amount';
import { parseTimestamp } from '../../messages/parse-timestamp';

const maxTextLength = 1_000_000;
const maxIdLength = 255;
/** RFC 5321, 4.5.3.1: a path of 256 octets holds an address of 254; a local part has 64. */
const maxEmailLength = 254;
const maxLocalPartLength = 64;
const maxUrlLength = 2_000;

const emailPattern =
  /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+\p{L}(?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u;
/** Most addresses are plain ASCII, and this one is three times faster. */
const plainEmailPattern = /^[\w+-]+(?:\.[\w+-]+)*@(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z]{2,63}$/i;
const phonePattern = /^[+\d(][\d ()./-]{2,39}$/;

/** `is required` for what is not there, otherwise what it must be. */
function saying(expectation: string) {
  return ({ input }: { input?: unknown }) =>
    input === undefined || input === null || input === '' ? 'is required' : expectation;
}

/** @param described the same in JSON Schema's words, for the OpenAPI document: a function says nothing there */
function accepting<T>(
  accepts: (value: unknown) => boolean,
  expectation: string,
  described: Readonly<Record<string, unknown>>,
): z.ZodType<T> {
  return z
    .custom<T>(accepts, { error: saying(expectation) })
    .meta({ ...described, description: expectation });
}

const amountSchema = { type: ['number', 'string'] };

/** An address that mail servers take: one `@`, a domain with a dot (or `localhost`), nothing that could break a header. */
function isEmailAddress(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > maxEmailLength) return false;
  const at = value.lastIndexOf('@');
  if (at < 1 || at > maxLocalPartLength) return false;
  if (plainEmailPattern.test(value)) return true;
  return emailPattern.test(value.endsWith('@localhost') ? `${value}.test` : value);
}

function isPhoneNumber(value: unknown): boolean {
  return typeof value === 'string' && phonePattern.test(value) && /\d/.test(value);
}

function isTimestamp(value: unknown, kinds: readonly string[]): boolean {
  if (typeof value !== 'string') return false;
  const timestamp = parseTimestamp(value);
  return timestamp !== null && kinds.includes(timestamp.kind);
}

function isWebAddress(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > maxUrlLength) return false;
  // URL removes line breaks and spaces silently; here they are mistakes.
  if (!/^https?:\/\//i.test(value) || /[\u0000-\u0020\u007f]/.test(value)) return false;
  return URL.canParse(value);
}

const dayKinds = ['day', 'local', 'instant'];
const momentKinds = ['day', 'local', 'instant', 'time'];
const flags: readonly unknown[] = [true, false, 0, 1, '0', '1', 'true', 'false'];

const schemaOfKind: Readonly<Record<FieldKind, z.ZodType>> = {
  id: accepting<number | string>(
    (value) =>
      typeof value === 'number'
        ? Number.isFinite(value)
        : typeof value === 'string' && value.trim() !== '' && value.length <= maxIdLength,
    `must be a number or a text of at most ${maxIdLength} characters`,
    { type: ['number', 'string'], maxLength: maxIdLength },
  ),
  text: accepting<string>(
    (value) => typeof value === 'string' && value !== '' && value.length <= maxTextLength,
    `must be a text of at most ${maxTextLength} characters`,
    { type: 'string', minLength: 1, maxLength: maxTextLength },
  ),
  email: accepting<string>(isEmailAddress, 'must be an email address', {
    type: 'string',
    format: 'email',
    maxLength: maxEmailLength,
  }),
  phone: accepting<string>(isPhoneNumber, 'must be a phone number such as +27 82 123 4567', {
    type: 'string',
    pattern: phonePattern.source,
  }),
  amount: accepting<number | string>(
    (value) => parseAmount(value) !== null,
    'must be an amount such as 1500.00',
    amountSchema,
  ),
  number: accepting<number | string>(
    (value) => parseAmount(value) !== null,
    'must be a number',
    amountSchema,
  ),
  boolean: accepting<boolean | number | string>((value) => flags.includes(value), 'must be true or false', {
    enum: flags,
  }),
  datetime: accepting<string>(
    (value) => isTimestamp(value, momentKinds),
    'must be a date and time such as 2026-07-01T08:00:00+02:00 or 2026-07-01 08:00:00',
    { type: 'string' },
  ),
  date: accepting<string>((value) => isTimestamp(value, dayKinds), 'must be a date such as 2026-07-01', {
    type: 'string',
  }),
  url: accepting<string>(isWebAddress, 'must be an http or https address', {
    type: 'string',
    format: 'uri',
    maxLength: maxUrlLength,
  }),
  list: accepting<unknown[]>((value) => Array.isArray(value), 'must be a list', { type: 'array' }),
  any: accepting<unknown>(
    (value) => value !== undefined && value !== null && value !== '',
    'is required',
    {},
  ),
};

/** The check of one field; its message is `is required` or says what the field must be. */
export function buildFieldSchema(kind: FieldKind): z.ZodType {
  return schemaOfKind[kind];
}
