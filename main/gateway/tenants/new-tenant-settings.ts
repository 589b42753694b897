import {
  newTenantSettingNames,
  type NewTenantSettingName,
  type NewTenantSettings,
} from '../../contracts/new-tenant-settings';
import { defaultTenantSettings, settingSchemas } from '../../contracts/tenant-settings';
import type { SecretStore } from '../secrets/secret-store';
import type { Database, Queryable } from '../storage/database';
import {
  lockGatewaySetting,
  readGatewaySetting,
  writeGatewaySetting,
} from '../storage/gateway-settings-store';
import { checkSettingChanges } from './check-settings';
import { isSecretSetting } from './tenant-settings';

const nameOfSettings = 'new_tenant_settings';

interface NewTenantSettingChange {
  readonly name: NewTenantSettingName;
  /** null: the built-in default */
  readonly before: unknown;
  readonly after: unknown;
}

/** What the operator decided that every new tenant begins with. Tenants that are there are not changed by it. */
export interface NewTenantSettingsStore {
  read(): Promise<NewTenantSettings>;
  /**
   * Changes some of them; null and empty texts go back to the built-in default.
   * @throws GatewayError `unknown_setting` or `invalid_setting`, all problems in `details`
   */
  write(
    changes: Readonly<Record<string, unknown>>,
  ): Promise<{ settings: NewTenantSettings; changed: NewTenantSettingChange[] }>;
}

export function createNewTenantSettings(system: Database, secrets: SecretStore): NewTenantSettingsStore {
  return {
    read: () => readStored(system),
    write: (changes) =>
      system.transaction(async (tx) => {
        await lockGatewaySetting(tx, nameOfSettings);
        const before = await readStored(tx);
        const whole = { ...defaultTenantSettings, ...before };
        const { stored } = checkSettingChanges(whole, changes, secrets, {
          offered: newTenantSettingNames,
          refuse,
        });
        const merged = { ...before, ...stored };
        const settings: NewTenantSettings = Object.fromEntries(
          Object.entries(merged).filter(([, value]) => value !== null),
        );
        await writeGatewaySetting(tx, nameOfSettings, settings);
        const changed = newTenantSettingNames
          .map((name) => ({ name, before: before[name] ?? null, after: settings[name] ?? null }))
          .filter((change) => change.before !== change.after);
        return { settings, changed };
      }),
  };
}

/** Those that make sense: a backup of another version may hold others. */
async function readStored(system: Queryable): Promise<NewTenantSettings> {
  const stored = ((await readGatewaySetting(system, nameOfSettings)) ?? {}) as Record<string, unknown>;
  const valid = newTenantSettingNames.flatMap((name) => {
    const value = stored[name];
    if (value === null || value === undefined) return [];
    const parsed = settingSchemas[name].safeParse(value);
    return parsed.success && parsed.data !== null ? [[name, parsed.data] as const] : [];
  });
  return Object.fromEntries(valid);
}

function refuse(name: string): string | undefined {
  if ((newTenantSettingNames as readonly string[]).includes(name)) return undefined;
  return isSecretSetting(name)
    ? 'is a secret of each tenant alone: set it for the tenant itself'
    : 'belongs to each tenant alone: set it for the tenant itself';
}
