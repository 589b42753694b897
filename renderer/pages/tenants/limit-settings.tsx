import { Alert, SimpleGrid, Stack } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Section } from '../../components/section';
import { FlagSetting, NumberSetting } from './setting-fields';
import type { SettingFields } from './setting-types';

interface FormProps {
  readonly form: SettingFields;
}

/** How many events a tenant may send. */
export function RateSettings({ form }: FormProps) {
  const { t } = useTranslation('tenants');
  return (
    <Section title={t('limits.rates')} hint={t('limits.ratesHint')}>
      <SimpleGrid type="container" cols={{ base: 1, '640px': 3 }} style={{ alignItems: 'start' }}>
        <NumberSetting form={form} name="rate_limit_per_minute" label={t('limits.perMinute')} />
        <NumberSetting form={form} name="rate_limit_per_hour" label={t('limits.perHour')} />
        <NumberSetting form={form} name="rate_limit_user_per_minute" label={t('limits.perUser')} />
      </SimpleGrid>
    </Section>
  );
}

/** How often a message is tried again, and after how long. */
export function RetrySettings({ form }: FormProps) {
  const { t } = useTranslation('tenants');
  return (
    <Section title={t('limits.retries')}>
      <SimpleGrid type="container" cols={{ base: 1, '560px': 2 }} style={{ alignItems: 'start' }}>
        <NumberSetting
          form={form}
          name="max_retries"
          label={t('limits.maxRetries')}
          hint={t('limits.maxRetriesHint')}
        />
        <NumberSetting
          form={form}
          name="first_retry_seconds"
          label={t('limits.firstRetry')}
          hint={t('limits.firstRetryHint')}
          suffix={t('whatsapp.seconds')}
        />
      </SimpleGrid>
    </Section>
  );
}

/** Whether a tenant's webhooks and attachments may be on the office's own network. */
export function PrivateAddressSetting({ form }: FormProps) {
  const { t } = useTranslation('tenants');
  return (
    <Section title={t('limits.private')}>
      <Stack gap="sm">
        <FlagSetting
          form={form}
          name="allow_private_urls"
          label={t('limits.privateOn')}
          hint={t('limits.privateHint')}
        />
        {form.flag('allow_private_urls') && (
          <Alert variant="light" color="orange" icon={<IconAlertTriangle aria-hidden />}>
            {t('limits.privateWarning')}
          </Alert>
        )}
      </Stack>
    </Section>
  );
}
