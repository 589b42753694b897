import { Anchor, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { ChannelIcon } from '../../components/channel-icon';
import { Section } from '../../components/section';
import { SendTest } from './send-test';
import { FlagSetting } from './setting-fields';
import type { SettingsForm } from './use-settings-form';
import { WhatsAppNumberChoice, WhatsAppPace } from './whatsapp-pace';

/** WhatsApp: whether, and how fast. The phone itself is linked on the WhatsApp page. */
export function WhatsAppChannel({ form }: { readonly form: SettingsForm }) {
  const { t } = useTranslation('tenants');
  const isOn = form.flag('whatsapp_enabled');
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
      <Stack gap="md">
        <FlagSetting form={form} name="whatsapp_enabled" label={t('whatsapp.on')} />
        {isOn && (
          <>
            <WhatsAppNumberChoice form={form} />
            <WhatsAppPace form={form} />
            <FlagSetting form={form} name="whatsapp_email_fallback" label={t('whatsapp.fallback')} />
          </>
        )}
        <SendTest form={form} channel="whatsapp" isOn={isOn} />
      </Stack>
    </Section>
  );
}
