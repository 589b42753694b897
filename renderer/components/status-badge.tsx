import { Badge, type MantineColor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DeliveryStatus, SessionStatus } from '../../main/contracts/statuses';

const deliveryColors: Readonly<Record<DeliveryStatus, MantineColor>> = {
  pending: 'gray',
  sending: 'blue',
  sent: 'teal',
  delivered: 'teal',
  read: 'teal',
  failed: 'red',
  unknown: 'orange',
  held: 'yellow',
};

const whatsAppColors: Readonly<Record<SessionStatus, MantineColor>> = {
  not_initialized: 'gray',
  initializing: 'blue',
  qr_ready: 'orange',
  authenticated: 'blue',
  ready: 'teal',
  auth_failed: 'red',
  disconnected: 'gray',
  logged_out: 'gray',
};

/** In words first; the colour only repeats them. */
export function DeliveryBadge({ status }: { readonly status: DeliveryStatus }) {
  const { t } = useTranslation();
  return (
    <Badge variant="light" color={deliveryColors[status]} tt="none">
      {t(`status.${status}`)}
    </Badge>
  );
}

export function WhatsAppBadge({ status }: { readonly status: SessionStatus }) {
  const { t } = useTranslation();
  return (
    <Badge variant="light" color={whatsAppColors[status]} tt="none">
      {t(`whatsappStatus.${status}`)}
    </Badge>
  );
}
