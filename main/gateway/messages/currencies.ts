import { LRUCache } from 'lru-cache';
import { currencyCodes } from '../../contracts/currency-codes';
import { currencyWords, poundCodes, toCurrencyWord } from './currency-names';

/** What somebody wrote as a currency: the one it means, or why it means none. */
export type ReadCurrency =
  | { readonly code: string }
  /** completes "currency …" */
  | { readonly problem: string };

const longestWord = 60;
const codes = new Set(currencyCodes);
const known = new LRUCache<string, ReadCurrency>({ max: 500 });

/**
 * Reads a currency: an ISO 4217 code in any case, or a sign or name that means exactly one (`€`, `US$`, `Euro`).
 * What may mean several (`$`, `kr`) is the tenant's own currency where that is one of them.
 */
export function readCurrency(value: unknown, ownCurrency: string): ReadCurrency {
  if (typeof value !== 'string' || value.length > longestWord) return { problem: needed };
  const plain = value.trim().toUpperCase();
  if (codes.has(plain)) return { code: plain };
  const key = `${ownCurrency} ${value}`;
  let read = known.get(key);
  if (!read) {
    read = readWord(toCurrencyWord(value), ownCurrency);
    known.set(key, read);
  }
  return read;
}

/** Is this the code of a currency that people pay with, in capital letters? */
export function isCurrencyCode(text: unknown): text is string {
  return typeof text === 'string' && codes.has(text);
}

const needed = 'must be a currency code (ISO 4217) such as ZAR, EUR or USD';

function readWord(word: string, own: string): ReadCurrency {
  const upper = word.toUpperCase();
  if (codes.has(upper)) return { code: upper };
  if (word === '£' && poundCodes.has(own)) return { code: own };
  const meant = currencyWords().get(word);
  if (meant === undefined) return readCodeAndSign(word) ?? { problem: needed };
  if (meant.has(own)) return { code: own };
  const [first, ...others] = meant;
  if (first !== undefined && others.length === 0) return { code: first };
  return { problem: `may mean several currencies: send the code of one (${[...meant].join(', ')})` };
}

/** `EUR €`, `USD ($)`, `R (ZAR)`: a code beside a sign or name that fits it. */
function readCodeAndSign(word: string): ReadCurrency | undefined {
  const plain = word.replace(/[()[\]/,-]/g, ' ').trim();
  if (codes.has(plain.replace(/\.$/, '').toUpperCase())) return { code: plain.slice(0, 3).toUpperCase() };
  // `eur€`, `€eur`: run together.
  const [left = '', right = '', ...more] = plain
    .replace(/^([a-z]{3})(?=\p{Sc}$)|^(\p{Sc})(?=[a-z]{3}$)/u, '$1$2 ')
    .split(/\s+/);
  if (more.length > 0 || right === '') return undefined;
  for (const [code, sign] of [
    [left.toUpperCase(), right],
    [right.toUpperCase(), left],
  ] as const) {
    if (codes.has(code) && currencyWords().get(sign)?.has(code)) return { code };
  }
  return undefined;
}
