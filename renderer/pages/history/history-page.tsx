import { Alert, Button, Center, Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconFilterOff, IconInbox, IconPlugConnectedX, IconZoomQuestion } from '@tabler/icons-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { HistoryRow } from '../../../main/contracts/console/history-calls';
import { reachesRole } from '../../../main/contracts/console/roles';
import { EmptyState } from '../../components/empty-state';
import { ErrorNote } from '../../components/error-note';
import { PageHeader } from '../../components/page-header';
import { useFormats } from '../../use-formats';
import { useCall } from '../../use-gateway';
import { useMe } from '../../use-role';
import { ChosenBar } from './chosen-bar';
import { FilterBar } from './filter-bar';
import { HistoryActions } from './history-actions';
import { isFiltered, writeFilter } from './history-address';
import classes from './history-page.module.css';
import { HistoryTable } from './history-table';
import { ListOperations, type StartedOperation } from './list-operations';
import { keepOrder } from './list-order';
import { rowKey } from './live-rows';
import { SavedViews } from './saved-views';
import { useHistoryFilter } from './use-history-filter';
import { useHistoryRows } from './use-history-rows';
import { useLiveRows, type ListView } from './use-live-rows';

function LoadingRows({ words }: { readonly words: string }) {
  return (
    <Stack gap="md" p="md" role="status" aria-label={words}>
      {Array.from({ length: 9 }, (_, index) => (
        <Skeleton key={index} height={20} />
      ))}
    </Stack>
  );
}

export default function HistoryPage() {
  const { t } = useTranslation('history');
  const formats = useFormats();
  const { filter, ignored, change, clear } = useHistoryFilter();
  const view = useRef<ListView>(null);
  const { query, queryKey, rows, place, forgetHere, missing } = useHistoryRows(filter);
  const live = useLiveRows(filter, queryKey, view);
  const counted = useCall('history.count', { filter });
  const tenants = useCall('tenants.list', {});
  const role = useMe()?.role;
  const [started, setStarted] = useState<readonly StartedOperation[]>([]);

  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const choose = useCallback((wanted: readonly HistoryRow[], isChosen: boolean) => {
    const keys = wanted.map(rowKey);
    setChosen((before) =>
      isChosen ? new Set([...before, ...keys]) : new Set([...before].filter((key) => !keys.includes(key))),
    );
  }, []);
  const chosenRows = useMemo(() => rows.filter((row) => chosen.has(rowKey(row))), [rows, chosen]);
  useEffect(() => keepOrder(rows), [rows]);

  const tenantList = tenants.data?.tenants;
  const tenantName = useMemo(() => {
    const names = new Map(tenantList?.map(({ customerId, name }) => [customerId, name]));
    return (customerId: string) => names.get(customerId) ?? customerId;
  }, [tenantList]);
  const { fetchNextPage } = query;
  const fetchMore = useCallback(() => void fetchNextPage(), [fetchNextPage]);

  // A search through many rows comes in parts, and a part may be empty.
  const isSearching = rows.length === 0 && query.hasNextPage && !query.isError;
  useEffect(() => {
    if (isSearching && !query.isFetching) fetchMore();
  }, [isSearching, query.isFetching, fetchMore]);

  const count = counted.data;
  const total = count && !count.more ? count.count : undefined;
  const countWords =
    count &&
    (count.more
      ? t('amountMore', { number: formats.number(count.count) })
      : t('amount', { count: count.count, number: formats.number(count.count) }));
  const hasFilter = isFiltered(filter);
  const isSearch = filter.text !== undefined || filter.recipient !== undefined;
  const leavesOutWebhooks = role !== undefined && !reachesRole(role, 'operator') && isSearch;
  // Another filter is another list, from its top.
  const filterKey = writeFilter(filter).toString();

  return (
    <div className={classes['page']}>
      <PageHeader
        title={t('title')}
        actions={
          <HistoryActions filter={filter} onStarted={(kind, id) => setStarted([...started, { id, kind }])} />
        }
      />
      <FilterBar filter={filter} tenants={tenantList ?? []} change={change} />
      <Group justify="space-between" mih={28} wrap="nowrap">
        {chosenRows.length > 0 ? (
          <ChosenBar chosen={chosenRows} clear={() => setChosen(new Set())} />
        ) : (
          <Text size="sm" c="dimmed" className="numbers" role="status">
            {countWords ?? '\u00a0'}
          </Text>
        )}
        <Group gap="xs" wrap="nowrap">
          <SavedViews filter={filter} />
          {hasFilter && (
            <Button
              size="compact-sm"
              variant="subtle"
              leftSection={<IconFilterOff size={14} aria-hidden />}
              onClick={clear}
            >
              {t('filter.clear')}
            </Button>
          )}
        </Group>
      </Group>
      {ignored.length > 0 && (
        <Alert color="yellow" variant="light" py="xs" role="status">
          {t('ignored', { names: ignored.join(', ') })}
        </Alert>
      )}
      {leavesOutWebhooks && (
        <Text size="sm" c="dimmed" role="status">
          {t('webhooksLeftOut')}
        </Text>
      )}
      {missing.length > 0 && (
        <Alert
          color="orange"
          variant="light"
          py="xs"
          role="status"
          icon={<IconPlugConnectedX size={18} aria-hidden />}
        >
          {t('missing', { count: missing.length, names: missing.map(tenantName).join(', ') })}
        </Alert>
      )}
      <ListOperations started={started} />
      {query.isPending || isSearching ? (
        <LoadingRows words={t('loading')} />
      ) : query.isError && rows.length === 0 ? (
        <ErrorNote error={query.error} title={t('loadFailed')} onRetry={() => void query.refetch()} />
      ) : rows.length === 0 ? (
        <Center style={{ flex: 1 }}>
          {hasFilter ? (
            <EmptyState
              icon={<IconZoomQuestion size={28} stroke={1.6} />}
              title={t('nothingFits.title')}
              text={t('nothingFits.text')}
              action={
                <Button variant="default" onClick={clear}>
                  {t('filter.clear')}
                </Button>
              }
            />
          ) : (
            <EmptyState
              icon={<IconInbox size={28} stroke={1.6} />}
              title={t('nothingYet.title')}
              text={t('nothingYet.text')}
            />
          )}
        </Center>
      ) : (
        <HistoryTable
          key={filterKey}
          rows={rows}
          total={total}
          hasMore={query.hasNextPage}
          isFetching={query.isFetchingNextPage || query.isFetchNextPageError}
          fetchMore={fetchMore}
          place={place}
          onPlaced={forgetHere}
          view={view}
          newRows={live.newRows}
          showNew={live.showNew}
          onTop={live.lookAgain}
          tenantName={tenantName}
          chosen={chosen}
          choose={choose}
          isGrouped={filter.eventId === undefined}
        />
      )}
      {query.isFetchNextPageError && (
        <ErrorNote error={query.error} title={t('loadFailed')} onRetry={fetchMore} />
      )}
    </div>
  );
}
