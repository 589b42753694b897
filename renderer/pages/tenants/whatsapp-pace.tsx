import { Fieldset, Radio, SimpleGrid, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../use-gateway';
import { NumberSetting } from './setting-fields';
import { textInForce, type SettingFields } from './setting-types';

interface FormProps {
  readonly form: SettingFields;
}

/** By which number messages leave. Without an office number there is nothing to choose. */
export function WhatsAppNumberChoice({ form }: FormProps) {
  const { t } = useTranslation('tenants');
  const hasOffice = useCall('gateway.info', {}).data?.hasOfficeNumber === true;
  if (!hasOffice && !form.flag('use_customer_whatsapp')) return null;
  return (
    <Radio.Group
      label={t('whatsapp.number')}
      description={t('whatsapp.numberHint')}
      value={form.flag('use_customer_whatsapp') ? 'own' : 'office'}
      onChange={(value) => form.set('use_customer_whatsapp', value === 'own')}
    >
      <Stack gap="xs" mt="xs">
        <Radio value="office" label={t('whatsapp.office')} />
        <Radio value="own" label={t('whatsapp.own')} />
      </Stack>
    </Radio.Group>
  );
}

/** How fast WhatsApp messages leave. */
export function WhatsAppPace({ form }: FormProps) {
  const { t } = useTranslation('tenants');
  const isOrderWrong =
    Number(textInForce(form, 'whatsapp_max_gap_ms')) < Number(textInForce(form, 'whatsapp_min_gap_ms'));
  return (
    <Fieldset
      legend={t('whatsapp.pace')}
      variant="unstyled"
      px={0}
      mx={0}
      styles={{ legend: { fontWeight: 500, fontSize: 'var(--mantine-font-size-sm)', padding: 0 } }}
    >
      <Text size="xs" c="dimmed" mb="sm">
        {t('whatsapp.paceHint')}
      </Text>
      <SimpleGrid type="container" cols={{ base: 1, '640px': 3 }} style={{ alignItems: 'start' }}>
        <NumberSetting
          form={form}
          name="whatsapp_min_gap_ms"
          label={t('whatsapp.minGap')}
          unit={1_000}
          suffix={t('whatsapp.seconds')}
        />
        <NumberSetting
          form={form}
          name="whatsapp_max_gap_ms"
          label={t('whatsapp.maxGap')}
          unit={1_000}
          suffix={t('whatsapp.seconds')}
          error={isOrderWrong ? t('whatsapp.gapOrder') : undefined}
        />
        <NumberSetting
          form={form}
          name="whatsapp_new_contacts_per_day"
          label={t('whatsapp.newContacts')}
          hint={t('whatsapp.newContactsHint')}
        />
      </SimpleGrid>
    </Fieldset>
  );
}
