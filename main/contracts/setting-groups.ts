import type { TenantSettings } from './tenant-settings';

/** Settings that belong together: for copying them to another tenant, and for what new tenants begin with. */
export const settingGroups = ['email', 'whatsapp', 'webhook', 'limits', 'region'] as const;
export type SettingGroup = (typeof settingGroups)[number];

export const settingsByGroup: Readonly<Record<SettingGroup, readonly (keyof TenantSettings)[]>> = {
  email: [
    'email_enabled',
    'use_customer_smtp',
    'smtp_host',
    'smtp_port',
    'smtp_username',
    'smtp_password',
    'smtp_secure',
    'smtp_from_email',
    'smtp_from_name',
    'smtp_allow_plaintext_login',
    'smtp_reply_to',
    'smtp_bcc',
    'smtp_ehlo_name',
    'bounce_imap_host',
    'bounce_imap_port',
    'bounce_imap_username',
    'bounce_imap_password',
    'bounce_imap_secure',
  ],
  whatsapp: [
    'whatsapp_enabled',
    'use_customer_whatsapp',
    'whatsapp_min_gap_ms',
    'whatsapp_max_gap_ms',
    'whatsapp_new_contacts_per_day',
    'whatsapp_quiet_hours',
    'whatsapp_email_fallback',
  ],
  webhook: ['webhook_enabled', 'webhook_url', 'webhook_secret'],
  limits: [
    'rate_limit_per_minute',
    'rate_limit_per_hour',
    'rate_limit_user_per_minute',
    'max_retries',
    'first_retry_seconds',
    'allow_private_urls',
  ],
  region: ['locale', 'currency', 'timezone', 'default_country'],
};
