import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { LRUCache } from 'lru-cache';
import { cleanPhoneText } from './clean-phone-text';
import { listNationalForms } from './numbering-plans';

/** A number is written to again and again, and reading one takes a tenth of a millisecond. */
const numbers = new LRUCache<string, readonly string[]>({
  max: 5_000,
  maxSize: 500_000,
  sizeCalculation: (_known, key) => key.length + 1,
});

/** What nobody writes as a number is not looked at. */
const longestText = 200;
/** A shorter one that no table knows is a short code, or cut off. */
const fewestUnsureDigits = 9;

/**
 * The digits of a phone number with its country code, as WhatsApp wants them, or undefined when it is not
 * one. `082 123 4567` is read as a number of `defaultCountry` (ISO 3166, two letters); `+27…` and `0027…`
 * stand for themselves; digits without a plus are tried as a local number first, then with a plus.
 */
export function normalizePhoneNumber(text: string, defaultCountry: string): string | undefined {
  return listPhoneNumbers(text, defaultCountry)[0];
}

/**
 * The same with further ways to write that subscriber's number, the most likely first: WhatsApp knows some
 * accounts by a number that their country has changed since. Empty when it is no phone number.
 */
export function listPhoneNumbers(text: string, defaultCountry: string): readonly string[] {
  if (text.length > longestText) return [];
  const key = `${defaultCountry} ${text}`;
  const known = numbers.get(key);
  if (known) return known;
  const found = readPhoneNumber(cleanPhoneText(text), defaultCountry);
  numbers.set(key, found);
  return found;
}

interface Reading {
  readonly forms: readonly string[];
  /** in a range that the tables know */
  readonly isValid: boolean;
  readonly isPossible: boolean;
}

function readPhoneNumber(text: string, defaultCountry: string): readonly string[] {
  // One number and nothing else: no words, and a plus in front only.
  if (!/^\+?[\d ()./-]+$/.test(text)) return [];
  const country = defaultCountry.toUpperCase();
  const region = isSupportedCountry(country) ? country : undefined;
  const international = readAs(text.startsWith('+') ? text : `+${text}`, undefined);
  // With its country named, a number range newer than our tables is for WhatsApp to judge.
  if (text.startsWith('+')) return formsOf(international, 'isPossible');

  const local = region === undefined ? undefined : readAs(text, region);
  const sure = [formsOf(local, 'isValid'), formsOf(international, 'isValid')].find(
    ({ length }) => length > 0,
  );
  if (sure) return sure;
  if (text.replace(/\D/g, '').length < fewestUnsureDigits) return [];
  return (
    [formsOf(international, 'isPossible'), formsOf(local, 'isPossible')].find(({ length }) => length > 0) ??
    []
  );
}

function formsOf(reading: Reading | undefined, quality: 'isValid' | 'isPossible'): readonly string[] {
  return reading?.[quality] ? reading.forms : [];
}

function readAs(text: string, region: CountryCode | undefined): Reading | undefined {
  const parsed = parsePhoneNumberFromString(text, { defaultCountry: region, extract: false });
  if (!parsed) return undefined;
  const forms = listNationalForms(parsed.countryCallingCode, parsed.nationalNumber).map(
    (national) => `${parsed.countryCallingCode}${national}`,
  );
  const [today] = forms;
  const checked = today === parsed.number.slice(1) ? parsed : parsePhoneNumberFromString(`+${today}`);
  return {
    forms: [...new Set(forms)],
    isValid: checked?.isValid() ?? false,
    isPossible: checked?.isPossible() ?? false,
  };
}
