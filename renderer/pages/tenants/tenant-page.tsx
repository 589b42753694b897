import { Alert, Anchor, Button, Group, Skeleton, Stack, Tabs, Text } from '@mantine/core';
import { IconAlertTriangle, IconArrowLeft, IconPlayerPause } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, useParams, useSearchParams } from 'react-router';
import type { TenantDetail } from '../../../main/contracts/console/tenant-calls';
import { ErrorNote } from '../../components/error-note';
import { PageHeader } from '../../components/page-header';
import { CallError } from '../../gateway-client';
import { useAction, useCall } from '../../use-gateway';
import { useMay } from '../../use-role';
import { ChannelsTab } from './channels-tab';
import { EventTypesTab } from './event-types-tab';
import { GeneralTab } from './general-tab';
import { KeysTab } from './keys-tab';
import { LimitsTab } from './limits-tab';
import { OverviewTab } from './overview-tab';
import { TemplatesTab } from './templates-tab';
import { tenantTabs, type TenantTab } from './tenant-path';

const tabContents: Readonly<Record<TenantTab, React.ComponentType<{ tenant: TenantDetail }>>> = {
  overview: OverviewTab,
  channels: ChannelsTab,
  keys: KeysTab,
  limits: LimitsTab,
  templates: TemplatesTab,
  types: EventTypesTab,
  general: GeneralTab,
};

/** One tenant, everything about it behind its tabs; the address says which. */
export default function TenantPage() {
  const { t } = useTranslation(['tenants', 'shell']);
  const { customerId = '' } = useParams();
  const [search, setSearch] = useSearchParams();
  const tenant = useCall('tenants.get', { customerId });
  const mayChange = useMay('tenants.saveSettings');
  // The others are for changing what there is.
  const tabs = tenantTabs.filter((name) => name === 'overview' || mayChange);
  const tab = tabs.find((name) => name === search.get('tab')) ?? 'overview';
  const isGone = tenant.error instanceof CallError && tenant.error.code === 'tenant_not_found';
  const Content = tabContents[tab];

  return (
    <>
      <Anchor component={Link} to="/tenants" size="sm" c="dimmed" mb="xs" display="inline-flex">
        <IconArrowLeft size={16} aria-hidden style={{ marginRight: 4, marginTop: 2 }} />
        {t('back')}
      </Anchor>
      <PageHeader
        title={tenant.data?.name ?? customerId}
        hint={tenant.data && tenant.data.name !== customerId ? customerId : undefined}
      />
      <Stack>
        {!tenant.data && (
          <ErrorNote
            title={t('shell:error.load')}
            error={tenant.error}
            onRetry={isGone ? undefined : () => void tenant.refetch()}
          />
        )}
        {tenant.isPending && (
          <Stack aria-busy aria-label={t('loading')}>
            <Skeleton h={40} />
            <Skeleton h={220} />
            <Skeleton h={220} />
          </Stack>
        )}
        {tenant.data && <TenantNotes tenant={tenant.data} />}
        {tenant.data && (
          <Tabs
            value={tab}
            onChange={(next) => setSearch(next === null || next === 'overview' ? {} : { tab: next })}
            keepMounted={false}
          >
            <Tabs.List aria-label={t('tabs.label')} mb="lg">
              {tabs.map((name) => (
                <Tabs.Tab key={name} value={name}>
                  {t(`tabs.${name}`)}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            {tabs.map((name) => (
              <Tabs.Panel key={name} value={name}>
                {name === tab && <Content tenant={tenant.data} key={customerId} />}
              </Tabs.Panel>
            ))}
          </Tabs>
        )}
      </Stack>
    </>
  );
}

/** What stands in the tenant's way, said on every tab. */
function TenantNotes({ tenant }: { readonly tenant: TenantDetail }) {
  const { t } = useTranslation('tenants');
  const { customerId, name } = tenant;
  const mayResume = useMay('tenants.setPaused');
  const resume = useAction('tenants.setPaused', ['tenants.get', 'tenants.list', 'overview.get']);
  return (
    <>
      {tenant.problem !== null && (
        <Alert variant="light" color="red" icon={<IconAlertTriangle aria-hidden />} title={t('problem')}>
          <Text size="sm">{t('problemText')}</Text>
          <Text size="xs" ff="monospace" mt={6} className="long-text">
            {tenant.problem}
          </Text>
        </Alert>
      )}
      {tenant.paused && (
        <Alert variant="light" color="yellow" icon={<IconPlayerPause aria-hidden />}>
          <Group justify="space-between">
            <Text size="sm" className="long-text">
              {t('pausedNote', { name })}
            </Text>
            {mayResume && (
              <Button
                size="xs"
                variant="default"
                style={{ flexShrink: 0 }}
                loading={resume.isPending}
                onClick={() => resume.mutate({ customerId, paused: false })}
              >
                {t('resume')}
              </Button>
            )}
          </Group>
          <ErrorNote error={resume.error} />
        </Alert>
      )}
    </>
  );
}
