import { Button, Group, Modal, Paper, Skeleton, Stack, Table, Text, TextInput } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallOutput } from '../../../main/contracts/console/console-calls';
import type { TenantDetail } from '../../../main/contracts/console/tenant-calls';
import { EmptyState } from '../../components/empty-state';
import { ErrorNote } from '../../components/error-note';
import { useFormats } from '../../use-formats';
import { useAction, useCall } from '../../use-gateway';
import { AskDialog } from './ask-dialog';
import { NewKeyNote } from './new-key-note';

type Key = CallOutput<'keys.list'>['keys'][number];

/** Who may speak for the tenant. */
export function KeysTab({ tenant }: { readonly tenant: TenantDetail }) {
  const { t } = useTranslation(['tenants', 'shell']);
  const { customerId } = tenant;
  const list = useCall('keys.list', { customerId });
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<Key>();
  const [showsRevoked, setShowsRevoked] = useState(false);
  const keys = list.data?.keys ?? [];
  const live = keys.filter((key) => key.revokedAt === null);
  const shown = showsRevoked ? keys : live;
  const revokedCount = keys.length - live.length;
  const createButton = (
    <Button
      leftSection={<IconPlus size={16} aria-hidden />}
      style={{ flexShrink: 0 }}
      onClick={() => setCreating(true)}
    >
      {t('keys.create')}
    </Button>
  );
  return (
    <Stack>
      <Group justify="space-between" align="flex-start">
        <Text c="dimmed" maw={620}>
          {t('keys.hint')}
        </Text>
        {live.length > 0 && createButton}
      </Group>
      <ErrorNote title={t('shell:error.load')} error={list.error} onRetry={() => void list.refetch()} />
      {list.isPending && <Skeleton h={140} />}
      {list.data && live.length === 0 && (
        <EmptyState
          icon={<IconKey />}
          title={t('keys.empty')}
          text={t('keys.emptyText')}
          action={createButton}
        />
      )}
      {shown.length > 0 && <KeyTable keys={shown} onRevoke={setRevoking} />}
      {revokedCount > 0 && !showsRevoked && (
        <Button variant="subtle" color="gray" w="fit-content" onClick={() => setShowsRevoked(true)}>
          {t('keys.showRevoked', { count: revokedCount })}
        </Button>
      )}
      <CreateKeyDialog customerId={customerId} opened={creating} onClose={() => setCreating(false)} />
      <RevokeDialog customerId={customerId} apiKey={revoking} onClose={() => setRevoking(undefined)} />
    </Stack>
  );
}

function KeyTable(props: { readonly keys: readonly Key[]; readonly onRevoke: (key: Key) => void }) {
  const { t } = useTranslation('tenants');
  const formats = useFormats();
  return (
    <Paper withBorder>
      <Table.ScrollContainer minWidth={560} type="native" tabIndex={0}>
        <Table verticalSpacing="sm" horizontalSpacing="md" aria-label={t('keys.title')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('keys.colName')}</Table.Th>
              <Table.Th>{t('keys.colKey')}</Table.Th>
              <Table.Th>{t('keys.colCreated')}</Table.Th>
              <Table.Th>{t('keys.colUsed')}</Table.Th>
              <Table.Th ta="right">{t('keys.colAction')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {props.keys.map((key) => {
              const name = key.name ?? t('keys.unnamed');
              return (
                <Table.Tr key={key.id} c={key.revokedAt === null ? undefined : 'dimmed'}>
                  <Table.Td className="long-text" fw={500}>
                    {name}
                  </Table.Td>
                  <Table.Td ff="monospace">{key.prefix}…</Table.Td>
                  <Table.Td>{formats.dateTime(key.createdAt)}</Table.Td>
                  <Table.Td>
                    {key.lastUsedAt === null ? t('keys.never') : formats.relative(key.lastUsedAt)}
                  </Table.Td>
                  <Table.Td ta="right">
                    {key.revokedAt === null ? (
                      <Button
                        size="xs"
                        variant="default"
                        aria-label={t('keys.revokeLabel', { name })}
                        onClick={() => props.onRevoke(key)}
                      >
                        {t('keys.revoke')}
                      </Button>
                    ) : (
                      t('keys.revoked', { when: formats.relative(key.revokedAt) })
                    )}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  );
}

function CreateKeyDialog(props: {
  readonly customerId: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation(['tenants', 'shell']);
  const { customerId } = props;
  const [name, setName] = useState('');
  const create = useAction('keys.create', ['keys.list']);
  const close = () => {
    props.onClose();
    setName('');
    create.reset();
  };
  return (
    <Modal
      opened={props.opened}
      onClose={close}
      closeOnClickOutside={!create.data}
      closeOnEscape={!create.data}
      title={create.data ? t('keys.createdTitle') : t('keys.create')}
      size={create.data ? 'xl' : 'md'}
      centered
      closeButtonProps={{ 'aria-label': t('shell:action.close') }}
      styles={{ title: { fontWeight: 600 } }}
    >
      {create.data ? (
        <Stack>
          <NewKeyNote customerId={customerId} apiKey={create.data.key} />
          <Group justify="flex-end">
            <Button onClick={close}>{t('add.done')}</Button>
          </Group>
        </Stack>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate({ customerId, ...(name.trim() === '' ? {} : { name: name.trim() }) });
          }}
        >
          <Stack>
            <TextInput
              label={t('keys.name')}
              description={t('keys.nameHint')}
              value={name}
              maxLength={100}
              onChange={(event) => setName(event.currentTarget.value)}
              data-autofocus
            />
            <ErrorNote error={create.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={close} disabled={create.isPending}>
                {t('shell:action.cancel')}
              </Button>
              <Button type="submit" loading={create.isPending}>
                {t('keys.create')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function RevokeDialog(props: {
  readonly customerId: string;
  readonly apiKey: Key | undefined;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation('tenants');
  const { customerId, apiKey } = props;
  const revoke = useAction('keys.revoke', ['keys.list']);
  const close = () => {
    revoke.reset();
    props.onClose();
  };
  return (
    <AskDialog
      opened={apiKey !== undefined}
      title={t('keys.revokeTitle')}
      confirm={t('keys.revoke')}
      busy={revoke.isPending}
      onConfirm={() => {
        if (apiKey) revoke.mutate({ customerId, id: apiKey.id }, { onSuccess: close });
      }}
      onClose={close}
    >
      <Text className="long-text">
        {t('keys.revokeText', { name: apiKey?.name ?? t('keys.unnamed'), prefix: apiKey?.prefix ?? '' })}
      </Text>
      <ErrorNote error={revoke.error} />
    </AskDialog>
  );
}
