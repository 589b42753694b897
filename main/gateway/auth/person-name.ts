import { GatewayError } from '../errors';

const longestName = 80;
/**
 * Control characters, halves of characters, and what nobody sees. The joiners and the emoji's style (U+FE0F) are let
 * through: Persian, Indian languages and emoji are written with them.
 */
const unreadable = /[\p{Cc}\p{Cs}\u2028\u2029]|(?![\u200c\u200d\ufe0f])\p{Default_Ignorable_Code_Point}/u;
const invisible = /\p{Default_Ignorable_Code_Point}/gu;
/** Activity says `console (Thandi, operator, 10.0.0.7)`: a name may not write any of that itself. */
const punctuation = /[(),]/u;
/** Activity says these of whoever came in without a name. */
const reserved: readonly string[] = ['password', 'link'];

/** A name as it is kept and shown. @throws GatewayError `invalid_name` (422) */
export function requirePersonName(given: string): string {
  const name = given.normalize('NFC').trim();
  if (name.replace(invisible, '').trim() === '') throw invalid('is required');
  if (Array.from(name).length > longestName) {
    throw invalid(`must have at most ${longestName} characters`);
  }
  if (unreadable.test(name)) throw invalid('must not contain invisible or control characters');
  if (punctuation.test(name.normalize('NFKC'))) throw invalid('must not contain brackets or commas');
  if (reserved.includes(toNameKey(name))) throw invalid('is reserved: choose another');
  return name;
}

function invalid(message: string): GatewayError {
  return new GatewayError('invalid_name', `The name ${message}.`, 422, [{ path: 'name', message }]);
}

/** What names are compared by: one person, however upper case, width, spaces and what nobody sees are typed. */
export function toNameKey(name: string): string {
  const seen = name.normalize('NFKC').replace(invisible, '');
  return seen.trim().replace(/\s+/gu, ' ').toLowerCase().normalize('NFKC');
}
