import { settingsByGroup, type SettingGroup } from '../../contracts/setting-groups';
import type { TenantSettings } from '../../contracts/tenant-settings';

/** The values of some groups, secrets included, as they are saved for another tenant. */
export function settingsOfGroups(
  settings: TenantSettings,
  wanted: readonly SettingGroup[],
): Record<string, string | number | boolean | null> {
  const names = [...new Set(wanted)].flatMap((group) => settingsByGroup[group]);
  return Object.fromEntries(names.map((name) => [name, settings[name]]));
}
