import type { TenantSettings } from '../../../main/contracts/tenant-settings';

export type SettingName = keyof TenantSettings;
export type SettingValue = string | number | boolean | null;
