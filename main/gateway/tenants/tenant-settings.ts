import {
  defaultTenantSettings,
  isOperatorSetting,
  offeredSettingNames,
  secretSettingNames,
  settingNames,
  settingSchemas,
  type OperatorSettings,
  withoutLogin,
  type TenantSettings,
} from '../../contracts/tenant-settings';
import { errorText } from '../errors';
import type { SecretStore } from '../secrets/secret-store';
import type { Queryable } from '../storage/database';
import {
  findSettingsRow,
  insertSettingsRow,
  lockSettings,
  updateSettingsRow,
} from '../storage/settings-store';
import type { TenantDatabase } from '../storage/tenant-database';
import { checkSettingChanges, type SettingProblem } from './check-settings';
import type { OperatorSettingsStore } from './operator-settings';

type SettingName = keyof TenantSettings;
type SettingsDatabase = Pick<TenantDatabase, 'db' | 'layout'>;

export interface SettingChange {
  readonly name: SettingName;
  /** masked where it is a secret */
  readonly before: unknown;
  readonly after: unknown;
}

/** Kept although they make no sense, so that deliveries fail in words instead of vanishing. */
const keptAsTheyAre: readonly SettingName[] = [
  'webhook_url',
  'smtp_host',
  'smtp_from_email',
  'bounce_imap_host',
];
/** The seed's columns that a database of another hand may have made NOT NULL: their default is written out. */
const alwaysWritten: readonly SettingName[] = [
  'email_enabled',
  'use_customer_smtp',
  'smtp_port',
  'whatsapp_enabled',
  'webhook_enabled',
];

export function isSecretSetting(name: string): boolean {
  return (secretSettingNames as readonly string[]).includes(name);
}

/** The settings with secrets as `set` or `not set`: what may be printed and sent to a console. */
export function maskSettings(settings: TenantSettings): Record<SettingName, unknown> {
  return Object.fromEntries(
    offeredSettingNames.map((name) => [name, maskSetting(name, settings[name])]),
  ) as Record<SettingName, unknown>;
}

function maskSetting(name: SettingName, value: unknown): unknown {
  // A row that was changed by SQL may hold a login there.
  if (name === 'webhook_url' && typeof value === 'string') return withoutLogin(value);
  if (!isSecretSetting(name)) return value;
  return value === null ? 'not set' : 'set';
}

/** Goes into logs and audit: without the name and password that an address may hold. */
function maskChange(name: SettingName, value: unknown): unknown {
  const shown = maskSetting(name, value);
  return typeof shown === 'string' ? shown.replace(/(:\/\/)[^/@\s]*@/, '$1***@') : shown;
}

/**
 * The settings in force for a customer: defaults for what its row does not say or, having been written by
 * other hands, says in a way that makes no sense; `onProblem` is called with the latter, and for secrets that
 * cannot be read (they count as not set).
 * @param operator what does not stand in the tenant's own table
 */
export async function readSettings(
  tenantDatabase: SettingsDatabase,
  customerId: string,
  secrets: SecretStore,
  operator: OperatorSettings,
  onProblem?: (problem: SettingProblem) => void,
): Promise<TenantSettings> {
  return loadSettings(tenantDatabase.db, tenantDatabase, customerId, secrets, operator, onProblem);
}

async function loadSettings(
  queryable: Queryable,
  { layout }: SettingsDatabase,
  customerId: string,
  secrets: SecretStore,
  operator: OperatorSettings,
  onProblem: (problem: SettingProblem) => void = () => undefined,
): Promise<TenantSettings> {
  const row = await findSettingsRow(queryable, layout.settingsTable, customerId);
  const entries = settingNames.map((name) => [
    name,
    isOperatorSetting(name) ? operator[name] : settingInForce(name, row?.[name], secrets, onProblem),
  ]);
  return Object.fromEntries(entries) as TenantSettings;
}

function settingInForce(
  name: SettingName,
  stored: unknown,
  secrets: SecretStore,
  onProblem: (problem: SettingProblem) => void,
): unknown {
  if (stored === null || stored === undefined || stored === '') return defaultTenantSettings[name];
  if (isSecretSetting(name)) {
    try {
      return typeof stored === 'string' ? secrets.decrypt(stored) : null;
    } catch (thrown) {
      onProblem({ setting: name, message: errorText(thrown), isSecret: true });
      return null;
    }
  }
  const parsed = settingSchemas[name].safeParse(stored);
  if (parsed.success) return parsed.data;
  onProblem({ setting: name, message: parsed.error.issues[0]?.message ?? 'makes no sense' });
  return keptAsTheyAre.includes(name) ? stored : defaultTenantSettings[name];
}

/**
 * Changes some settings of a customer, making its row where there is none. Texts are accepted for every
 * kind; null or an empty text goes back to the default. Secrets are encrypted. What is the operator's goes where it
 * is kept.
 * @returns what is different now, secrets masked, and the settings in force
 * @throws GatewayError `unknown_setting` or `invalid_setting`, all problems in `details`
 */
export async function writeSettings(
  tenantDatabase: SettingsDatabase,
  customerId: string,
  changes: Readonly<Record<string, unknown>>,
  secrets: SecretStore,
  operatorSettings: OperatorSettingsStore,
): Promise<{ changed: SettingChange[]; settings: TenantSettings }> {
  const { settingsTable } = tenantDatabase.layout;
  const operator = await operatorSettings.read(customerId, tenantDatabase);
  return tenantDatabase.db.transaction(async (tx) => {
    await lockSettings(tx, customerId);
    const row = await findSettingsRow(tx, settingsTable, customerId);
    const before = await loadSettings(tx, tenantDatabase, customerId, secrets, operator);
    const checked = checkSettingChanges(before, changes, secrets);
    const names = Object.keys(checked.values) as SettingName[];
    const columns = Object.fromEntries(
      names
        .filter((name) => !isOperatorSetting(name))
        .map((name) => [
          name,
          checked.stored[name] ?? (alwaysWritten.includes(name) ? defaultTenantSettings[name] : null),
        ]),
    );
    const id = row?.id ?? (await insertSettingsRow(tx, settingsTable, customerId));
    await updateSettingsRow(tx, settingsTable, id, columns);
    const decided = names
      .filter(isOperatorSetting)
      .map((name): [string, unknown] => [name, checked.stored[name] ?? null]);
    // Another database: last, so that what fails above changes neither.
    if (decided.length > 0) await operatorSettings.write(customerId, Object.fromEntries(decided));
    const settings = { ...before, ...checked.values };
    return {
      changed: names
        .filter((name) => settings[name] !== before[name])
        .map((name) => ({
          name,
          before: maskChange(name, before[name]),
          after: maskChange(name, settings[name]),
        })),
      settings,
    };
  });
}
