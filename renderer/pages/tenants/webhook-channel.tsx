/// <reference lib="dom" />
import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ChannelIcon } from '../../components/channel-icon';
import { CopyField } from '../../components/copy-field';
import { Section } from '../../components/section';
import { SendTest } from './send-test';
import { FlagSetting, TextSetting } from './setting-fields';
import type { SettingsForm } from './use-settings-form';

/** 24 bytes in base64 behind `whsec_`, as Standard Webhooks has them. */
function makeSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}

/** The webhook: where every event is reported to, and how that is signed. */
export function WebhookChannel({ form }: { readonly form: SettingsForm }) {
  const { t } = useTranslation('tenants');
  const isOn = form.flag('webhook_enabled');
  return (
    <Section title={t('webhook.title')} icon={<ChannelIcon channel="webhook" />}>
      <Stack gap="md">
        <FlagSetting form={form} name="webhook_enabled" label={t('webhook.on')} />
        {isOn && (
          <>
            <TextSetting
              form={form}
              name="webhook_url"
              label={t('webhook.url')}
              hint={t('webhook.urlHint')}
              type="url"
            />
            <SigningSecret form={form} />
          </>
        )}
        <SendTest form={form} channel="webhook" isOn={isOn} />
      </Stack>
    </Section>
  );
}

function SigningSecret({ form }: { readonly form: SettingsForm }) {
  const { t } = useTranslation('tenants');
  const [made, setMade] = useState<string>();
  const isSet = form.tenant.secretsSet['webhook_secret'] === true;
  const typed = form.text('webhook_secret');
  if (made !== undefined && typed === made) {
    return (
      <CopyField
        label={t('webhook.secret')}
        hint={t('webhook.secretNew')}
        value={made}
        copyLabel={t('webhook.copySecret')}
      />
    );
  }
  return (
    <div>
      <Group align="flex-end" wrap="nowrap">
        <PasswordInput
          flex={1}
          label={t('webhook.secret')}
          autoComplete="new-password"
          value={typed}
          error={form.problem('webhook_secret')}
          onChange={(event) => form.set('webhook_secret', event.currentTarget.value)}
        />
        <Button
          variant="default"
          onClick={() => {
            const secret = makeSecret();
            setMade(secret);
            form.set('webhook_secret', secret);
          }}
        >
          {t('webhook.generate')}
        </Button>
      </Group>
      <Text size="sm" c="dimmed" mt={4}>
        {isSet ? t('webhook.secretSet') : t('webhook.secretNone')}
      </Text>
    </div>
  );
}
