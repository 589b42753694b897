import { Anchor, Group, Stack } from '@mantine/core';
import { Link } from 'react-router';
import type { DeliveryDetail } from '../../../main/contracts/console/history-calls';
import { ChannelIcon } from '../../components/channel-icon';
import { DeliveryBadge } from '../../components/status-badge';

/** The other deliveries of the event. @param state kept with where the links lead */
export function SiblingList(props: { readonly delivery: DeliveryDetail; readonly state: unknown }) {
  const { customerId, siblings } = props.delivery;
  return (
    <Stack gap="xs">
      {siblings.map(({ id, channel, recipient, status }) => (
        <Group key={id} gap="sm" wrap="nowrap">
          <ChannelIcon channel={channel} />
          <Anchor
            component={Link}
            to={`/history/${encodeURIComponent(customerId)}/${id}`}
            state={props.state}
            size="sm"
            truncate
            title={recipient}
            flex={1}
            underline="always"
          >
            {recipient}
          </Anchor>
          <DeliveryBadge status={status} />
        </Group>
      ))}
    </Stack>
  );
}
