import { Radio, Select, SimpleGrid, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { NumberSetting, TextSetting } from './setting-fields';
import type { SettingFields } from './setting-types';

interface FormProps {
  readonly form: SettingFields;
}

/** By whose account emails leave. */
export function MailAccountChoice({ form }: FormProps) {
  const { t } = useTranslation('tenants');
  return (
    <Radio.Group
      label={t('email.account')}
      value={form.flag('use_customer_smtp') ? 'own' : 'system'}
      onChange={(value) => form.set('use_customer_smtp', value === 'own')}
    >
      <Stack gap="xs" mt="xs">
        <Radio value="system" label={t('email.system')} description={t('email.systemHint')} />
        <Radio value="own" label={t('email.own')} description={t('email.ownHint')} />
      </Stack>
    </Radio.Group>
  );
}

/** Where a tenant's own mail server is; two cells of a grid. */
export function MailServerFields({ form }: FormProps) {
  const { t } = useTranslation('tenants');
  const secure = form.text('smtp_secure');
  return (
    <>
      <TextSetting
        form={form}
        name="smtp_host"
        label={t('email.host')}
        placeholder={t('email.hostHint')}
        error={form.problem('use_customer_smtp') === undefined ? undefined : t('email.hostNeeded')}
      />
      <SimpleGrid type="container" cols={{ base: 1, '320px': 2 }} style={{ alignItems: 'end' }}>
        <NumberSetting form={form} name="smtp_port" label={t('email.port')} />
        <Select
          label={t('email.secure')}
          value={secure === '' ? 'auto' : secure}
          allowDeselect={false}
          data={[
            { value: 'auto', label: t('email.secureAuto') },
            { value: 'true', label: t('email.secureAlways') },
            { value: 'false', label: t('email.secureOffered') },
          ]}
          error={form.problem('smtp_secure')}
          onChange={(value) => form.set('smtp_secure', value === 'auto' ? null : value === 'true')}
        />
      </SimpleGrid>
    </>
  );
}
