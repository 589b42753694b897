import { z } from 'zod';
import { currencyCodes } from './currency-codes';
import { cleanEmailAddress, isEmailAddress } from './email-address';
import { maxCopies, splitAddresses } from './mail-copies';

/**
 * A tenant's settings under the column names of `settings_email_whatsapp`.
 * The database stores the same names; `null` in a row means the default.
 */
export interface TenantSettings {
  email_enabled: boolean;
  use_customer_smtp: boolean;
  smtp_host: string | null;
  smtp_port: number;
  smtp_username: string | null;
  smtp_password: string | null;
  smtp_secure: boolean | null;
  smtp_from_email: string | null;
  smtp_from_name: string | null;
  smtp_allow_plaintext_login: boolean;
  smtp_reply_to: string | null;
  /** addresses with commas in between: each gets a hidden copy of every email, as an archive */
  smtp_bcc: string | null;
  /** what the gateway introduces itself as; null: the sender's domain */
  smtp_ehlo_name: string | null;
  /** the mailbox that delivery reports come to; null: none is read */
  bounce_imap_host: string | null;
  bounce_imap_port: number;
  bounce_imap_username: string | null;
  bounce_imap_password: string | null;
  /** null: TLS from the first byte on port 993, elsewhere STARTTLS */
  bounce_imap_secure: boolean | null;
  whatsapp_enabled: boolean;
  use_customer_whatsapp: boolean;
  whatsapp_api_key: string | null;
  webhook_enabled: boolean;
  webhook_url: string | null;
  webhook_secret: string | null;
  allow_private_urls: boolean;
  locale: string;
  currency: string;
  timezone: string;
  default_country: string;
  rate_limit_per_minute: number;
  rate_limit_per_hour: number;
  rate_limit_user_per_minute: number;
  max_retries: number;
  first_retry_seconds: number;
  whatsapp_min_gap_ms: number;
  whatsapp_max_gap_ms: number;
  whatsapp_new_contacts_per_day: number;
  whatsapp_quiet_hours: string | null;
  whatsapp_email_fallback: boolean;
}

export const defaultTenantSettings: TenantSettings = {
  email_enabled: true,
  use_customer_smtp: false,
  smtp_host: null,
  smtp_port: 587,
  smtp_username: null,
  smtp_password: null,
  smtp_secure: null,
  smtp_from_email: null,
  smtp_from_name: null,
  smtp_allow_plaintext_login: false,
  smtp_reply_to: null,
  smtp_bcc: null,
  smtp_ehlo_name: null,
  bounce_imap_host: null,
  bounce_imap_port: 993,
  bounce_imap_username: null,
  bounce_imap_password: null,
  bounce_imap_secure: null,
  whatsapp_enabled: true,
  use_customer_whatsapp: false,
  whatsapp_api_key: null,
  webhook_enabled: false,
  webhook_url: null,
  webhook_secret: null,
  allow_private_urls: false,
  locale: 'en-ZA',
  currency: 'ZAR',
  timezone: 'Africa/Johannesburg',
  default_country: 'ZA',
  rate_limit_per_minute: 1200,
  rate_limit_per_hour: 20_000,
  rate_limit_user_per_minute: 600,
  max_retries: 8,
  first_retry_seconds: 15,
  whatsapp_min_gap_ms: 3000,
  whatsapp_max_gap_ms: 9000,
  whatsapp_new_contacts_per_day: 50,
  whatsapp_quiet_hours: null,
  whatsapp_email_fallback: false,
};

export const settingNames = Object.keys(defaultTenantSettings) as (keyof TenantSettings)[];

/**
 * The operator's to decide, because they protect others from the tenant or a password from the network. They stand in
 * the system database, out of reach of the tenant's own login; columns of these names in its table have no effect.
 */
