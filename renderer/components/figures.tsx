import { Group, Paper, SimpleGrid, Text, Tooltip, VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Overview } from '../../main/contracts/console/overview-calls';
import { useFormats } from '../use-formats';
import { ChannelIcon } from './channel-icon';

type Channels = Overview['channels'];

const figures = [
  { name: 'sending', target: '/history?status=sending' },
  { name: 'waiting', target: '/history?status=pending&status=held' },
  { name: 'sent', target: '/history?status=sent&status=delivered&status=read' },
  { name: 'failed', target: '/history?status=failed' },
] as const;

/** Four numbers, each of all channels together and, small, of each. */
export function Figures(props: {
  readonly channels: Channels;
  /** whose they are; absent: everybody's */
  readonly customerId?: string;
}) {
  const { t } = useTranslation('overview');
  const { channels, customerId } = props;
  const whose = customerId === undefined ? '' : `&${new URLSearchParams({ customerId })}`;
  return (
    <SimpleGrid component="section" cols={{ base: 2, sm: 4 }} spacing="md" aria-label={t('figures')}>
      {figures.map(({ name, target }) => (
        <Figure key={name} name={name} target={`${target}${whose}`} channels={channels} />
      ))}
    </SimpleGrid>
  );
}

function Figure(props: {
  readonly name: (typeof figures)[number]['name'];
  readonly target: string;
  readonly channels: Channels;
}) {
  const { t } = useTranslation(['overview', 'shell']);
  const format = useFormats();
  const { name, channels } = props;
  const total = channels.reduce((sum, channel) => sum + channel[name], 0);
  const isBad = name === 'failed' && total > 0;
  return (
    <Paper withBorder p="md" component={Link} to={props.target} className="figure">
      <Text size="sm" c="dimmed">
        {t(`overview:figure.${name}`)}
      </Text>
      <Text className="numbers figure-number" c={isBad ? 'var(--mantine-color-error)' : undefined}>
        {format.number(total)}
      </Text>
      <Group gap={10} mt={6}>
        {channels.map((channel) => {
          const label = t(`shell:channel.${channel.channel}`);
          return (
            <Tooltip key={channel.channel} label={`${label}: ${format.number(channel[name])}`}>
              <Group gap={5} wrap="nowrap" c="dimmed">
                <ChannelIcon channel={channel.channel} size={15} />
                <VisuallyHidden>{label}</VisuallyHidden>
                <Text size="xs" className="numbers">
                  {format.short(channel[name])}
                </Text>
              </Group>
            </Tooltip>
          );
        })}
      </Group>
    </Paper>
  );
}
