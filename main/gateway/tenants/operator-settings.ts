import {
  defaultTenantSettings,
  operatorSettingNames,
  settingSchemas,
  type OperatorSettings,
} from '../../contracts/tenant-settings';
import type { Database } from '../storage/database';
import { findOperatorColumns } from '../storage/settings-store';
import type { TenantDatabase } from '../storage/tenant-database';
import { findTenantRow, keepOperatorSettings, mergeOperatorSettings } from '../storage/tenant-store';

/** What the operator decided of each tenant. It stands in the system database, where no tenant's login can write. */
export interface OperatorSettingsStore {
  /** Those in force; what stands in the tenant's own table from an earlier version is taken over first. */
  read(customerId: string, tenantDatabase: Pick<TenantDatabase, 'db' | 'layout'>): Promise<OperatorSettings>;
  /** Changes some of them; null goes back to the default. */
  write(customerId: string, changes: Readonly<Record<string, unknown>>): Promise<void>;
}

export function createOperatorSettings(system: Database): OperatorSettingsStore {
  return {
    async read(customerId, { db, layout }) {
      const row = await findTenantRow(system, customerId);
      if (row?.operatorSettings) return operatorSettingsInForce(row.operatorSettings);
      const columns = await findOperatorColumns(db, layout.settingsTable, customerId);
      return operatorSettingsInForce(
        await keepOperatorSettings(system, customerId, onlyValid(columns ?? {})),
      );
    },
    write: (customerId, changes) => mergeOperatorSettings(system, customerId, changes),
  };
}

/** With the default for what is not set, or makes no sense. */
export function operatorSettingsInForce(stored: Readonly<Record<string, unknown>> | null): OperatorSettings {
  const defaults = operatorSettingNames.map((name) => [name, defaultTenantSettings[name]]);
  return { ...Object.fromEntries(defaults), ...onlyValid(stored ?? {}) } as OperatorSettings;
}

/** Those of the values that are operator's settings and make sense. */
export function onlyValid(stored: Readonly<Record<string, unknown>>): Partial<OperatorSettings> {
  const valid = operatorSettingNames.flatMap((name) => {
    const value = stored[name];
    if (value === null || value === undefined) return [];
    const parsed = settingSchemas[name].safeParse(value);
    return parsed.success ? [[name, parsed.data] as const] : [];
  });
  return Object.fromEntries(valid);
}
