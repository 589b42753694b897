import { Alert, PasswordInput, SimpleGrid, Stack } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { ChannelIcon } from '../../components/channel-icon';
import { Section } from '../../components/section';
import { MailAccountChoice, MailServerFields } from './mail-account';
import { SendTest } from './send-test';
import { FlagSetting, NumberSetting, TextSetting } from './setting-fields';
import type { SettingsForm } from './use-settings-form';

/** Email: whether, and by whose account. */
export function EmailChannel({ form }: { readonly form: SettingsForm }) {
  const { t } = useTranslation('tenants');
  const isOn = form.flag('email_enabled');
  const isOwn = form.flag('use_customer_smtp');
  return (
    <Section title={t('email.title')} icon={<ChannelIcon channel="email" />}>
      <Stack gap="md">
        <FlagSetting form={form} name="email_enabled" label={t('email.on')} />
        {isOn && (
          <>
            {!form.tenant.canSendEmail && !form.dirty && (
              <Alert variant="light" color="yellow" icon={<IconAlertTriangle aria-hidden />}>
                {t('email.cannot')}
              </Alert>
            )}
            <MailAccountChoice form={form} />
            {isOwn && <OwnAccount form={form} />}
            <Answers form={form} isOwn={isOwn} />
          </>
        )}
        <SendTest form={form} channel="email" isOn={isOn} />
      </Stack>
    </Section>
  );
}

function OwnAccount({ form }: { readonly form: SettingsForm }) {
  const { t } = useTranslation('tenants');
  const isPasswordSet = form.tenant.secretsSet['smtp_password'] === true;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" verticalSpacing="sm" style={{ alignItems: 'start' }}>
      <MailServerFields form={form} />
      <TextSetting form={form} name="smtp_username" label={t('email.username')} />
      <PasswordInput
        label={t('email.password')}
        autoComplete="new-password"
        placeholder={isPasswordSet ? t('email.passwordSet') : t('email.passwordNone')}
        value={form.text('smtp_password')}
        error={form.problem('smtp_password')}
        onChange={(event) => form.set('smtp_password', event.currentTarget.value)}
      />
      <TextSetting form={form} name="smtp_from_email" label={t('email.fromEmail')} type="email" />
      <TextSetting form={form} name="smtp_from_name" label={t('email.fromName')} />
      <FlagSetting
        form={form}
        name="smtp_allow_plaintext_login"
        label={t('email.plaintext')}
        hint={t('email.plaintextHint')}
      />
    </SimpleGrid>
  );
}

/** Who answers go to, who gets copies, and where returned emails are found. */
function Answers({ form, isOwn }: { readonly form: SettingsForm; readonly isOwn: boolean }) {
  const { t } = useTranslation('tenants');
  const isPasswordSet = form.tenant.secretsSet['bounce_imap_password'] === true;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md" verticalSpacing="sm" style={{ alignItems: 'start' }}>
      <TextSetting form={form} name="smtp_reply_to" label={t('email.replyTo')} type="email" />
      <TextSetting form={form} name="smtp_bcc" label={t('email.bcc')} hint={t('email.bccHint')} />
      {isOwn && <TextSetting form={form} name="smtp_ehlo_name" label={t('email.ehloName')} />}
      <TextSetting
        form={form}
        name="bounce_imap_host"
        label={`${t('email.bounces')}: ${t('email.imapHost')}`}
        hint={t('email.bouncesHint')}
      />
      <NumberSetting form={form} name="bounce_imap_port" label={t('email.imapPort')} />
      <TextSetting form={form} name="bounce_imap_username" label={t('email.imapUsername')} />
      <PasswordInput
        label={t('email.imapPassword')}
        autoComplete="new-password"
        placeholder={isPasswordSet ? t('email.passwordSet') : t('email.passwordNone')}
        value={form.text('bounce_imap_password')}
        error={form.problem('bounce_imap_password')}
        onChange={(event) => form.set('bounce_imap_password', event.currentTarget.value)}
      />
    </SimpleGrid>
  );
}
