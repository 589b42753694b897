import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconHelp, IconSend2, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { DeliveryDetail } from '../../../main/contracts/console/history-calls';
import { ErrorNote } from '../../components/error-note';
import { useAction } from '../../use-gateway';
import { useMay } from '../../use-role';

type Target = Pick<DeliveryDetail, 'customerId' | 'id' | 'recipient'>;

/** Sends a failed message again, or one that waits at once. */
export function RetryButton({ delivery }: { readonly delivery: Target }) {
  const { t } = useTranslation('history');
  const { t: shell } = useTranslation();
  const retry = useAction('history.retry', ['history.get', 'history.count']);
  if (!useMay('history.retry')) return null;
  return (
    <Button
      leftSection={<IconSend2 size={16} stroke={1.6} aria-hidden />}
      loading={retry.isPending}
      onClick={() =>
        retry.mutate(
          { customerId: delivery.customerId, id: delivery.id },
          {
            onSuccess: () => notifications.show({ message: t('delivery.retried'), color: 'teal' }),
            onError: (error) =>
              notifications.show({ title: shell('error.title'), message: error.message, color: 'red' }),
          },
        )
      }
    >
      {t('delivery.retry')}
    </Button>
  );
}

/** Gives up a message that waits. */
export function CancelButton({ delivery }: { readonly delivery: Target }) {
  const { t } = useTranslation('history');
  const { t: shell } = useTranslation();
  const cancel = useAction('history.cancelChosen', ['history.get', 'history.count']);
  if (!useMay('history.cancelChosen')) return null;
  return (
    <Button
      variant="default"
      leftSection={<IconX size={16} stroke={1.6} aria-hidden />}
      loading={cancel.isPending}
      onClick={() =>
        cancel.mutate(
          { deliveries: [{ customerId: delivery.customerId, id: delivery.id }] },
          {
            onSuccess: ({ done }) =>
              notifications.show(
                done === 1
                  ? { message: t('chosen.cancelled', { count: 1 }), color: 'teal' }
                  : { message: t('chosen.skipped', { count: 1 }), color: 'yellow' },
              ),
            onError: (error) =>
              notifications.show({ title: shell('error.title'), message: error.message, color: 'red' }),
          },
        )
      }
    >
      {t('delivery.cancel')}
    </Button>
  );
}

/** Nobody knows whether the message left: a person finds out, and says so here. */
export function ResolvePanel({ delivery }: { readonly delivery: Target }) {
  const { t } = useTranslation('history');
  const resolve = useAction('history.resolve', ['history.get', 'history.count']);
  const mayResolve = useMay('history.resolve');
  const choices = [
    { action: 'resend', text: 'resolve.resend', hint: 'resolve.resendHint' },
    { action: 'close', text: 'resolve.close', hint: 'resolve.closeHint' },
  ] as const;
  return (
    <Alert
      color="orange"
      variant="light"
      icon={<IconHelp aria-hidden />}
      title={t('resolve.title')}
      role="group"
      aria-label={t('resolve.title')}
    >
      <Stack gap="sm">
        <Text size="sm">{t('resolve.text')}</Text>
        <Text size="sm" className="long-text">
          {t('resolve.how', { recipient: delivery.recipient })}
        </Text>
        {!mayResolve && <Text size="sm">{t('resolve.byStaff')}</Text>}
        {(mayResolve ? choices : []).map(({ action, text, hint }) => (
          <Group key={action} gap="md" wrap="nowrap">
            <Button
              variant="default"
              miw={150}
              style={{ flexShrink: 0 }}
              aria-describedby={`resolve-${action}`}
              loading={resolve.isPending && resolve.variables.action === action}
              disabled={resolve.isPending}
              onClick={() => resolve.mutate({ customerId: delivery.customerId, id: delivery.id, action })}
            >
              {t(text)}
            </Button>
            <Text size="sm" id={`resolve-${action}`}>
              {t(hint)}
            </Text>
          </Group>
        ))}
        <ErrorNote error={resolve.error} />
      </Stack>
    </Alert>
  );
}
