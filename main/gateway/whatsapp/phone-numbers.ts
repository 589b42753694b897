import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { LRUCache } from 'lru-cache';

/** A number is written to again and again, and reading one takes a tenth of a millisecond. */
const numbers = new LRUCache<string, { readonly digits: string | undefined }>({
  max: 5_000,
  maxSize: 500_000,
  sizeCalculation: (_known, key) => key.length,
});

/**
 * The digits of a phone number with its country code, as WhatsApp wants them, or undefined when it is not
 * one. `082 123 4567` is read as a number of `defaultCountry` (ISO 3166, two letters); `+27…` and `0027…`
 * stand for themselves; digits without a plus are tried as a local number first, then with a plus.
 */
export function normalizePhoneNumber(text: string, defaultCountry: string): string | undefined {
  const key = `${defaultCountry} ${text}`;
  const known = numbers.get(key);
  if (known) return known.digits;
  const digits = readPhoneNumber(text, defaultCountry);
  numbers.set(key, { digits });
  return digits;
}

function readPhoneNumber(text: string, defaultCountry: string): string | undefined {
  const trimmed = text
    .trim()
    .replace(/@(c\.us|s\.whatsapp\.net)$/, '')
    .replace(/^00(?=[1-9])/, '+');
  const country = defaultCountry.toUpperCase();
  const region: CountryCode | undefined = isSupportedCountry(country) ? country : undefined;
  const isInternational = trimmed.startsWith('+');
  for (const candidate of isInternational ? [trimmed] : [trimmed, `+${trimmed}`]) {
    const parsed = parsePhoneNumberFromString(candidate, { defaultCountry: region, extract: false });
    // With its country named, a number range newer than our tables is for WhatsApp to judge.
    if (isInternational ? parsed?.isPossible() : parsed?.isValid()) return parsed?.number.slice(1);
  }
  return undefined;
}
