import { Alert, Button, Group, Progress, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconBan, IconCheck } from '@tabler/icons-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Operation } from '../../main/contracts/console/parts';
import { useFormats } from '../use-formats';
import { useAction } from '../use-gateway';
import { useOperation } from '../use-operation';
import { SaveFileButton } from './save-file-button';

interface OperationProgressProps {
  /** what a call answered with; nothing is shown while it is undefined */
  readonly operationId: string | undefined;
  /** what is being done: "Making a backup" */
  readonly label: string;
  /** said when it is done: "The backup is ready." */
  readonly doneText: string;
  /** false: it cannot be stopped halfway */
  readonly canCancel?: boolean;
  /** once, when it is over in whichever way */
  readonly onEnd?: (operation: Operation) => void;
  /** puts the result away; without it the result stays */
  readonly onClose?: () => void;
  /** beside the result */
  readonly actions?: ReactNode;
}

/** How far an operation is, with a way to stop it; then what came of it, with its file. */
export function OperationProgress(props: OperationProgressProps) {
  const operation = useOperation(props.operationId);
  const told = useRef<string>(undefined);
  const { onEnd } = props;
  useEffect(() => {
    if (!operation || operation.state === 'running' || told.current === operation.id) return;
    told.current = operation.id;
    onEnd?.(operation);
  }, [operation, onEnd]);

  if (props.operationId === undefined) return null;
  return !operation || operation.state === 'running' ? (
    <Running operation={operation} label={props.label} canCancel={props.canCancel ?? true} />
  ) : (
    <Ended {...props} operation={operation} />
  );
}

function Running({
  operation,
  label,
  canCancel,
}: {
  readonly operation: Operation | undefined;
  readonly label: string;
  readonly canCancel: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormats();
  const cancel = useAction('operations.cancel');
  const done = operation?.done ?? 0;
  const total = operation?.total ?? null;
  const percent = total === null || total === 0 ? null : Math.min(100, (done / total) * 100);
  return (
    <Stack gap={6}>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{label}</Text>
        <Group gap="sm" wrap="nowrap">
          <Text size="sm" c="dimmed" className="numbers">
            {total === null
              ? done > 0 && format.number(done)
              : t('operation.of', { done: format.number(done), total: format.number(total) })}
          </Text>
          {canCancel && (
            <Button
              size="compact-sm"
              variant="subtle"
              color="gray"
              disabled={!operation}
              loading={cancel.isPending || cancel.isSuccess}
              onClick={() => operation && cancel.mutate({ operationId: operation.id })}
            >
              {t('action.cancel')}
            </Button>
          )}
        </Group>
      </Group>
      <Progress.Root size="md">
        <Progress.Section
          value={percent ?? 100}
          animated={percent === null}
          striped={percent === null}
          aria-label={label}
          {...(percent === null ? { 'aria-valuenow': undefined } : {})}
        />
      </Progress.Root>
    </Stack>
  );
}

const looks = {
  done: { color: 'teal', Icon: IconCheck },
  failed: { color: 'red', Icon: IconAlertTriangle },
  cancelled: { color: 'gray', Icon: IconBan },
} as const;

function Ended({
  operation,
  doneText,
  onClose,
  actions,
}: OperationProgressProps & { readonly operation: Operation }) {
  const { t } = useTranslation();
  const format = useFormats();
  const state = operation.state === 'running' ? 'done' : operation.state;
  const { color, Icon } = looks[state];
  const text =
    state === 'done' ? doneText : state === 'failed' ? (operation.error ?? '') : t('operation.cancelled');
  return (
    <Alert
      variant="light"
      color={color}
      role={state === 'failed' ? 'alert' : 'status'}
      icon={<Icon aria-hidden />}
      title={state === 'failed' ? t('error.title') : undefined}
      withCloseButton={onClose !== undefined}
      closeButtonLabel={t('action.close')}
      onClose={onClose}
    >
      <Stack gap="xs">
        <Text size="sm" className="long-text">
          {text}
        </Text>
        {operation.notes.map((note) => (
          <Text key={note} size="sm" c="dimmed" className="long-text">
            {note}
          </Text>
        ))}
        {(operation.file ?? actions) && (
          <Group gap="sm">
            {operation.file && (
              <SaveFileButton
                name={operation.file.name}
                downloadToken={operation.file.downloadToken}
                size="xs"
              />
            )}
            {operation.file && (
              <Text size="sm" c="dimmed" className="long-text">
                {`${operation.file.name} · ${format.bytes(operation.file.bytes)}`}
              </Text>
            )}
            {actions}
          </Group>
        )}
      </Stack>
    </Alert>
  );
}
