import { Button, Chip, Group, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { IconBuildingStore, IconPlus, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { EmptyState } from '../../components/empty-state';
import { ErrorNote } from '../../components/error-note';
import { PageHeader } from '../../components/page-header';
import { useCall } from '../../use-gateway';
import { useMay } from '../../use-role';
import { AddTenantDialog } from './add-tenant-dialog';
import { countViews, listTenants, tenantViews } from './list-tenants';
import { PauseBar } from './pause-bar';
import { TenantTable } from './tenant-table';
import { useTenantChoice } from './use-tenant-choice';

/** Below this many tenants nobody has to search. */
const searchFrom = 6;

/** Everybody whose messages the gateway sends. */
export default function TenantsPage() {
  const { t } = useTranslation(['tenants', 'shell']);
  const [params, setParams] = useSearchParams();
  const { choice, choose } = useTenantChoice();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const list = useCall('tenants.list', {}, { refetchIntervalMs: 30_000 });
  const tenants = list.data?.tenants ?? [];
  const found = listTenants(tenants, choice);
  const isAdding = params.has('add');
  const setAdding = (on: boolean) => setParams(on ? { add: '' } : {}, { replace: true });
  const mayAdd = useMay('tenants.add');
  const addButton = mayAdd && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      {t('add.button')}
    </Button>
  );
  const counts = countViews(tenants);

  return (
    <>
      <PageHeader title={t('title')} hint={t('hint')} actions={tenants.length > 0 && addButton} />
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
        {tenants.length > 1 && (
          <Group justify="space-between">
            <Chip.Group value={choice.view} onChange={(view) => choose({ view: view })}>
              <Group gap="xs" role="radiogroup" aria-label={t('list.views')}>
                {tenantViews.map((view) => (
                  <Chip key={view} value={view} size="sm" variant="outline">
                    {t(`list.view.${view}`, { count: counts[view] })}
                  </Chip>
                ))}
              </Group>
            </Chip.Group>
            {(tenants.length >= searchFrom || choice.search !== '') && (
              <TextInput
                w={{ base: '100%', sm: 260 }}
                type="search"
                aria-label={t('list.search')}
                placeholder={t('list.search')}
                leftSection={<IconSearch size={16} aria-hidden />}
                value={choice.search}
                onChange={(event) => choose({ search: event.currentTarget.value })}
              />
            )}
          </Group>
        )}
        <PauseBar
          tenants={found.filter(({ customerId }) => chosen.has(customerId))}
          onDone={() => setChosen(new Set())}
        />
        {found.length > 0 && (
          <TenantTable
            tenants={found}
            choice={choice}
            onChoice={choose}
            chosen={chosen}
            onChosen={setChosen}
          />
        )}
        {tenants.length > 0 && (
          <Text size="sm" c="dimmed" role="status">
            {found.length > 0
              ? t('list.count', { count: found.length })
              : choice.search.trim() === ''
                ? t('list.noneInView')
                : t('list.noMatchText', { search: choice.search.trim() })}
          </Text>
        )}
      </Stack>
      <AddTenantDialog opened={isAdding && mayAdd} onClose={() => setAdding(false)} />
    </>
  );
}
