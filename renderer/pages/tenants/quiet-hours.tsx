import { Group, Stack, Switch, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Section } from '../../components/section';
import type { SettingFields } from './setting-types';

const usualHours = '20:00-07:00';

/** When no WhatsApp message leaves: two times of day, kept as `20:00-07:00`. */
export function QuietHours({ form }: { readonly form: SettingFields }) {
  const { t } = useTranslation('tenants');
  const kept = form.text('whatsapp_quiet_hours');
  const [from = '', to = ''] = kept.split('-');
  const set = (hours: string) => form.set('whatsapp_quiet_hours', hours);
  const problem = form.problem('whatsapp_quiet_hours');
  return (
    <Section title={t('limits.quiet')} hint={t('limits.quietHint')}>
      <Stack gap="sm">
        <Switch
          label={t('limits.quietOn')}
          checked={kept !== ''}
          onChange={(event) => set(event.currentTarget.checked ? usualHours : '')}
        />
        {kept !== '' && (
          <Group align="flex-start">
            <TextInput
              type="time"
              label={t('limits.quietFrom')}
              value={from}
              error={problem}
              onChange={(event) => set(`${event.currentTarget.value}-${to}`)}
            />
            <TextInput
              type="time"
              label={t('limits.quietTo')}
              value={to}
              error={problem !== undefined}
              onChange={(event) => set(`${from}-${event.currentTarget.value}`)}
            />
          </Group>
        )}
      </Stack>
    </Section>
  );
}
