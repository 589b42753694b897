import { useTranslation } from 'react-i18next';
import { useFormats } from '../../use-formats';
import type { SettingName } from './setting-types';

/** The same bounds as in the contract's rules, to be said in words. */
const ranges: Readonly<Partial<Record<SettingName, readonly [number, number]>>> = {
  smtp_port: [1, 65_535],
  bounce_imap_port: [1, 65_535],
  rate_limit_per_minute: [1, 10_000_000],
  rate_limit_per_hour: [1, 100_000_000],
  rate_limit_user_per_minute: [1, 10_000_000],
  max_retries: [0, 100],
  first_retry_seconds: [0.01, 86_400],
  whatsapp_new_contacts_per_day: [0, 100_000],
};
/** Shown in seconds, kept in ms. */
const secondsRange = [0, 3_600] as const;

/** Says what a setting has to be like, for the field that holds something else. */
export function useSettingWords(): (name: SettingName) => string {
  const { t } = useTranslation('tenants');
  const formats = useFormats();
  return (name) => {
    const range = name.endsWith('_gap_ms') ? secondsRange : ranges[name];
    if (range) {
      return t('wrong.number', { min: formats.number(range[0]), max: formats.number(range[1]) });
    }
    switch (name) {
      case 'smtp_from_email':
      case 'smtp_reply_to':
      case 'smtp_bcc':
        return t('wrong.email');
      case 'webhook_url':
        return t('wrong.url');
      case 'locale':
        return t('wrong.locale');
      case 'currency':
        return t('wrong.currency');
      case 'default_country':
        return t('wrong.country');
      case 'timezone':
        return t('wrong.zone');
      case 'whatsapp_quiet_hours':
        return t('wrong.hours');
      default:
        return t('wrong.text');
    }
  };
}
