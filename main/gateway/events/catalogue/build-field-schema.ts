import { z } from 'zod';
import { isEmailAddress, maxEmailLength } from '../../../contracts/email-address';
import type { FieldKind } from '../../../contracts/event-types';
import { parseAmount } from '../../messages/parse-amount';
import { parseMoment } from '../../messages/parse-timestamp';
import { cleanPhoneText } from '../../whatsapp/clean-phone-text';

const maxTextLength = 1_000_000;
const maxIdLength = 255;
const maxUrlLength = 2_000;
/** with an extension and what comes along when it is copied */
const maxPhoneLength = 100;

const phonePattern = /^\+?[\d(][\d ()./-]{2,39}$/;

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

function isPhoneNumber(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 99;
  if (typeof value !== 'string' || value.length > maxPhoneLength) return false;
  const text = cleanPhoneText(value);
  return phonePattern.test(text) && /\d/.test(text);
}

function isTimestamp(value: unknown, kinds: readonly string[]): boolean {
  const timestamp = parseMoment(value);
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
  phone: accepting<number | string>(isPhoneNumber, 'must be a phone number such as +27 82 123 4567', {
    type: ['string', 'number'],
    maxLength: maxPhoneLength,
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
  datetime: accepting<number | string>(
    (value) => isTimestamp(value, momentKinds),
    'must be a date and time such as 2026-07-01T08:00:00+02:00 or 2026-07-01 08:00:00, or a Unix time',
    { type: ['string', 'number'] },
  ),
  date: accepting<number | string>(
    (value) => isTimestamp(value, dayKinds),
    'must be a date such as 2026-07-01, or a Unix time',
    { type: ['string', 'number'] },
  ),
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