export const operatorSettingNames = [
  'smtp_allow_plaintext_login',
  'allow_private_urls',
  'rate_limit_per_minute',
  'rate_limit_per_hour',
  'rate_limit_user_per_minute',
] as const satisfies readonly (keyof TenantSettings)[];
type OperatorSettingName = (typeof operatorSettingNames)[number];
export type OperatorSettings = Pick<TenantSettings, OperatorSettingName>;

export function isOperatorSetting(name: string): name is OperatorSettingName {
  return (operatorSettingNames as readonly string[]).includes(name);
}

/** A tenant's own, in its own table. */
export type OwnSettingName = Exclude<keyof TenantSettings, OperatorSettingName>;
export const ownSettingNames = settingNames.filter(
  (name): name is OwnSettingName => !isOperatorSetting(name),
);

/** It stays in the row and does nothing: no form and no list offers it. */
const idleSettingNames = ['whatsapp_api_key'] as const;

export const offeredSettingNames = settingNames.filter(
  (name) => !(idleSettingNames as readonly string[]).includes(name),
);

/** Never printed, never sent to a console: shown as set or not set. */
export const secretSettingNames = [
  'smtp_password',
  'bounce_imap_password',
  'whatsapp_api_key',
  'webhook_secret',
] as const;

/** A name of the time zone database: an offset such as +02:00 knows no summer time, and some runtimes do not know it. */
function isTimeZone(value: string): boolean {
  if (!/^[A-Za-z]/.test(value)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

const languageNames = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });
const regionNames = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

