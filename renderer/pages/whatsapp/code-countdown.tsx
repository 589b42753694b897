import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { WhatsAppCard } from '../../../main/contracts/console/whatsapp-calls';
import { useNow } from './use-now';
import { writeSpan } from './write-span';

/** How long the shown code is good, and how long there will be new ones. */
export function CodeCountdown({ card }: { readonly card: WhatsAppCard }) {
  const { t } = useTranslation('whatsapp');
  const nowMs = useNow(1_000);
  const secondsTo = (iso: string) => Math.max(0, Math.ceil((Date.parse(iso) - nowMs) / 1_000));
  const refreshesIn = card.qrRefreshesAt === null ? undefined : secondsTo(card.qrRefreshesAt);
  const endsIn = card.qrOfferEndsAt === null ? undefined : secondsTo(card.qrOfferEndsAt);
  return (
    <div role="timer" className="numbers">
      {refreshesIn !== undefined && (
        <Text size="sm" ta="center" c="dimmed">
          {refreshesIn > 0 ? t('code.refreshes', { seconds: refreshesIn }) : t('code.renewing')}
        </Text>
      )}
      {endsIn !== undefined && (
        <Text size="sm" ta="center" fw={500}>
          {t('code.offerEnds', { time: writeSpan(endsIn) })}
        </Text>
      )}
    </div>
  );
}
