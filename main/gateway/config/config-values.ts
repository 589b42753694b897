import { isIP } from 'node:net';
import { isAbsolute } from 'node:path';

/** A text that a variable may not hold; the message, where there is one, says why. */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue';
}

/** An address, or a range of them, that may speak for a tenant (`*`: for any) without a key. */
export interface TrustedSource {
  readonly address: string;
  /** 32 (IPv4) or 128 (IPv6) for a single address */
  readonly prefixLength: number;
  readonly family: 'ipv4' | 'ipv6';
  readonly customerId: string;
}

/** With a letter or digit: folders are named after customers, and `..` is none. */
export const customerIdPattern = /^(?=.*[A-Za-z0-9])[A-Za-z0-9_.-]{1,50}$/;

export function parseWholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) throw new InvalidValue();
    return value;
  };
}

export function parseFlag(text: string): boolean {
  const value = text.toLowerCase();
  if (['true', 'on', 'yes', '1'].includes(value)) return true;
  if (['false', 'off', 'no', '0'].includes(value)) return false;
  throw new InvalidValue();
}

export function parseOneOf<T extends string>(allowed: readonly T[]): (text: string) => T {
  return (text) => {
    const found = allowed.find((entry) => entry === text.toLowerCase());
    if (found === undefined) throw new InvalidValue();
    return found;
  };
}

/** A host name or an IP address. */
export function parseHost(text: string): string {
  if (isIP(text) !== 0) return text;
  // RFC 1123, with the underscore that Docker and Windows put into names.
  if (text.length > 253 || !/^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_-]+)*\.?$/.test(text)) {
    throw new InvalidValue();
  }
  return text;
}

/** Host names as for `parseHost`, in lower case. */
export function parseHosts(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => parseHost(part).toLowerCase().replace(/\.$/, ''));
}

/** Hosts as for `parseHost`, or folders of PostgreSQL sockets: a primary and its standbys, with commas between. */
export function parseDatabaseHosts(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .map((part) => (part.startsWith('/') ? part : parseHost(part)));
}

/** One for all of `parseDatabaseHosts`, or one for each. */
export function parseDatabasePorts(text: string): readonly number[] {
  return text.split(',').map((part) => parseWholeNumber(1, 65_535)(part.trim()));
}

export function parseText(maxLength: number): (text: string) => string {
  return (text) => {
    if (/[\u0000-\u001f\u007f]/.test(text))
      throw new InvalidValue('it has a control character or line break');
    if (text.length > maxLength) throw new InvalidValue(`it has ${text.length} characters`);
    return text;
  };
}

export function parseSecret(minLength: number): (text: string) => string {
  return (text) => {
    if (text.length < minLength) throw new InvalidValue();
    return text;
  };
}

/** Texts that are nothing but these words, such as `your-super-secret-jwt-key`, come from sample files. */
const placeholder = new RegExp(
  `^(${[
    'your|my|the|some|a|an|this|here|it|me|in|for|to|please|super|very|strong|long|random|default|example',
    'sample|test|dev|production|prod|jwt|token|app|session|signing|secret|key|password|value|string',
    'change|changed|replace|placeholder|generate',
  ].join('|')})+$`,
);

/** @throws InvalidValue for a secret that is short, or is one of those that sample files are full of */
export function parseSigningSecret(minLength: number): (text: string) => string {
  return (text) => {
    if (placeholder.test(text.toLowerCase().replace(/[^a-z]/g, ''))) {
      throw new InvalidValue('it is a placeholder that everybody knows');
    }
    return parseSecret(minLength)(text);
  };
}

export function parseEmailAddress(text: string): string {
  if (text.length > 254 || !/^[^\s@<>"]+@[^\s@<>"]+$/.test(text)) throw new InvalidValue();
  return text;
}

export function parseHttpUrl(text: string): string {
  const url = parseUrl(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new InvalidValue();
  return text;
}

/** The folder of a server that programs come from: https, or this very machine. */
export function parseUpdateUrl(text: string): string {
  const { protocol, hostname } = parseUrl(text);
  const isThisMachine = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  if (protocol === 'https:' || (protocol === 'http:' && isThisMachine)) return text;
  throw new InvalidValue('what comes from there could be changed on the way');
}

function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw new InvalidValue();
  return new URL(text);
}

