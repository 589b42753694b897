import { settingGroups, settingsByGroup } from './setting-groups';
import { secretSettingNames, type TenantSettings } from './tenant-settings';

/** A tenant's accounts, addresses and names: shared by all, they would send in another's name. */
const particularSettingNames = [
  'smtp_username',
  'smtp_from_email',
  'smtp_from_name',
  'smtp_reply_to',
  'smtp_ehlo_name',
  'bounce_imap_host',
  'bounce_imap_port',
  'bounce_imap_username',
  'bounce_imap_secure',
  // On without an address it would fail for every event.
  'webhook_enabled',
  'webhook_url',
] as const satisfies readonly (keyof TenantSettings)[];

type ParticularSettingName = (typeof particularSettingNames)[number] | (typeof secretSettingNames)[number];
export type NewTenantSettingName = Exclude<keyof TenantSettings, ParticularSettingName>;

const excluded: readonly string[] = [...particularSettingNames, ...secretSettingNames];

/** What an operator may decide once for all tenants that are added later. */
export const newTenantSettingNames = settingGroups
  .flatMap((group) => settingsByGroup[group])
  .filter((name): name is NewTenantSettingName => !excluded.includes(name));

/** Only what is set: the rest begins with the built-in default. */
export type NewTenantSettings = Readonly<Partial<Pick<TenantSettings, NewTenantSettingName>>>;
