import { Button, SimpleGrid, Skeleton, Stack } from '@mantine/core';
import { IconBuildingStore, IconPlugConnected } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Overview } from '../../../main/contracts/console/overview-calls';
import { AllIsWell, AttentionList } from '../../components/attention-list';
import { chartHeight, DaySection } from '../../components/day-section';
import { EmptyState } from '../../components/empty-state';
import { ErrorNote } from '../../components/error-note';
import { Figures } from '../../components/figures';
import { PageHeader } from '../../components/page-header';
import { useCall } from '../../use-gateway';
import { useMay } from '../../use-role';

/** Do messages go out, and does anything need a person? The frame keeps the answer fresh by the gateway's push. */
export default function OverviewPage() {
  const { t } = useTranslation(['overview', 'shell']);
  const overview = useCall('overview.get', {});
  return (
    <>
      <PageHeader title={t('overview:title')} />
      {overview.data ? (
        <OverviewOf overview={overview.data} />
      ) : overview.isError ? (
        <ErrorNote
          error={overview.error}
          title={t('shell:error.load')}
          onRetry={() => void overview.refetch()}
        />
      ) : (
        <Placeholder />
      )}
    </>
  );
}

function OverviewOf({ overview }: { readonly overview: Overview }) {
  const { attention, tenants, lastEventAt, channels, hours } = overview;
  const isNew = lastEventAt === null;
  return (
    <Stack gap="lg">
      {attention.length > 0 && <AttentionList attention={attention} />}
      {isNew ? (
        <FirstUse tenants={tenants} />
      ) : (
        <>
          {attention.length === 0 && <AllIsWell lastEventAt={lastEventAt} />}
          <Figures channels={channels} />
          <DaySection hours={hours} />
        </>
      )}
    </Stack>
  );
}

/** What to do next, where nothing was ever sent. */
function FirstUse({ tenants }: { readonly tenants: number }) {
  const { t } = useTranslation('overview');
  const mayAdd = useMay('tenants.add');
  return tenants === 0 ? (
    <EmptyState
      icon={<IconBuildingStore size={28} stroke={1.6} />}
      title={t('noTenants.title')}
      text={t('noTenants.text')}
      action={
        mayAdd && (
          <Button component={Link} to="/tenants">
            {t('noTenants.action')}
          </Button>
        )
      }
    />
  ) : (
    <EmptyState
      icon={<IconPlugConnected size={28} stroke={1.6} />}
      title={t('noEvents.title')}
      text={t('noEvents.text')}
      action={
        mayAdd && (
          <Button component={Link} to="/tenants">
            {t('noEvents.action')}
          </Button>
        )
      }
    />
  );
}

function Placeholder() {
  const { t } = useTranslation();
  return (
    <Stack gap="lg" role="status" aria-label={t('loading')}>
      <Skeleton h={44} w={320} />
      <SimpleGrid cols={{ base: 2, sm: 4 }}>
        {['a', 'b', 'c', 'd'].map((key) => (
          <Skeleton key={key} h={112} />
        ))}
      </SimpleGrid>
      <Skeleton h={chartHeight + 80} />
    </Stack>
  );
}
