/** RFC 5321, 4.5.3.1: a path of 256 octets holds an address of 254; a local part has 64. */
export const maxEmailLength = 254;
const maxLocalPartLength = 64;
/** With a name, brackets and invisible marks. */
const longestWritten = maxEmailLength * 2;
const maxLabelLength = 63;

/** Letters of every script with the marks that belong to them, and the joiners that some scripts need inside words. */
const letter = String.raw`\p{L}\p{N}\p{M}\u200c\u200d`;
const atom = `[${letter}!#$%&'*+/=?^_\`{|}~-]+`;
const label = `[\\p{L}\\p{N}](?:[${letter}-]*[${letter}])?`;
const emailPattern = new RegExp(
  `^${atom}(?:\\.${atom})*@(?:${label}\\.)+\\p{L}(?:[${letter}-]*[${letter}])?$`,
  'u',
);
/** Most addresses are plain ASCII, and this one is three times faster. */
const plainEmailPattern = /^[\w+-]+(?:\.[\w+-]+)*@(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z]{2,63}$/i;
/** What comes along when an address is copied from a page: directions, zero-width spaces, byte order marks. */
const invisible = /[\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;

/** `Thandi Nkosi <thandi@example.com>`, `<thandi@example.com>`: one pair of angle brackets, at the end. */
const inAngleBrackets = /^[^<>\r\n]{0,200}<([^<>\s]+)>$/;

/**
 * The address as it is sent to: composed (NFC, RFC 6532), so that `é` of one or two characters is the same mailbox,
 * and without what address books and pages leave around it: blanks, invisible marks, a name, `mailto:`, a semicolon
 * or a full stop at the end. Full-width `＠` and `。`, as Japanese keyboards write them, are `@` and `.`.
 */
export function cleanEmailAddress(text: string): string {
  // What is longer is no address, and mails of strangers are read with this.
  if (text.length > longestWritten || plainEmailPattern.test(text)) return text;
  const visible = text.replace(invisible, '').trim();
  return (inAngleBrackets.exec(visible)?.[1] ?? visible)
    .replace(/^mailto:/i, '')
    .replace(/\uff20/g, '@')
    .replace(/@[^@]*$/, (domain) => domain.replace(/[\u3002\uff0e\uff61]/g, '.'))
    .replace(/(?<=[^.,;\s])[.,;]$/, '')
    .normalize('NFC');
}

/**
 * An address that mail servers take: one `@`, a domain with a dot (or `localhost`), nothing that could break a
 * header. Every script is welcome; blanks around it are not counted.
 */
export function isEmailAddress(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > longestWritten) return false;
  const address = cleanEmailAddress(value);
  if (address.length > maxEmailLength) return false;
  const at = address.lastIndexOf('@');
  if (at < 1 || at > maxLocalPartLength) return false;
  if (plainEmailPattern.test(address)) return true;
  const full = address.endsWith('@localhost') ? `${address}.test` : address;
  return emailPattern.test(full) && domainToAscii(full.slice(at + 1)) !== undefined;
}

/** The domain as name servers know it (`xn--…`); undefined: it cannot be one. */
export function domainToAscii(domain: string): string | undefined {
  const isPlain = /^[a-z\d.-]+$/i.test(domain);
  const ascii = isPlain ? domain.toLowerCase() : toAscii(domain);
  if (ascii === undefined || ascii.length > 253) return undefined;
  return ascii.split('.').every((part) => part !== '' && part.length <= maxLabelLength) ? ascii : undefined;
}

/** Browsers and Node know the tables of IDNA by URL alone. */
function toAscii(domain: string): string | undefined {
  if (/[\s/\\?#@:%[\]]/u.test(domain)) return undefined;
  return URL.canParse(`http://${domain}/`) ? new URL(`http://${domain}/`).hostname : undefined;
}
