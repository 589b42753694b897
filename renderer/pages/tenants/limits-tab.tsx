import { Alert, SimpleGrid, Stack } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { TenantDetail } from '../../../main/contracts/console/tenant-calls';
import { ErrorNote } from '../../components/error-note';
import { Section } from '../../components/section';
import { QuietHours } from './quiet-hours';
import { RegionSettings } from './region-settings';
import { SaveBar } from './save-bar';
import { FlagSetting, NumberSetting } from './setting-fields';
import { useSettingsForm } from './use-settings-form';

/** How much, how often, in which language and when. */
export function LimitsTab({ tenant }: { readonly tenant: TenantDetail }) {
  const { t } = useTranslation('tenants');
  const form = useSettingsForm(tenant);
  return (
    <Stack gap="lg">
      <Section title={t('limits.rates')} hint={t('limits.ratesHint')}>
        <SimpleGrid cols={{ base: 1, sm: 3 }} style={{ alignItems: 'start' }}>
          <NumberSetting form={form} name="rate_limit_per_minute" label={t('limits.perMinute')} />
          <NumberSetting form={form} name="rate_limit_per_hour" label={t('limits.perHour')} />
          <NumberSetting form={form} name="rate_limit_user_per_minute" label={t('limits.perUser')} />
        </SimpleGrid>
      </Section>
      <Section title={t('limits.retries')}>
        <SimpleGrid cols={{ base: 1, sm: 2 }} style={{ alignItems: 'start' }}>
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
      <RegionSettings form={form} />
      <QuietHours form={form} />
      <Section title={t('limits.private')}>
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
      </Section>
      <ErrorNote error={form.error} />
      <SaveBar dirty={form.dirty} saving={form.saving} onUndo={form.undo} onSave={form.save} />
    </Stack>
  );
}
