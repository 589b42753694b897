import { Select } from '@mantine/core';
import { IconAt, IconSearch } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { HistoryFilter } from '../../../main/contracts/console/history-calls';
import { channelNames } from '../../../main/contracts/statuses';
import { useCall } from '../../use-gateway';
import { DateFilter } from './date-filter';
import { useEventWords } from './event-words';
import classes from './filter-bar.module.css';
import { StateFilter } from './state-filter';
import { TextFilter } from './text-filter';
import type { ChangeFilter } from './use-history-filter';

/** What is chosen stays to choose, also where the gateway does not know it (any more). */
function withChosen(
  options: readonly { readonly value: string; readonly label: string }[],
  chosen: string | undefined,
) {
  const isThere = chosen === undefined || options.some(({ value }) => value === chosen);
  return isThere ? [...options] : [...options, { value: chosen, label: chosen }];
}

/** All that narrows the list, in one bar. */
export function FilterBar(props: {
  readonly filter: HistoryFilter;
  readonly tenants: readonly { readonly customerId: string; readonly name: string }[];
  readonly change: ChangeFilter;
}) {
  const { filter, tenants, change } = props;
  const { t } = useTranslation('history');
  const { t: shell } = useTranslation();
  const eventWords = useEventWords();
  const eventTypes = useCall('history.eventTypes', { customerId: filter.customerId });
  const orNothing = (value: string) => (value === '' ? undefined : value);

  return (
    <div role="search" aria-label={t('filter.label')} className={classes['frame']}>
      <div className={classes['bar']}>
        <div className={classes['wide']}>
          <TextFilter
            label={t('filter.text')}
            placeholder={t('filter.textHint')}
            clearLabel={t('filter.clearOne', { name: t('filter.text') })}
            value={filter.text ?? ''}
            maxLength={200}
            icon={<IconSearch size={16} stroke={1.6} aria-hidden />}
            onChange={(text) => change({ text: orNothing(text) })}
          />
        </div>
        <DateFilter range={filter} onChange={change} />
        <StateFilter states={filter.status ?? []} onChange={(status) => change({ status })} />
        <Select
          aria-label={t('filter.tenant')}
          placeholder={t('filter.anyTenant')}
          size="sm"
          data={withChosen(
            tenants.map(({ customerId, name }) => ({ value: customerId, label: name })),
            filter.customerId,
          )}
          value={filter.customerId ?? null}
          onChange={(value) => change({ customerId: value ?? undefined })}
          searchable
          clearable
          clearButtonProps={{ 'aria-label': t('filter.clearOne', { name: t('filter.tenant') }) }}
          nothingFoundMessage={t('filter.nothing')}
        />
        <Select
          aria-label={t('filter.channel')}
          placeholder={t('filter.anyChannel')}
          size="sm"
          data={channelNames.map((channel) => ({ value: channel, label: shell(`channel.${channel}`) }))}
          value={filter.channel ?? null}
          onChange={(channel) => change({ channel: channel ?? undefined })}
          clearable
          clearButtonProps={{ 'aria-label': t('filter.clearOne', { name: t('filter.channel') }) }}
        />
        <Select
          aria-label={t('filter.event')}
          placeholder={t('filter.anyEvent')}
          size="sm"
          data={withChosen(
            (eventTypes.data?.eventTypes ?? []).map((value) => ({ value, label: eventWords(value) })),
            filter.eventType,
          )}
          value={filter.eventType ?? null}
          onChange={(value) => change({ eventType: value ?? undefined })}
          searchable
          clearable
          clearButtonProps={{ 'aria-label': t('filter.clearOne', { name: t('filter.event') }) }}
          nothingFoundMessage={t('filter.nothing')}
        />
        <TextFilter
          label={t('filter.recipient')}
          placeholder={t('filter.recipientHint')}
          clearLabel={t('filter.clearOne', { name: t('filter.recipient') })}
          value={filter.recipient ?? ''}
          maxLength={255}
          icon={<IconAt size={16} stroke={1.6} aria-hidden />}
          onChange={(recipient) => change({ recipient: orNothing(recipient) })}
        />
      </div>
    </div>
  );
}
