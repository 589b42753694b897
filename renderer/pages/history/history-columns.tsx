import { Badge, Text } from '@mantine/core';
import { createColumnHelper, tableFeatures } from '@tanstack/react-table';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { HistoryRow } from '../../../main/contracts/console/history-calls';
import { ChannelIcon } from '../../components/channel-icon';
import { DeliveryBadge } from '../../components/status-badge';
import { useEventWords } from './event-words';
import classes from './history-table.module.css';
import { useExactTime } from './use-exact-time';
import { useRowTimes } from './use-row-times';

/** Sorting and filtering are the gateway's: the table itself needs none of that. */
export const tableParts = tableFeatures({});
const helper = createColumnHelper<typeof tableParts, HistoryRow>();

/** What a row says beside its state: why it failed, or what it waits for. */
export const rowWords = (row: HistoryRow): string | null => row.error ?? row.heldReason;

/** @param tenantName by customer id */
export function useHistoryColumns(tenantName: (customerId: string) => string) {
  const { t } = useTranslation('history');
  const { t: shell } = useTranslation();
  const exactTime = useExactTime();
  const rowTime = useRowTimes();
  const eventWords = useEventWords();
  return useMemo(
    () =>
      helper.columns([
        helper.accessor('createdAt', {
          header: t('column.when'),
          cell: ({ row: { original } }) => (
            <span className="numbers" title={exactTime(original.createdAt)}>
              {rowTime(original.createdAt)}
            </span>
          ),
        }),
        helper.accessor('customerId', {
          header: t('column.tenant'),
          cell: ({ row: { original } }) => (
            <Text span inherit truncate title={tenantName(original.customerId)}>
              {tenantName(original.customerId)}
            </Text>
          ),
        }),
        helper.accessor('eventType', {
          header: t('column.event'),
          cell: ({ row: { original } }) => (
            <Text span inherit truncate title={original.subject ?? original.eventType ?? undefined}>
              {original.isTest && (
                <Badge size="sm" variant="light" color="gray" mr={6}>
                  {t('row.test')}
                </Badge>
              )}
              {original.subject === null ? (
                eventWords(original.eventType)
              ) : (
                <>
                  {original.eventType !== null && <span>{eventWords(original.eventType)}</span>}
                  <span className={classes['subject']}>{original.subject}</span>
                </>
              )}
            </Text>
          ),
        }),
        helper.accessor('channel', {
          header: t('column.channel'),
          cell: ({ row: { original } }) => (
            <>
              <ChannelIcon channel={original.channel} />
              <span className={classes.channelName}>{shell(`channel.${original.channel}`)}</span>
            </>
          ),
        }),
        helper.accessor('recipient', {
          header: t('column.recipient'),
          cell: ({ row: { original } }) => (
            <Text span inherit truncate title={original.recipient}>
              {original.recipient}
            </Text>
          ),
        }),
        helper.accessor('status', {
          header: t('column.status'),
          cell: ({ row: { original } }) => <DeliveryBadge status={original.status} />,
        }),
        helper.accessor('error', {
          header: t('column.error'),
          cell: ({ row: { original } }) => (
            <Text span inherit truncate c="dimmed" title={rowWords(original) ?? undefined}>
              {rowWords(original)}
            </Text>
          ),
        }),
      ]),
    [t, shell, exactTime, rowTime, eventWords, tenantName],
  );
}

export type HistoryColumns = ReturnType<typeof useHistoryColumns>;
