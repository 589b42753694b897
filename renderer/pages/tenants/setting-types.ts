import type { TenantSettings } from '../../../main/contracts/tenant-settings';

export type SettingName = keyof TenantSettings;
export type SettingValue = string | number | boolean | null;
export type SettingValues = Readonly<Partial<Record<SettingName, SettingValue>>>;

/** What the fields of a form show and change. */
export interface SettingFields {
  readonly defaults: SettingValues;
  readonly text: (name: SettingName) => string;
  readonly flag: (name: SettingName) => boolean;
  /** NaN where nothing is filled in */
  readonly number: (name: SettingName) => number;
  readonly set: (name: SettingName, value: SettingValue) => void;
  /** what is wrong with the field, in words */
  readonly problem: (name: SettingName) => string | undefined;
}

/** What is filled in, or the default that holds without it. */
export function textInForce(form: SettingFields, name: SettingName): string {
  const text = form.text(name);
  return text === '' ? String(form.defaults[name] ?? '') : text;
}
