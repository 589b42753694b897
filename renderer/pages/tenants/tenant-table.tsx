import { Anchor, Badge, Box, Group, Paper, Table, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import type { TenantSummary } from '../../../main/contracts/console/tenant-calls';
import { channelNames } from '../../../main/contracts/statuses';
import { ChannelIcon } from '../../components/channel-icon';
import { WhatsAppBadge } from '../../components/status-badge';
import { useFormats } from '../../use-formats';
import { tenantPath } from './tenant-path';
import classes from './tenant-table.module.css';

/** A line a tenant: what it sends by, what waits, what went wrong. */
export function TenantTable({ tenants }: { readonly tenants: readonly TenantSummary[] }) {
  const { t } = useTranslation('tenants');
  return (
    <Paper withBorder>
      <Table verticalSpacing="sm" horizontalSpacing="md" highlightOnHover aria-label={t('list.label')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('list.name')}</Table.Th>
            <Table.Th>{t('list.channels')}</Table.Th>
            <Table.Th>{t('list.whatsapp')}</Table.Th>
            <Table.Th ta="right">{t('list.waiting')}</Table.Th>
            <Table.Th ta="right">{t('list.failed')}</Table.Th>
            <Table.Th visibleFrom="lg" className={classes['oneLine']}>
              {t('list.lastEvent')}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tenants.map((tenant) => (
            <TenantRow key={tenant.customerId} tenant={tenant} />
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

function TenantRow({ tenant }: { readonly tenant: TenantSummary }) {
  const { t } = useTranslation('tenants');
  const formats = useFormats();
  const navigate = useNavigate();
  const path = tenantPath(tenant.customerId);
  return (
    <Table.Tr
      style={{ cursor: 'pointer' }}
      onClick={(event) => {
        // The name is the link; the rest of the line follows it for the mouse.
        if (!(event.target instanceof Element && event.target.closest('a'))) void navigate(path);
      }}
    >
      <Table.Td>
        <Anchor component={Link} to={path} fw={600} className="long-text" lineClamp={2} c="bright">
          {tenant.name}
        </Anchor>
        <Group gap="xs">
          <Text size="sm" c="dimmed" className="long-text">
            {tenant.customerId}
          </Text>
          {tenant.paused && (
            <Badge variant="light" color="yellow" tt="none" size="sm">
              {t('list.paused')}
            </Badge>
          )}
        </Group>
        {tenant.problem !== null && (
          <Group gap={6} mt={4} wrap="nowrap" align="flex-start" c="var(--mantine-color-error)">
            <IconAlertTriangle size={16} aria-hidden style={{ flexShrink: 0, marginTop: 2 }} />
            <Text size="sm" title={tenant.problem}>
              {t('list.away')}
            </Text>
          </Group>
        )}
      </Table.Td>
      <Table.Td>
        <ChannelsOn tenant={tenant} />
      </Table.Td>
      <Table.Td>
        {tenant.channels.whatsapp ? (
          <Box w="max-content">
            <WhatsAppBadge status={tenant.whatsapp ?? 'disconnected'} />
          </Box>
        ) : (
          <Text size="sm" c="dimmed" aria-hidden>
            –
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {formats.number(tenant.waiting)}
      </Table.Td>
      <Table.Td
        ta="right"
        className="numbers"
        fw={tenant.failed > 0 ? 600 : undefined}
        c={tenant.failed > 0 ? 'var(--mantine-color-error)' : undefined}
      >
        {formats.number(tenant.failed)}
      </Table.Td>
      <Table.Td visibleFrom="lg" className={classes['oneLine']}>
        <Text size="sm" c="dimmed">
          {tenant.lastEventAt === null ? t('keys.never') : formats.relative(tenant.lastEventAt)}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}

function ChannelsOn({ tenant }: { readonly tenant: TenantSummary }) {
  const { t } = useTranslation(['tenants', 'shell']);
  const on = channelNames.filter((channel) => tenant.channels[channel]);
  if (on.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t('list.noChannels')}
      </Text>
    );
  }
  return (
    <Group gap={8} wrap="nowrap">
      {on.map((channel) => (
        <span
          key={channel}
          role="img"
          aria-label={t(`shell:channel.${channel}`)}
          title={t(`shell:channel.${channel}`)}
          style={{ display: 'flex' }}
        >
          <ChannelIcon channel={channel} />
        </span>
      ))}
    </Group>
  );
}
