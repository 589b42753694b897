import { Alert, Button, CloseButton, Group, Paper, Progress, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Operation } from '../../main/contracts/console/parts';
import { useFormats } from '../use-formats';
import { useAction, useGateway } from '../use-gateway';
import { useOperation } from '../use-operation';

type File = NonNullable<Operation['file']>;

/** Saves the file of an operation: a browser fetches it, the desktop asks where to. */
function SaveFile({ file }: { readonly file: File }) {
  const { t } = useTranslation();
  const { door } = useGateway();
  const formats = useFormats();
  const save = useAction('desktop.saveFile');
  const words = t('operation.saveFile', { size: formats.bytes(file.bytes) });
  const icon = <IconDownload size={16} aria-hidden />;
  if (door === 'browser') {
    return (
      <Button
        component="a"
        size="xs"
        leftSection={icon}
        href={`/console/downloads/${encodeURIComponent(file.downloadToken)}`}
        download={file.name}
      >
        {words}
      </Button>
    );
  }
  return (
    <Button
      size="xs"
      leftSection={icon}
      loading={save.isPending}
      onClick={() => save.mutate({ downloadToken: file.downloadToken, name: file.name })}
    >
      {words}
    </Button>
  );
}

/**
 * How far a long operation is, with a way to stop it and what came of it.
 * @param title what is done, such as "Exporting messages"
 */
export function OperationProgress(props: {
  readonly operationId: string;
  readonly title: string;
  /** what is counted, such as "1,200 of 3,400 messages"; without it the bare numbers */
  readonly describe?: (operation: Operation) => string;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const formats = useFormats();
  const cancel = useAction('operations.cancel');
  const operation = useOperation(props.operationId);
  const state = operation?.state ?? 'running';
  const isRunning = state === 'running';
  const amount =
    operation &&
    (props.describe?.(operation) ??
      (operation.total === null
        ? formats.number(operation.done)
        : t('operation.doneOf', {
            done: formats.number(operation.done),
            total: formats.number(operation.total),
          })));
  const percent =
    operation?.total == null || operation.total === 0
      ? undefined
      : Math.min(100, (operation.done / operation.total) * 100);

  return (
    <Paper withBorder p="sm" role="group" aria-label={props.title}>
      <Group justify="space-between" wrap="nowrap" gap="md">
        <Stack gap={2} miw={0} role="status">
          <Group gap={6} wrap="nowrap">
            {state === 'done' && (
              <IconCircleCheck size={18} color="var(--mantine-color-teal-7)" aria-hidden />
            )}
            {state === 'failed' && (
              <IconAlertTriangle size={18} color="var(--mantine-color-error)" aria-hidden />
            )}
            <Text size="sm" fw={600} className="long-text">
              {isRunning ? props.title : t(`operation.${state}`, { title: props.title })}
            </Text>
          </Group>
          {amount !== undefined && (
            <Text size="xs" c="dimmed" className="numbers">
              {amount}
            </Text>
          )}
        </Stack>
        <Group gap="xs" wrap="nowrap">
          {isRunning && (
            <Button
              size="xs"
              variant="default"
              loading={cancel.isPending}
              onClick={() => cancel.mutate({ operationId: props.operationId })}
            >
              {t('action.cancel')}
            </Button>
          )}
          {operation?.file && <SaveFile file={operation.file} />}
          {!isRunning && <CloseButton aria-label={t('action.close')} onClick={props.onClose} />}
        </Group>
      </Group>
      {isRunning && (
        <Progress.Root mt="xs" size="sm">
          <Progress.Section
            value={percent ?? 100}
            animated={percent === undefined}
            striped={percent === undefined}
            aria-label={props.title}
          />
        </Progress.Root>
      )}
      {operation?.error != null && (
        <Text size="sm" c="var(--mantine-color-error)" mt="xs" className="long-text" role="alert">
          {operation.error}
        </Text>
      )}
      {operation?.notes.map((note) => (
        <Alert key={note} mt="xs" p="xs" color="yellow" variant="light">
          {note}
        </Alert>
      ))}
    </Paper>
  );
}
