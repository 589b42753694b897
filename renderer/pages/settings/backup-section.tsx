import { ActionIcon, Button, Group, Menu, Skeleton, Stack, Switch, Table, Text } from '@mantine/core';
import { IconDots, IconRestore, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallOutput } from '../../../main/contracts/console/console-calls';
import { ErrorNote } from '../../components/error-note';
import { OperationProgress } from '../../components/operation-progress';
import { Section } from '../../components/section';
import { useFormats } from '../../use-formats';
import { useAction, useCall, useGateway } from '../../use-gateway';
import { BackupDialog, type BackupQuestion } from './backup-dialog';
import { DownloadBackup } from './download-backup';
import { RestoreProgress } from './restore-progress';

type Backup = CallOutput<'backups.list'>['backups'][number];

/** Copies of everything: made, saved elsewhere, brought back. */
export function BackupSection() {
  const { t } = useTranslation('settings');
  const { entryPoint } = useGateway();
  const backups = useCall('backups.list', {});
  const create = useAction('backups.create', ['operations.list']);
  const bringIn = useAction('desktop.importBackup', ['backups.list']);
  const [withSecrets, setWithSecrets] = useState(false);
  const [question, setQuestion] = useState<BackupQuestion>();
  return (
    <Section title={t('backup.title')} hint={t('backup.hint')}>
      <Stack gap="md">
        <Switch
          label={t('backup.withSecrets')}
          description={t('backup.withSecretsHint')}
          checked={withSecrets}
          onChange={(event) => setWithSecrets(event.currentTarget.checked)}
        />
        <Group>
          <Button onClick={() => create.mutate({ withSecrets })} loading={create.isPending}>
            {t('backup.create')}
          </Button>
          {entryPoint === 'desktop' && (
            <Button variant="default" onClick={() => bringIn.mutate({})} loading={bringIn.isPending}>
              {t('backup.import')}
            </Button>
          )}
        </Group>
        <ErrorNote error={create.error ?? bringIn.error} />
        <OperationProgress
          operationId={create.data?.operationId}
          label={t('backup.creating')}
          doneText={t('backup.created')}
          onEnd={() => void backups.refetch()}
          onClose={() => create.reset()}
        />
        <RestoreProgress />
        <ErrorNote error={backups.error} onRetry={() => void backups.refetch()} />
        {backups.data ? (
          <BackupTable backups={backups.data.backups} folder={backups.data.folder} onAsk={setQuestion} />
        ) : (
          !backups.isError && <Skeleton h={120} />
        )}
      </Stack>
      <BackupDialog question={question} onClose={() => setQuestion(undefined)} />
    </Section>
  );
}

/** A time and a size are one thing each; the name gives way. */
const oneLine = { whiteSpace: 'nowrap' } as const;

interface BackupTableProps {
  readonly backups: readonly Backup[];
  readonly folder: string;
  readonly onAsk: (question: BackupQuestion) => void;
}

function BackupTable({ backups, folder, onAsk }: BackupTableProps) {
  const { t } = useTranslation('settings');
  const format = useFormats();
  if (backups.length === 0) return <Text c="dimmed">{t('backup.none')}</Text>;
  return (
    <>
      <Table.ScrollContainer minWidth={560} type="native">
        <Table className="numbers" verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t('backup.when')}</Table.Th>
              <Table.Th scope="col">{t('backup.name')}</Table.Th>
              <Table.Th scope="col" ta="right">
                {t('backup.size')}
              </Table.Th>
              <Table.Td />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {backups.map(({ name, bytes, createdAt }) => (
              <Table.Tr key={name}>
                <Table.Td style={oneLine}>{format.dateTime(createdAt)}</Table.Td>
                <Table.Td className="long-text">{name}</Table.Td>
                <Table.Td ta="right" style={oneLine}>
                  {format.bytes(bytes)}
                </Table.Td>
                <Table.Td>
                  <Group gap={4} justify="flex-end" wrap="nowrap">
                    <DownloadBackup name={name} />
                    <Menu position="bottom-end">
                      <Menu.Target>
                        <ActionIcon variant="subtle" color="gray" aria-label={t('backup.more', { name })}>
                          <IconDots size={18} aria-hidden />
                        </ActionIcon>
                      </Menu.Target>
                      <Menu.Dropdown>
                        <Menu.Item
                          leftSection={<IconRestore size={16} stroke={1.7} aria-hidden />}
                          onClick={() => onAsk({ name, kind: 'restore' })}
                        >
                          {t('backup.restore')}
                        </Menu.Item>
                        <Menu.Item
                          color="red"
                          leftSection={<IconTrash size={16} stroke={1.7} aria-hidden />}
                          onClick={() => onAsk({ name, kind: 'remove' })}
                        >
                          {t('backup.remove')}
                        </Menu.Item>
                      </Menu.Dropdown>
                    </Menu>
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Text size="sm" c="dimmed" className="long-text">
        {t('backup.folder', { folder })}
      </Text>
    </>
  );
}
