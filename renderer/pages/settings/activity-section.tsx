import { Badge, Button, Group, Select, Skeleton, Stack, Table, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallOutput } from '../../../main/contracts/console/console-calls';
import type en from '../../../texts/en.json';
import { ErrorNote } from '../../components/error-note';
import { OperationProgress } from '../../components/operation-progress';
import { Section } from '../../components/section';
import { useFormats } from '../../use-formats';
import { callKey, useAction, useCall, useGateway } from '../../use-gateway';
import { ActivityDetail } from './activity-detail';

type AuditRow = CallOutput<'audit.list'>['rows'][number];

const pageSize = 50;

/** Who changed what, newest first. */
export function ActivitySection() {
  const { t } = useTranslation('settings');
  const gateway = useGateway();
  const tenants = useCall('tenants.list', {});
  const [customerId, setCustomerId] = useState<string | null>(null);
  const filter = customerId === null ? {} : { customerId };
  const rows = useInfiniteQuery({
    queryKey: [...callKey('audit.list'), filter],
    queryFn: ({ pageParam }) =>
      gateway.call('audit.list', {
        ...filter,
        ...(pageParam === null ? {} : { beforeId: pageParam }),
        limit: pageSize,
      }),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.nextBeforeId,
  });
  const save = useAction('audit.export', ['operations.list']);
  const all = rows.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <Section
      title={t('section.activity.title')}
      hint={t('section.activity.hint')}
      actions={
        <Button
          variant="default"
          loading={save.isPending}
          onClick={() => save.mutate(filter)}
          style={{ flexShrink: 0 }}
        >
          {t('activity.export')}
        </Button>
      }
    >
      <Stack gap="md">
        <OperationProgress
          operationId={save.data?.operationId}
          label={t('activity.exporting')}
          doneText={t('activity.exported')}
          onClose={() => save.reset()}
        />
        <Select
          label={t('activity.tenant')}
          placeholder={t('activity.all')}
          clearable
          clearButtonProps={{ 'aria-label': t('activity.all') }}
          searchable
          maw={340}
          data={(tenants.data?.tenants ?? []).map((tenant) => ({
            value: tenant.customerId,
            label: `${tenant.name} (${tenant.customerId})`,
          }))}
          value={customerId}
          onChange={setCustomerId}
        />
        <ErrorNote error={rows.error ?? save.error} onRetry={() => void rows.refetch()} />
        {rows.isPending && <Skeleton h={240} />}
        {rows.isSuccess && all.length === 0 && <Text c="dimmed">{t('activity.none')}</Text>}
        {all.length > 0 && <ActivityTable rows={all} />}
        {rows.hasNextPage && (
          <Button
            variant="subtle"
            w="fit-content"
            loading={rows.isFetchingNextPage}
            onClick={() => void rows.fetchNextPage()}
          >
            {t('activity.older')}
          </Button>
        )}
      </Stack>
    </Section>
  );
}

function ActivityTable({ rows }: { readonly rows: readonly AuditRow[] }) {
  const { t } = useTranslation('settings');
  const format = useFormats();
  return (
    <Table.ScrollContainer minWidth={560} type="native" tabIndex={0}>
      <Table className="numbers" verticalSpacing="sm" layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col" w={170}>
              {t('activity.when')}
            </Table.Th>
            <Table.Th scope="col">{t('activity.what')}</Table.Th>
            <Table.Th scope="col" w="28%">
              {t('activity.who')}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ id, at, action, actor, customerId, detail }) => (
            <Table.Tr key={id}>
              <Table.Td valign="top">{format.dateTime(at)}</Table.Td>
              <Table.Td className="long-text">
                <Group gap="xs">
                  <Text size="sm">
                    {t(`action.${action.replace('.', '_') as keyof typeof en.settings.action}`, {
                      defaultValue: action,
                    })}
                  </Text>
                  {customerId !== null && (
                    <Badge variant="default" tt="none">
                      {customerId}
                    </Badge>
                  )}
                </Group>
                <ActivityDetail detail={detail} />
              </Table.Td>
              <Table.Td className="long-text" valign="top">
                {actor}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
