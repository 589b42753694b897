import { Skeleton, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { TenantDetail } from '../../../main/contracts/console/tenant-calls';
import { ErrorNote } from '../../components/error-note';
import { useCall } from '../../use-gateway';
import { EventTypeForm } from './event-type-form';
import { EventTypeList } from './event-type-list';
import { EventTypeView } from './event-type-view';

/** What the tenant's application may tell; the address says which one is open: `type`, and `edit` or `new`. */
export function EventTypesTab({ tenant }: { readonly tenant: TenantDetail }) {
  const { t } = useTranslation(['tenants', 'shell']);
  const { customerId } = tenant;
  const [search, setSearch] = useSearchParams();
  const list = useCall('eventTypes.list', { customerId });
  const eventTypes = list.data?.eventTypes;
  const chosen = eventTypes?.find(({ type }) => type === search.get('type'));
  const open = (more: Readonly<Record<string, string>>) => setSearch({ tab: 'types', ...more });

  if (!eventTypes) {
    return (
      <Stack>
        <ErrorNote title={t('shell:error.load')} error={list.error} onRetry={() => void list.refetch()} />
        {list.isPending && <Skeleton h={320} />}
      </Stack>
    );
  }
  if (search.has('new') || (chosen && !chosen.builtIn && search.has('edit'))) {
    return (
      <EventTypeForm
        key={chosen?.type ?? ''}
        customerId={customerId}
        eventType={chosen}
        onDone={(type) => open(type === undefined ? {} : { type })}
      />
    );
  }
  if (chosen) {
    return (
      <EventTypeView
        customerId={customerId}
        eventType={chosen}
        onBack={() => open({})}
        onEdit={() => open({ type: chosen.type, edit: '' })}
      />
    );
  }
  return (
    <EventTypeList
      eventTypes={eventTypes}
      onOpen={(type) => open({ type })}
      onAdd={() => open({ new: '' })}
    />
  );
}
