import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconSend2, IconX } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallOutput } from '../../../main/contracts/console/console-calls';
import type { HistoryRow } from '../../../main/contracts/console/history-calls';
import { ErrorNote } from '../../components/error-note';
import { useGateway } from '../../use-gateway';

/** The gateway takes so many at once. */
const mostAtOnce = 500;

/** What can be done with the rows whose boxes are ticked. */
export function ChosenBar(props: { readonly chosen: readonly HistoryRow[]; readonly clear: () => void }) {
  const { chosen, clear } = props;
  const { t } = useTranslation('history');
  const { t: shell } = useTranslation();
  const client = useGateway();
  const [isAsking, setAsking] = useState(false);
  const sendable = chosen.filter(({ status }) => status === 'failed' || status === 'pending');
  const waiting = chosen.filter(({ status }) => status === 'pending' || status === 'held');

  const change = useMutation<CallOutput<'history.retryChosen'>, Error, 'retry' | 'cancel'>({
    async mutationFn(kind) {
      const name = kind === 'retry' ? 'history.retryChosen' : 'history.cancelChosen';
      const rows = kind === 'retry' ? sendable : waiting;
      let [done, skipped] = [0, 0];
      for (let from = 0; from < rows.length; from += mostAtOnce) {
        const deliveries = rows
          .slice(from, from + mostAtOnce)
          .map(({ customerId, id }) => ({ customerId, id }));
        const answer = await client.call(name, { deliveries });
        done += answer.done;
        skipped += answer.skipped;
      }
      return { done, skipped };
    },
    onSuccess({ done, skipped }, kind) {
      const words = [
        t(`chosen.${kind === 'retry' ? 'retried' : 'cancelled'}`, { count: done }),
        ...(skipped === 0 ? [] : [t('chosen.skipped', { count: skipped })]),
      ];
      notifications.show({ message: words.join(' '), color: 'teal' });
      setAsking(false);
      clear();
    },
  });

  return (
    <Group gap="xs" role="group" aria-label={t('chosen.label')} mih={28}>
      <Text size="sm" fw={600} role="status">
        {t('chosen.amount', { count: chosen.length })}
      </Text>
      {sendable.length > 0 && (
        <Button
          size="compact-sm"
          variant="default"
          loading={change.isPending && change.variables === 'retry'}
          leftSection={<IconSend2 size={14} aria-hidden />}
          onClick={() => change.mutate('retry')}
        >
          {t('chosen.retry', { count: sendable.length })}
        </Button>
      )}
      {waiting.length > 0 && (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconX size={14} aria-hidden />}
          onClick={() => {
            change.reset();
            setAsking(true);
          }}
        >
          {t('chosen.cancel', { count: waiting.length })}
        </Button>
      )}
      <Button size="compact-sm" variant="subtle" onClick={clear}>
        {t('chosen.clear')}
      </Button>
      {!isAsking && change.error && <ErrorNote error={change.error} />}
      {isAsking && (
        <Modal
          opened
          centered
          onClose={() => setAsking(false)}
          title={t('chosen.cancelTitle')}
          closeButtonProps={{ 'aria-label': shell('action.close') }}
        >
          <Stack>
            <Text>{t('chosen.cancelAsk', { count: waiting.length })}</Text>
            <ErrorNote error={change.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setAsking(false)}>
                {t('chosen.keep')}
              </Button>
              <Button
                color="red"
                data-autofocus
                loading={change.isPending}
                onClick={() => change.mutate('cancel')}
              >
                {t('chosen.cancel', { count: waiting.length })}
              </Button>
            </Group>
          </Stack>
        </Modal>
      )}
    </Group>
  );
}
