import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { IconFileSpreadsheet, IconSend2 } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { HistoryFilter } from '../../../main/contracts/console/history-calls';
import { ErrorNote } from '../../components/error-note';
import { useFormats } from '../../use-formats';
import { callKey, useAction, useCall } from '../../use-gateway';
import { useMay } from '../../use-role';

export type ListOperation = 'replay' | 'export';

/** The failed ones of a filter; undefined when it leaves none. */
function failedOnly(filter: HistoryFilter): HistoryFilter | undefined {
  if (filter.status && !filter.status.includes('failed')) return undefined;
  return { ...filter, status: ['failed'] };
}

function ReplayDialog(props: {
  readonly filter: HistoryFilter;
  readonly onClose: () => void;
  readonly onStarted: (operationId: string) => void;
}) {
  const { t } = useTranslation('history');
  const { t: shell } = useTranslation();
  const formats = useFormats();
  const failed = failedOnly(props.filter);
  const counted = useCall('history.count', { filter: failed ?? {} }, { enabled: failed !== undefined });
  const replay = useAction('history.replay', ['history.count', 'operations.list']);
  // What was counted a moment ago may have been sent meanwhile.
  const count = failed ? (counted.isFetching ? undefined : counted.data?.count) : 0;
  const words =
    count === undefined
      ? t('replay.counting')
      : count === 0
        ? t('replay.none')
        : counted.data?.more === true
          ? t('replay.askMore', { number: formats.number(count) })
          : t('replay.ask', { count, number: formats.number(count) });
  return (
    <Modal
      opened
      onClose={props.onClose}
      title={t('replay.title')}
      centered
      closeButtonProps={{ 'aria-label': shell('action.close') }}
    >
      <Stack>
        <Text role="status">{words}</Text>
        {count !== 0 && (
          <Text size="sm" c="dimmed">
            {t('replay.hint')}
          </Text>
        )}
        <ErrorNote
          error={counted.error ?? replay.error}
          onRetry={counted.error ? () => void counted.refetch() : undefined}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onClose}>
            {shell(count === 0 ? 'action.close' : 'action.cancel')}
          </Button>
          {count !== 0 && (
            <Button
              data-autofocus
              disabled={!failed || count === undefined}
              loading={replay.isPending}
              onClick={() =>
                failed &&
                replay.mutate(
                  { filter: failed },
                  { onSuccess: ({ operationId }) => props.onStarted(operationId) },
                )
              }
            >
              {t('replay.start')}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

/** What can be done with all that fits the filter. */
export function HistoryActions(props: {
  readonly filter: HistoryFilter;
  readonly onStarted: (kind: ListOperation, operationId: string) => void;
}) {
  const { filter, onStarted } = props;
  const { t } = useTranslation('history');
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const mayReplay = useMay('history.replay');
  const exportCsv = useAction('history.export', ['operations.list']);
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconFileSpreadsheet size={16} stroke={1.6} aria-hidden />}
        loading={exportCsv.isPending}
        onClick={() =>
          exportCsv.mutate({ filter }, { onSuccess: ({ operationId }) => onStarted('export', operationId) })
        }
      >
        {t('export.button')}
      </Button>
      {mayReplay && (
        <Button
          variant="default"
          leftSection={<IconSend2 size={16} stroke={1.6} aria-hidden />}
          onClick={() => {
            void queries.invalidateQueries({ queryKey: callKey('history.count') });
            setAsking(true);
          }}
        >
          {t('replay.button')}
        </Button>
      )}
      {exportCsv.error && (
        <Modal opened onClose={() => exportCsv.reset()} title={t('export.button')} centered>
          <ErrorNote error={exportCsv.error} />
        </Modal>
      )}
      {isAsking && (
        <ReplayDialog
          filter={filter}
          onClose={() => setAsking(false)}
          onStarted={(operationId) => {
            setAsking(false);
            onStarted('replay', operationId);
          }}
        />
      )}
    </>
  );
}