function isRegion(code: string): boolean {
  // Unicode names ZZ, too: "unknown region".
  return code.toUpperCase() !== 'ZZ' && attempt(() => regionNames.of(code.toUpperCase())) !== undefined;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** `en-ZA`, and `en_ZA.UTF-8` as PHP and Linux write it; undefined for a language or country that is none. */
function toLocale(value: string): string | undefined {
  const locale = attempt(() => new Intl.Locale(value.replace(/[.@].*$/, '').replaceAll('_', '-')));
  if (!locale || attempt(() => languageNames.of(locale.language)) === undefined) return undefined;
  if (locale.region !== undefined && !isRegion(locale.region)) return undefined;
  return Intl.NumberFormat.supportedLocalesOf(locale.toString()).length === 1 ? locale.toString() : undefined;
}

const flag = z.union([z.boolean(), z.enum(['true', 'false', 'on', 'off', 'yes', 'no', '1', '0'])], {
  error: 'must be true or false',
});
const flagValue = flag.transform((value) =>
  typeof value === 'boolean' ? value : ['true', 'on', 'yes', '1'].includes(value),
);
const nullableText = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    // A line break in any of these would be a header injection waiting to happen.
    .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not contain control characters or line breaks')
    .nullable()
    .transform((value) => (value === '' ? null : value));
const wholeNumber = (min: number, max: number) =>
  z.coerce.number({ error: 'must be a whole number' }).int('must be a whole number').min(min).max(max);
const emailAddress = z
  .string()
  .refine(isEmailAddress, 'must be an email address')
  .transform(cleanEmailAddress);
const addressList = z
  .string()
  .max(1_000)
  .refine((value) => {
    const addresses = splitAddresses(value);
    return addresses.length <= maxCopies && addresses.every(isEmailAddress);
  }, `must be at most ${maxCopies} email addresses with commas in between`)
  .transform((value) =>
    splitAddresses(value)
      .map((address) => cleanEmailAddress(String(address)))
      .join(', '),
  );
const hostName = z
  .string()
  .max(255)
  .regex(
    /^(?:(?:[A-Za-z\d](?:[A-Za-z\d-]{0,61}[A-Za-z\d])?\.)+[A-Za-z\d](?:[A-Za-z\d-]{0,61}[A-Za-z\d])?|\[[\dA-Fa-f.:IPv]+\])$/,
    'must be a host name such as mail.example.com',
  );
const orEmpty = <T extends z.ZodType>(schema: T) =>
  z.union([schema, z.literal('').transform(() => null), z.null()]);
const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .max(500)
  // It would be shown as the recipient of each webhook.
  .refine(
    (value) => !holdsLogin(value),
    'must not contain a user name or password: receivers know the gateway by its signature (webhook_secret)',
  );

/** Is there a user name or a password in this address? */
function holdsLogin(address: string): boolean {
  return URL.canParse(address) && new URL(address).username + new URL(address).password !== '';
}

/** The address without its login, for whoever only looks at it. */
export function withoutLogin(address: string): string {
  if (!holdsLogin(address)) return address;
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return url.href;
}

/** What may be stored under each name; texts are accepted for every kind, as a command line gives them. */
export const settingSchemas = {
  email_enabled: flagValue,
  use_customer_smtp: flagValue,
  smtp_host: nullableText(255),
  smtp_port: wholeNumber(1, 65_535),
  smtp_username: nullableText(255),
  smtp_password: nullableText(255),
  smtp_secure: z.union([flagValue, z.literal('').transform(() => null), z.null()]),
  smtp_from_email: z.union([emailAddress, z.literal('').transform(() => null), z.null()]),
  smtp_from_name: nullableText(255),
  smtp_allow_plaintext_login: flagValue,
  smtp_reply_to: orEmpty(emailAddress),
  smtp_bcc: orEmpty(addressList),
  smtp_ehlo_name: orEmpty(hostName),
  bounce_imap_host: nullableText(255),
  bounce_imap_port: wholeNumber(1, 65_535),
  bounce_imap_username: nullableText(255),
  bounce_imap_password: nullableText(255),
  bounce_imap_secure: orEmpty(flagValue),
  whatsapp_enabled: flagValue,
  use_customer_whatsapp: flagValue,
  whatsapp_api_key: nullableText(255),
  webhook_enabled: flagValue,
  webhook_url: z.union([httpUrl, z.literal('').transform(() => null), z.null()]),
  webhook_secret: nullableText(255),
  allow_private_urls: flagValue,
  locale: z
    .string()
    .trim()
    .refine(
      (value) => toLocale(value) !== undefined,
      'must be a language with its country, such as en-ZA or de-DE',
    )
    .transform((value) => toLocale(value) ?? value),
  currency: z
    .string()
    .trim()
    .toUpperCase()
    .refine(
      (value) => currencyCodes.includes(value),
      'must be a currency code (ISO 4217) such as ZAR, EUR or USD',
    ),
  timezone: z.string().trim().refine(isTimeZone, 'must be a time zone such as Africa/Johannesburg'),
  default_country: z
    .string()
    .trim()
    .toUpperCase()
    .refine((value) => /^[A-Z]{2}$/.test(value) && isRegion(value), 'must be a country code such as ZA')
    // Britain's code is GB; people write UK.
    .transform((value) => (value === 'UK' ? 'GB' : value)),
  rate_limit_per_minute: wholeNumber(1, 10_000_000),
  rate_limit_per_hour: wholeNumber(1, 100_000_000),
  rate_limit_user_per_minute: wholeNumber(1, 10_000_000),
  max_retries: wholeNumber(0, 100),
  first_retry_seconds: z.coerce.number({ error: 'must be a number of seconds' }).min(0.01).max(86_400),
  whatsapp_min_gap_ms: wholeNumber(0, 3_600_000),
  whatsapp_max_gap_ms: wholeNumber(0, 3_600_000),
  whatsapp_new_contacts_per_day: wholeNumber(0, 100_000),
  whatsapp_quiet_hours: z.union([
    z
      .string()
      .regex(
        /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/,
        'must be two times such as 20:00-07:00, or empty',
      ),
    z.literal('').transform(() => null),
    z.null(),
  ]),
  whatsapp_email_fallback: flagValue,
} satisfies Record<keyof TenantSettings, z.ZodType>;
