import type { SettingVariable } from '../../../main/contracts/console/settings-calls';

export const settingsSections = [
  'general',
  'people',
  'tenants',
  'alerts',
  'network',
  'database',
  'email',
  'whatsapp',
  'security',
  'data',
  'logging',
  'activity',
] as const;
export type SettingsSection = (typeof settingsSections)[number];

export function toSettingsSection(text: string | null): SettingsSection {
  return settingsSections.find((section) => section === text) ?? 'general';
}

/** What there is to choose from, where that is a handful. */
export const choices: Readonly<Record<string, readonly string[]>> = {
  TLS: ['off', 'self'],
  LOG_LEVEL: ['error', 'warn', 'info', 'debug'],
  SYSTEM_SMTP_SECURE: ['true', 'false'],
  SYSTEM_SMTP_ALLOW_PLAINTEXT_LOGIN: ['true', 'false'],
  GATEWAY_CONSOLE: ['on', 'off'],
  GATEWAY_MDNS: ['on', 'off'],
};

export function isLocked(variable: SettingVariable): boolean {
  return variable.source === 'environment' || variable.fixed;
}
