import type { z } from 'zod';
import {
  defaultTenantSettings,
  offeredSettingNames,
  secretSettingNames,
  settingNames,
  settingSchemas,
  type TenantSettings,
} from '../../contracts/tenant-settings';
import { GatewayError } from '../errors';
import type { SecretStore } from '../secrets/secret-store';

type SettingName = keyof TenantSettings;

export interface SettingProblem {
  readonly setting: string;
  /** completes "NAME …" */
  readonly message: string;
  /** a secret that is there and cannot be read */
  readonly isSecret?: boolean;
}

export interface CheckedSettings {
  /** by name, what will be in force */
  readonly values: Partial<TenantSettings>;
  /** by name, what goes into the column: secrets encrypted, null for the default */
  readonly stored: Partial<Record<SettingName, unknown>>;
}

/** The seed made these columns 255 characters wide, and they are not ours to widen. */
const secretColumnWidth = 255;
const notUsable = 'must be something else';

const isSettingName = (name: string): name is SettingName =>
  (settingNames as readonly string[]).includes(name);

interface SettingScope {
  /** named to whoever asks for a setting that there is not */
  readonly offered: readonly SettingName[];
  /** why a setting cannot be changed here, as a problem's message; undefined: it can */
  readonly refuse: (name: SettingName) => string | undefined;
}

const everySetting: SettingScope = { offered: offeredSettingNames, refuse: () => undefined };

/** @throws GatewayError `unknown_setting`, `invalid_setting` */
export function checkSettingChanges(
  before: TenantSettings,
  changes: Readonly<Record<string, unknown>>,
  secrets: SecretStore,
  { offered, refuse } = everySetting,
): CheckedSettings {
  const unknown = Object.keys(changes).filter((name) => !isSettingName(name));
  if (unknown.length > 0) {
    throw new GatewayError(
      'unknown_setting',
      `There is no setting ${unknown.join(', ')}. Known settings: ${offered.join(', ')}.`,
      422,
      { unknown, known: offered },
    );
  }
  const problems: SettingProblem[] = [];
  const values: Partial<Record<SettingName, unknown>> = {};
  const stored: Partial<Record<SettingName, unknown>> = {};
  for (const [name, given] of Object.entries(changes)) {
    if (!isSettingName(name)) continue;
    const refusal = refuse(name);
    if (refusal !== undefined) {
      problems.push({ setting: name, message: refusal });
      continue;
    }
    if (isEmpty(given)) {
      values[name] = defaultTenantSettings[name];
      stored[name] = null;
      continue;
    }
    const parsed = settingSchemas[name].safeParse(given);
    if (!parsed.success) {
      problems.push(
        ...parsed.error.issues.map((issue) => ({ setting: name, message: describeIssue(issue) })),
      );
      continue;
    }
    values[name] = parsed.data;
    stored[name] = closeSecret(name, parsed.data, secrets);
    if (isTooLong(name, stored[name])) {
      problems.push({ setting: name, message: 'is too long to be kept encrypted (at most 159 bytes)' });
    }
  }
  problems.push(...conflictsBetween({ ...before, ...values } as TenantSettings, Object.keys(changes)));
  if (problems.length > 0) {
    throw new GatewayError(
      'invalid_setting',
      `${problems.map(({ setting, message }) => `${setting} ${message}`).join('; ')}.`,
      422,
      problems,
    );
  }
  return { values: values as Partial<TenantSettings>, stored };
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'string' && value.trim() === '');
}

function closeSecret(name: SettingName, value: unknown, secrets: SecretStore): unknown {
  const isSecret = (secretSettingNames as readonly SettingName[]).includes(name);
  return isSecret && typeof value === 'string' ? secrets.encrypt(value) : value;
}

function isTooLong(name: SettingName, stored: unknown): boolean {
  return (
    (secretSettingNames as readonly SettingName[]).includes(name) &&
    typeof stored === 'string' &&
    stored.length > secretColumnWidth
  );
}

type Issue = z.core.$ZodIssue;

/** Zod's sentences ("Too big: expected …") in the words of the schemas' own, which begin with "must". */
function describeIssue(issue: Issue): string {
  if (issue.code === 'too_big' || issue.code === 'too_small') {
    const bound = issue.code === 'too_big' ? `at most ${issue.maximum}` : `at least ${issue.minimum}`;
    return `must be ${bound}${issue.origin === 'string' ? ' characters long' : ''}`;
  }
  if (issue.message.startsWith('must')) return issue.message;
  if (issue.code !== 'invalid_union') return notUsable;
  const nested = issue.errors.flat().map(describeIssue);
  return nested.find((message) => message !== notUsable) ?? notUsable;
}

/** Settings that make no sense together; told only to those who touch one of them. */
function conflictsBetween(settings: TenantSettings, touched: readonly string[]): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const touches = (...names: SettingName[]) => names.some((name) => touched.includes(name));
  if (
    touches('whatsapp_min_gap_ms', 'whatsapp_max_gap_ms') &&
    settings.whatsapp_min_gap_ms > settings.whatsapp_max_gap_ms
  ) {
    problems.push({
      setting: 'whatsapp_min_gap_ms',
      message: `(${settings.whatsapp_min_gap_ms}) must not be more than whatsapp_max_gap_ms (${settings.whatsapp_max_gap_ms})`,
    });
  }
  if (
    touches('webhook_enabled', 'webhook_url') &&
    settings.webhook_enabled &&
    settings.webhook_url === null
  ) {
    problems.push({ setting: 'webhook_enabled', message: 'needs a webhook_url' });
  }
  if (
    touches('use_customer_smtp', 'smtp_host') &&
    settings.use_customer_smtp &&
    settings.smtp_host === null
  ) {
    problems.push({ setting: 'use_customer_smtp', message: 'needs an smtp_host' });
  }
  if (
    touches('bounce_imap_host', 'bounce_imap_username') &&
    settings.bounce_imap_host !== null &&
    settings.bounce_imap_username === null
  ) {
    problems.push({ setting: 'bounce_imap_host', message: 'needs a bounce_imap_username' });
  }
  return problems;
}
