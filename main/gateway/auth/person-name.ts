import { GatewayError } from '../errors';

const longestName = 80;
/** Control characters, halves of characters, and marks that turn or hide what stands around them. */
const unreadable = /[\p{Cc}\p{Cs}\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

/** A name as it is kept and shown. @throws GatewayError `invalid_name` (422) */
export function requirePersonName(given: string): string {
  const name = given.normalize('NFC').trim();
  if (name === '') throw invalid('is required');
  if (Array.from(name).length > longestName) {
    throw invalid(`must have at most ${longestName} characters`);
  }
  if (unreadable.test(name)) throw invalid('must not hold control characters');
  return name;
}

function invalid(message: string): GatewayError {
  return new GatewayError('invalid_name', `The name ${message}.`, 422, [{ path: 'name', message }]);
}

/** What names are compared by: one person, however upper case, width and spaces are typed. */
export function toNameKey(name: string): string {
  return name.normalize('NFKC').trim().replace(/\s+/gu, ' ').toLowerCase().normalize('NFKC');
}
