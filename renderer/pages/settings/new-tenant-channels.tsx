import { SimpleGrid, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ChannelIcon } from '../../components/channel-icon';
import { Section } from '../../components/section';
import { MailAccountChoice, MailServerFields } from '../tenants/mail-account';
import { FlagSetting, TextSetting } from '../tenants/setting-fields';
import type { SettingFields } from '../tenants/setting-types';
import { WhatsAppNumberChoice, WhatsAppPace } from '../tenants/whatsapp-pace';

interface FormProps {
  readonly form: SettingFields;
}

/** Email without what is each tenant's own: its login, its sender's address, its mailbox. */
export function NewTenantEmail({ form }: FormProps) {
  const { t } = useTranslation(['tenants', 'settings']);
  return (
    <Section title={t('tenants:email.title')} icon={<ChannelIcon channel="email" />}>
      <Stack gap="md">
        <FlagSetting form={form} name="email_enabled" label={t('tenants:email.on')} />
        {form.flag('email_enabled') && (
          <>
            <MailAccountChoice form={form} />
            {form.flag('use_customer_smtp') && (
              <>
                <Text size="sm" c="dimmed">
                  {t('settings:newTenants.ownAccount')}
                </Text>
                <SimpleGrid
                  type="container"
                  cols={{ base: 1, '560px': 2 }}
                  spacing="md"
                  style={{ alignItems: 'start' }}
                >
                  <MailServerFields form={form} />
                </SimpleGrid>
                <FlagSetting
                  form={form}
                  name="smtp_allow_plaintext_login"
                  label={t('tenants:email.plaintext')}
                  hint={t('tenants:email.plaintextHint')}
                />
              </>
            )}
            <TextSetting
              form={form}
              name="smtp_bcc"
              label={t('tenants:email.bcc')}
              hint={t('tenants:email.bccHint')}
            />
          </>
        )}
      </Stack>
    </Section>
  );
}

export function NewTenantWhatsApp({ form }: FormProps) {
  const { t } = useTranslation('tenants');
  return (
    <Section title={t('whatsapp.title')} icon={<ChannelIcon channel="whatsapp" />}>
      <Stack gap="md">
        <FlagSetting form={form} name="whatsapp_enabled" label={t('whatsapp.on')} />
        {form.flag('whatsapp_enabled') && (
          <>
            <WhatsAppNumberChoice form={form} />
            <WhatsAppPace form={form} />
            <FlagSetting form={form} name="whatsapp_email_fallback" label={t('whatsapp.fallback')} />
          </>
        )}
      </Stack>
    </Section>
  );
}
