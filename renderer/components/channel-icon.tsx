import { IconBrandWhatsapp, IconMail, IconWebhook } from '@tabler/icons-react';
import type { ChannelName } from '../../main/contracts/statuses';

const icons = { email: IconMail, whatsapp: IconBrandWhatsapp, webhook: IconWebhook } as const;

/** Always beside the channel's name, so hidden from screen readers. */
export function ChannelIcon({
  channel,
  size = 18,
}: {
  readonly channel: ChannelName;
  readonly size?: number;
}) {
  const Icon = icons[channel];
  return <Icon size={size} stroke={1.6} aria-hidden />;
}
