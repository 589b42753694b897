import { Button, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { IconBuildingStore, IconPlus, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../components/empty-state';
import { ErrorNote } from '../../components/error-note';
import { PageHeader } from '../../components/page-header';
import { useCall } from '../../use-gateway';
import { AddTenantDialog } from './add-tenant-dialog';
import { TenantTable } from './tenant-table';

/** Below this many tenants nobody has to search. */
const searchFrom = 6;

/** Everybody whose messages the gateway sends. */
export default function TenantsPage() {
  const { t } = useTranslation(['tenants', 'shell']);
  const [search, setSearch] = useState('');
  const [adding, setAdding] = useState(false);
  const list = useCall('tenants.list', {}, { refetchIntervalMs: 30_000 });
  const tenants = list.data?.tenants ?? [];
  const wanted = search.trim().toLocaleLowerCase();
  const found = tenants.filter(({ name, customerId }) =>
    `${name}\n${customerId}`.toLocaleLowerCase().includes(wanted),
  );
  const addButton = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      {t('add.button')}
    </Button>
  );

  return (
    <>
      <PageHeader title={t('title')} hint={t('hint')} actions={tenants.length > 0 ? addButton : undefined} />
      <Stack>
        <ErrorNote title={t('shell:error.load')} error={list.error} onRetry={() => void list.refetch()} />
        {list.isPending && (
          <Stack gap="xs" aria-busy aria-label={t('loading')}>
            {[1, 2, 3, 4].map((row) => (
              <Skeleton key={row} h={56} />
            ))}
          </Stack>
        )}
        {list.data && tenants.length === 0 && (
          <EmptyState
            icon={<IconBuildingStore />}
            title={t('list.empty')}
            text={t('list.emptyText')}
            action={addButton}
          />
        )}
        {(tenants.length >= searchFrom || search !== '') && (
          <TextInput
            w={320}
            type="search"
            aria-label={t('list.search')}
            placeholder={t('list.search')}
            leftSection={<IconSearch size={16} aria-hidden />}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        )}
        {found.length > 0 && <TenantTable tenants={found} />}
        {tenants.length > 0 && (
          <Text size="sm" c="dimmed" role="status">
            {found.length === 0
              ? t('list.noMatchText', { search: search.trim() })
              : t('list.count', { count: found.length })}
          </Text>
        )}
      </Stack>
      <AddTenantDialog opened={adding} onClose={() => setAdding(false)} />
    </>
  );
}
