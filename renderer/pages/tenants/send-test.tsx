import { Alert, Anchor, Button, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconCheck, IconClock, IconSend, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { CallOutput } from '../../../main/contracts/console/console-calls';
import type { ChannelName } from '../../../main/contracts/statuses';
import { ErrorNote } from '../../components/error-note';
import { useFormats } from '../../use-formats';
import { useAction } from '../../use-gateway';
import type { SettingsForm } from './use-settings-form';

/** Sends a real message by the settings in force, and tells how it went. What is not saved yet is saved first. */
export function SendTest(props: {
  readonly form: SettingsForm;
  readonly channel: ChannelName;
  readonly isOn: boolean;
}) {
  const { t } = useTranslation('tenants');
  const { form, channel } = props;
  const { customerId } = form.tenant;
  const [recipient, setRecipient] = useState('');
  const test = useAction('tenants.sendTest', ['tenants.list']);
  const asksForRecipient = channel !== 'webhook';

  if (!props.isOn) {
    return (
      <Text size="sm" c="dimmed">
        {t('test.off')}
      </Text>
    );
  }
  const send = async () => {
    test.reset();
    if (!(await form.save())) return;
    test.mutate({ customerId, channel, ...(asksForRecipient ? { recipient: recipient.trim() } : {}) });
  };
  return (
    <Stack gap="sm">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Group align="flex-end" wrap="nowrap">
          {asksForRecipient && (
            <TextInput
              flex={1}
              maw={360}
              label={channel === 'email' ? t('test.to') : t('test.toPhone')}
              description={channel === 'email' ? t('test.toEmailHint') : t('test.toPhoneHint')}
              type={channel === 'email' ? 'email' : 'tel'}
              value={recipient}
              onChange={(event) => setRecipient(event.currentTarget.value)}
              required
              withAsterisk={false}
            />
          )}
          <Button
            type="submit"
            variant="light"
            leftSection={<IconSend size={16} aria-hidden />}
            loading={test.isPending || form.saving}
          >
            {form.dirty ? t('test.saveFirst') : t('test.button')}
          </Button>
        </Group>
      </form>
      <div aria-live="polite">{test.data && <Outcome result={test.data} customerId={customerId} />}</div>
      <ErrorNote error={test.error} title={t('test.failed')} />
    </Stack>
  );
}

const looks = {
  sent: { color: 'teal', Icon: IconCheck },
  failed: { color: 'red', Icon: IconX },
  pending: { color: 'blue', Icon: IconClock },
  held: { color: 'yellow', Icon: IconClock },
} as const;

function Outcome(props: { readonly result: CallOutput<'tenants.sendTest'>; readonly customerId: string }) {
  const { t } = useTranslation('tenants');
  const formats = useFormats();
  const { status, error, response, deliveryId, durationMs } = props.result;
  const { color, Icon } = looks[status];
  const duration = formats.duration(durationMs);
  return (
    <Alert
      variant="light"
      color={color}
      icon={<Icon aria-hidden />}
      title={t(`test.${status}`, { duration })}
    >
      <Stack gap={6}>
        {error !== null && (
          <Text size="sm" className="long-text">
            {error}
          </Text>
        )}
        {status !== 'sent' && <Text size="sm">{t('test.took', { duration })}</Text>}
        {response !== null && response !== '' && (
          <div>
            <Text size="sm">{t('test.response')}</Text>
            <Code block tabIndex={0} style={{ whiteSpace: 'pre-wrap' }} className="long-text">
              {response}
            </Code>
          </div>
        )}
        {deliveryId !== null && (
          <Anchor
            component={Link}
            to={`/history/${encodeURIComponent(props.customerId)}/${deliveryId}`}
            size="sm"
            c="inherit"
            underline="always"
          >
            {t('test.history')}
          </Anchor>
        )}
      </Stack>
    </Alert>
  );
}
