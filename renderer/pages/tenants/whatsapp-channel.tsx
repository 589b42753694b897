import { Anchor, Fieldset, Radio, SimpleGrid, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { ChannelIcon } from '../../components/channel-icon';
import { Section } from '../../components/section';
import { useCall } from '../../use-gateway';
import { SendTest } from './send-test';
import { FlagSetting, NumberSetting } from './setting-fields';
import type { SettingsForm } from './use-settings-form';

/** WhatsApp: whether, and how fast. The phone itself is linked on the WhatsApp page. */
export function WhatsAppChannel({ form }: { readonly form: SettingsForm }) {
  const { t } = useTranslation('tenants');
  const isOn = form.flag('whatsapp_enabled');
  // Without an office number there is nothing to choose.
  const hasOffice = useCall('gateway.info', {}).data?.hasOfficeNumber === true;
  const isOrderWrong = form.number('whatsapp_max_gap_ms') < form.number('whatsapp_min_gap_ms');
  return (
    <Section
      title={t('whatsapp.title')}
      icon={<ChannelIcon channel="whatsapp" />}
      actions={
        <Anchor component={Link} to="/whatsapp" size="sm">
          {t('whatsapp.link')}
        </Anchor>
      }
    >
      <FlagSetting form={form} name="whatsapp_enabled" label={t('whatsapp.on')} />
      {isOn && (
        <>
          {(hasOffice || form.flag('use_customer_whatsapp')) && (
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
          )}
          <Fieldset
            legend={t('whatsapp.pace')}
            variant="unstyled"
            px={0}
            styles={{ legend: { fontWeight: 500, fontSize: 'var(--mantine-font-size-sm)', padding: 0 } }}
          >
            <Text size="xs" c="dimmed" mb="sm">
              {t('whatsapp.paceHint')}
            </Text>
            <SimpleGrid cols={{ base: 1, sm: 3 }} style={{ alignItems: 'start' }}>
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
          <FlagSetting form={form} name="whatsapp_email_fallback" label={t('whatsapp.fallback')} />
        </>
      )}
      <SendTest form={form} channel="whatsapp" isOn={isOn} />
    </Section>
  );
}
