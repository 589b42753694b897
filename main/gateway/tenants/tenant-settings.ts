import {
  defaultTenantSettings,
  offeredSettingNames,
  secretSettingNames,
  settingNames,
  settingSchemas,
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

type SettingName = keyof TenantSettings;
type SettingsDatabase = Pick<TenantDatabase, 'db' | 'layout'>;

export interface SettingChange {
  readonly name: SettingName;
  /** masked where it is a secret */
  readonly before: unknown;
  readonly after: unknown;
}

/** Kept although they make no sense, so that deliveries fail in words instead of vanishing. */
const keptAsTheyAre: readonly SettingName[] = ['webhook_url', 'smtp_host', 'smtp_from_email'];
/** The seed's columns that a database of another hand may have made NOT NULL: their default is written out. */
const alwaysWritten: readonly SettingName[] = [
  'email_enabled',
  'use_customer_smtp',
  'smtp_port',
  'whatsapp_enabled',
  'use_customer_whatsapp',
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

/**
 * The settings in force for a customer: defaults for what its row does not say or, having been written by
 * other hands, says in a way that makes no sense; `onProblem` is told of the latter, and of secrets that
 * cannot be read (they count as not set).
 */
export async function readSettings(
  tenantDatabase: SettingsDatabase,
  customerId: string,
  secrets: SecretStore,
  onProblem?: (problem: SettingProblem) => void,
): Promise<TenantSettings> {
  return loadSettings(tenantDatabase.db, tenantDatabase, customerId, secrets, onProblem);
}

async function loadSettings(
  queryable: Queryable,
  { layout }: SettingsDatabase,
  customerId: string,
  secrets: SecretStore,
  onProblem: (problem: SettingProblem) => void = () => undefined,
): Promise<TenantSettings> {
  const row = await findSettingsRow(queryable, layout.settingsTable, customerId);
  const entries = settingNames.map((name) => [name, settingInForce(name, row?.[name], secrets, onProblem)]);
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
 * kind; null or an empty text goes back to the default. Secrets are encrypted.
 * @returns what is different now, secrets masked, and the settings in force
 * @throws GatewayError `unknown_setting` or `invalid_setting`, all problems in `details`
 */
export async function writeSettings(
  tenantDatabase: SettingsDatabase,
  customerId: string,
  changes: Readonly<Record<string, unknown>>,
  secrets: SecretStore,
): Promise<{ changed: SettingChange[]; settings: TenantSettings }> {
  const { settingsTable } = tenantDatabase.layout;
  return tenantDatabase.db.transaction(async (tx) => {
    await lockSettings(tx, customerId);
    const row = await findSettingsRow(tx, settingsTable, customerId);
    const before = await loadSettings(tx, tenantDatabase, customerId, secrets);
    const checked = checkSettingChanges(before, changes, secrets);
    const names = Object.keys(checked.values) as SettingName[];
    const columns = Object.fromEntries(
      names.map((name) => [
        name,
        checked.stored[name] ?? (alwaysWritten.includes(name) ? defaultTenantSettings[name] : null),
      ]),
    );
    const id = row?.id ?? (await insertSettingsRow(tx, settingsTable, customerId));
    await updateSettingsRow(tx, settingsTable, id, columns);
    const settings = { ...before, ...checked.values };
    return {
      changed: names
        .filter((name) => settings[name] !== before[name])
        .map((name) => ({
          name,
          before: maskSetting(name, before[name]),
          after: maskSetting(name, settings[name]),
        })),
      settings,
    };
  });
}
