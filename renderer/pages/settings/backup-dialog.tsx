import { Button, Code, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../components/error-note';
import { useAction } from '../../use-gateway';

export interface BackupQuestion {
  readonly name: string;
  readonly kind: 'restore' | 'remove';
}

interface BackupDialogProps {
  readonly question: BackupQuestion | undefined;
  readonly onClose: () => void;
}

/** Asks for the name of the backup before anything is lost. */
export function BackupDialog({ question, onClose }: BackupDialogProps) {
  const { t } = useTranslation('settings');
  return (
    <Modal
      opened={question !== undefined}
      onClose={onClose}
      centered
      title={question && t(`backup.${question.kind}Title`)}
    >
      {question && <Confirm question={question} onClose={onClose} />}
    </Modal>
  );
}

function Confirm(props: BackupDialogProps & { readonly question: BackupQuestion }) {
  const { t } = useTranslation(['settings', 'shell']);
  const { name, kind } = props.question;
  const [typed, setTyped] = useState('');
  const restore = useAction('backups.restore', ['operations.list']);
  const remove = useAction('backups.remove', ['backups.list']);
  const isRestore = kind === 'restore';
  const isSure = !isRestore || typed.trim() === name;

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (!isSure) return;
    if (!isRestore) {
      remove.mutate({ name }, { onSuccess: props.onClose });
      return;
    }
    restore.mutate({ name, confirmation: typed.trim() }, { onSuccess: props.onClose });
  }
  return (
    <Stack component="form" onSubmit={submit}>
      <Text>{t(`settings:backup.${kind}Text`)}</Text>
      <Code className="long-text">{name}</Code>
      {isRestore && (
        <TextInput
          label={t('settings:backup.typeName')}
          data-autofocus
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      <ErrorNote error={restore.error ?? remove.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={props.onClose}>
          {t('shell:action.cancel')}
        </Button>
        <Button type="submit" color="red" disabled={!isSure} loading={restore.isPending || remove.isPending}>
          {t(`settings:backup.${kind}`)}
        </Button>
      </Group>
    </Stack>
  );
}
