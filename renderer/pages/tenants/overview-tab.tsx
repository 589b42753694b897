import { Anchor, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Overview } from '../../../main/contracts/console/overview-calls';
import type { TenantDetail } from '../../../main/contracts/console/tenant-calls';
import { channelNames, type ChannelName } from '../../../main/contracts/statuses';
import { AttentionList } from '../../components/attention-list';
import { ChannelIcon } from '../../components/channel-icon';
import { DaySection } from '../../components/day-section';
import { ErrorNote } from '../../components/error-note';
import { Figures } from '../../components/figures';
import { Section } from '../../components/section';
import { useFormats } from '../../use-formats';
import { useCall } from '../../use-gateway';
import { useMay } from '../../use-role';
import { HealthBadge } from './channel-health';
import { tenantPath } from './tenant-path';

const errorsShown = 5;

/** How one tenant is doing: what needs attention, its 24 hours, each channel, and what failed last. */
export function OverviewTab({ tenant }: { readonly tenant: TenantDetail }) {
  const { customerId } = tenant;
  const overview = useCall('overview.get', { customerId }, { refetchIntervalMs: 15_000 });
  // What concerns the whole gateway stands on its own overview.
  const attention = (overview.data?.attention ?? []).filter((one) => one.customerId === customerId);
  return (
    <Stack gap="lg">
      <ErrorNote error={overview.error} onRetry={() => void overview.refetch()} />
      {attention.length > 0 && <AttentionList attention={attention} />}
      {overview.data && <Figures channels={overview.data.channels} customerId={customerId} />}
      <ChannelStates tenant={tenant} channels={overview.data?.channels ?? []} />
      <LastErrors customerId={customerId} />
      {overview.data && <DaySection hours={overview.data.hours} />}
    </Stack>
  );
}

function ChannelStates(props: { readonly tenant: TenantDetail; readonly channels: Overview['channels'] }) {
  const { t } = useTranslation(['tenants', 'shell']);
  const { tenant, channels } = props;
  const mayChange = useMay('tenants.saveSettings');
  return (
    <Section title={t('overview.channels')}>
      <Stack component="ul" gap={0} p={0} m={0} className="plain-list">
        {channelNames.map((channel) => (
          <Group component="li" key={channel} className="list-row" justify="space-between" gap="sm">
            <Group gap="sm" wrap="nowrap" miw={0}>
              <ChannelIcon channel={channel} />
              <Text fw={550}>{t(`shell:channel.${channel}`)}</Text>
              <HealthBadge health={tenant.health[channel]} />
            </Group>
            <Group gap="md">
              <ChannelFigures figures={channels.find((one) => one.channel === channel)} />
              {(channel === 'whatsapp' || mayChange) && (
                <Anchor component={Link} to={settingsOf(tenant.customerId, channel)} size="sm">
                  {t(channel === 'whatsapp' ? 'overview.phone' : 'overview.settings')}
                </Anchor>
              )}
            </Group>
          </Group>
        ))}
      </Stack>
    </Section>
  );
}

function settingsOf(customerId: string, channel: ChannelName): string {
  return channel === 'whatsapp'
    ? `/whatsapp?${new URLSearchParams({ customerId })}`
    : tenantPath(customerId, 'channels');
}

function ChannelFigures({ figures }: { readonly figures: Overview['channels'][number] | undefined }) {
  const { t } = useTranslation('tenants');
  const formats = useFormats();
  if (!figures) return null;
  return (
    <Text size="sm" c="dimmed" className="numbers">
      {t('overview.counts', {
        sent: formats.number(figures.sent),
        failed: formats.number(figures.failed),
        waiting: formats.number(figures.waiting),
      })}
    </Text>
  );
}

function LastErrors({ customerId }: { readonly customerId: string }) {
  const { t } = useTranslation(['tenants', 'shell']);
  const formats = useFormats();
  const failed = useCall(
    'history.list',
    { filter: { customerId, status: ['failed'] }, limit: errorsShown },
    { refetchIntervalMs: 15_000 },
  );
  const rows = failed.data?.rows ?? [];
  const all = `/history?${new URLSearchParams({ customerId, status: 'failed' })}`;
  return (
    <Section
      title={t('overview.errors')}
      actions={
        rows.length > 0 && (
          <Anchor component={Link} to={all} size="sm">
            {t('overview.allErrors')}
          </Anchor>
        )
      }
    >
      <ErrorNote error={failed.error} onRetry={() => void failed.refetch()} />
      {failed.data && rows.length === 0 && <Text c="dimmed">{t('overview.noErrors')}</Text>}
      {rows.length > 0 && (
        <Stack component="ul" gap={0} p={0} m={0} className="plain-list">
          {rows.map((row) => (
            <Group component="li" key={row.id} className="list-row" wrap="nowrap" align="flex-start" gap="sm">
              <ChannelIcon channel={row.channel} />
              <div style={{ minWidth: 0, flex: 1 }}>
                <Anchor
                  component={Link}
                  to={`/history/${encodeURIComponent(customerId)}/${row.id}`}
                  className="long-text"
                >
                  {row.recipient}
                </Anchor>
                <Text size="sm" className="long-text" lineClamp={2}>
                  {row.error}
                </Text>
              </div>
              <Text size="sm" c="dimmed" style={{ flexShrink: 0 }} title={formats.dateTime(row.createdAt)}>
                {formats.relative(row.createdAt)}
              </Text>
            </Group>
          ))}
        </Stack>
      )}
    </Section>
  );
}
