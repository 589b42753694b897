import { Badge, Group, Text, type MantineColor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ChannelHealth, TenantSummary } from '../../../main/contracts/console/tenant-calls';
import { channelNames } from '../../../main/contracts/statuses';
import { ChannelIcon } from '../../components/channel-icon';

const colors: Readonly<Record<ChannelHealth, MantineColor>> = {
  off: 'gray',
  ok: 'teal',
  attention: 'orange',
  down: 'red',
};

/** In words first; the colour only repeats them. */
export function HealthBadge({ health }: { readonly health: ChannelHealth }) {
  const { t } = useTranslation('tenants');
  return (
    <Badge variant="light" color={colors[health]} tt="none">
      {t(`health.${health}`)}
    </Badge>
  );
}

const iconColors: Readonly<Record<Exclude<ChannelHealth, 'off'>, string>> = {
  ok: 'light-dark(var(--mantine-color-teal-8), var(--mantine-color-teal-4))',
  attention: 'var(--warning-text)',
  down: 'var(--mantine-color-error)',
};

/** The channels a tenant sends by, each coloured by how it does, with the words for whoever points at it or listens. */
export function ChannelsHealth({ tenant }: { readonly tenant: TenantSummary }) {
  const { t } = useTranslation(['tenants', 'shell']);
  const on = channelNames.flatMap((channel) => {
    const health = tenant.health[channel];
    return health === 'off' ? [] : [{ channel, health }];
  });
  if (on.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t('list.noChannels')}
      </Text>
    );
  }
  return (
    <Group gap={8} wrap="nowrap">
      {on.map(({ channel, health }) => {
        const words = `${t(`shell:channel.${channel}`)}: ${t(`health.${health}`)}`;
        return (
          <span
            key={channel}
            role="img"
            aria-label={words}
            title={words}
            style={{ display: 'flex', color: iconColors[health] }}
          >
            <ChannelIcon channel={channel} />
          </span>
        );
      })}
    </Group>
  );
}