/** `*`, or origins such as `https://shop.example.com`, separated by commas. */
export function parseOrigins(text: string): readonly string[] | '*' {
  const entries = splitList(text);
  if (entries.includes('*')) return '*';
  return entries.map((entry) => {
    const url = URL.canParse(entry) ? new URL(entry) : undefined;
    if (!url || !/^https?:$/.test(url.protocol) || !/^\/?$/.test(url.pathname) || url.search || url.hash) {
      throw new InvalidValue(`${JSON.stringify(entry)} is no origin`);
    }
    return url.origin;
  });
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** Folders with absolute paths, separated by commas. */
export function parseFolders(text: string): readonly string[] {
  const folders = splitList(text);
  const relative = folders.find((folder) => !isAbsolute(folder));
  if (relative !== undefined) throw new InvalidValue(`${JSON.stringify(relative)} is not an absolute path`);
  return folders;
}

export function parseFolder(text: string): string {
  if (!isAbsolute(text)) throw new InvalidValue('it is not an absolute path');
  return text;
}

/** `192.168.1.10=ACC003,10.0.0.0/8=*` */
export function parseTrustedSources(text: string): readonly TrustedSource[] {
  return splitList(text).map((entry) => {
    const separator = entry.lastIndexOf('=');
    const customerId = entry.slice(separator + 1).trim();
    if (separator < 1 || !(customerId === '*' || customerIdPattern.test(customerId))) {
      throw new InvalidValue(`${JSON.stringify(entry)} is not ADDRESS=CUSTOMER_ID`);
    }
    return { ...parseAddressRange(entry.slice(0, separator).trim()), customerId };
  });
}

type AddressRange = Omit<TrustedSource, 'customerId'>;

function parseAddressRange(text: string): AddressRange {
  const [written = '', prefix, ...rest] = text.split('/');
  // Sockets report IPv4 clients of a dual-stack server in this form; it is kept as plain IPv4.
  const address = written.replace(/^::ffff:(?=\d+\.)/i, '');
  const family = isIP(address);
  const longest = family === 4 ? 32 : 128;
  const mapped = address !== written;
  const prefixLength = prefix === undefined ? longest : Number(prefix) - (mapped ? 96 : 0);
  const valid =
    family !== 0 &&
    rest.length === 0 &&
    (prefix === undefined || /^\d{1,3}$/.test(prefix)) &&
    prefixLength >= 0 &&
    prefixLength <= longest;
  if (!valid) throw new InvalidValue(`${JSON.stringify(text)} is no IP address or CIDR range`);
  return { address, prefixLength, family: family === 4 ? 'ipv4' : 'ipv6' };
}

/** Without the characters that have a meaning in an address: pg does not read them back from one. */
export function parseDatabaseName(text: string): string {
  if (Buffer.byteLength(text) > 63 || /[\u0000-\u001f\u007f;/?:@&=+$,#%]/.test(text))
    throw new InvalidValue();
  return text;
}

/** The number of proxies in front, or their addresses; `off`: none. In Express's own terms. */
export function parseTrustProxy(text: string): false | number | readonly string[] {
  if (/^(false|off|no|0)$/i.test(text)) return false;
  if (/^\d{1,2}$/.test(text)) return Number(text);
  // Trusting whoever speaks would let anybody choose the address that TRUSTED_SOURCES looks at.
  if (/^(true|on|yes)$/i.test(text)) throw new InvalidValue('it does not say which proxy');
  const names = ['loopback', 'linklocal', 'uniquelocal'];
  return splitList(text).map((entry) => {
    if (names.includes(entry)) return entry;
    parseAddressRange(entry);
    return entry;
  });
}

/** A whole PostgreSQL URL, or the name of a database; `{customer_id}` stands for the customer. */
export function parseDatabaseTemplate(text: string): string {
  if (!text.includes('{customer_id}')) throw new InvalidValue('it has no {customer_id}');
  const sample = text.replaceAll('{customer_id}', 'ACC003');
  if (text.includes('://')) {
    if (!/^postgres(ql)?:$/.test(parseUrl(sample).protocol)) throw new InvalidValue();
  } else if (!/^[A-Za-z0-9_.-]{1,63}$/.test(sample)) {
    throw new InvalidValue();
  }
  return text;
}

/**
 * Splits a text into words as a POSIX shell does: blanks separate, single quotes keep everything, double
 * quotes keep all but `\"` and `\\`, a backslash outside quotes keeps the next character. Nothing is expanded.
 * On Windows a backslash belongs to a path, unless a quote or (outside quotes) a blank comes after it.
 * @throws InvalidValue when a quote is not closed or a backslash ends the text
 */
export function splitShellWords(
  text: string,
  platform: NodeJS.Platform = process.platform,
): readonly string[] {
  const isEscape = (next: string, quote: '"' | "'" | undefined) =>
    quote === "'"
      ? false
      : platform === 'win32'
        ? next === '"' || (quote === undefined && /[\s']/.test(next))
        : quote === undefined || /["\\]/.test(next);
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (character === quote) {
      quote = undefined;
    } else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (character === '\\' && isEscape(next, quote)) {
      if (next === '') throw new InvalidValue('it ends in a backslash');
      word = (word ?? '') + next;
      at += 1;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== undefined)
    throw new InvalidValue(`a ${quote === '"' ? 'double' : 'single'} quote is not closed`);
  if (word !== undefined) words.push(word);
  return words;
}
