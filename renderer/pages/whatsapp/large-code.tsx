import { Button, Modal, Stack } from '@mantine/core';
import { useViewportSize } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import type { WhatsAppCard } from '../../../main/contracts/console/whatsapp-calls';
import { CodeCountdown } from './code-countdown';
import { CodePicture } from './code-picture';

/** What stands above and below the code in the full window, in CSS px. */
const besides = 300;

/** The code over the whole window, for a phone that is not at the desk. */
export function LargeCode(props: {
  readonly card: WhatsAppCard;
  readonly opened: boolean;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation(['whatsapp', 'shell']);
  const { width, height } = useViewportSize();
  const { card } = props;
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      fullScreen
      title={t('code.largerTitle', { name: card.tenantName })}
      closeButtonProps={{ 'aria-label': t('shell:action.close') }}
      styles={{ title: { fontWeight: 600 } }}
    >
      <Stack align="center" gap="sm">
        {card.qrCode !== null && (
          <CodePicture
            dataUrl={card.qrCode}
            size={Math.max(320, Math.min(width - 120, height - besides))}
            alt={t('code.alt', { name: card.tenantName })}
          />
        )}
        <CodeCountdown card={card} />
        <Button variant="default" onClick={props.onClose}>
          {t('code.smaller')}
        </Button>
      </Stack>
    </Modal>
  );
}
