/// <reference lib="dom" />
import { Button, Group, List, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconHash, IconMaximize } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { WhatsAppCard } from '../../../main/contracts/console/whatsapp-calls';
import { CodeCountdown } from './code-countdown';
import { CodePicture } from './code-picture';
import { LargeCode } from './large-code';

/** At least so wide on screen, in CSS px: from a metre a phone's camera reads it. */
const codeSize = 320;

/** The code to scan, how long it is good, and how it is done. */
export function CodePanel(props: {
  readonly card: WhatsAppCard;
  /** somebody asked for the code just now: it is brought into view */
  readonly isAwaited: boolean;
  readonly onPair: () => void;
}) {
  const { t } = useTranslation('whatsapp');
  const { card, isAwaited, onPair } = props;
  const [isLarge, setLarge] = useState(false);
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isAwaited) panel.current?.scrollIntoView({ block: 'nearest' });
  }, [isAwaited]);
  return (
    <Group ref={panel} align="flex-start" gap="xl" wrap="nowrap">
      <Stack gap="xs" align="center" style={{ flexShrink: 0 }}>
        {card.qrCode === null ? (
          <Skeleton w={codeSize + 32} h={codeSize + 32} aria-label={t('code.preparing')} />
        ) : (
          <CodePicture dataUrl={card.qrCode} size={codeSize} alt={t('code.alt', { name: card.tenantName })} />
        )}
        <CodeCountdown card={card} />
      </Stack>
      <Stack gap="md" maw={440} miw={0} flex={1}>
        <div>
          <Title order={3} size="h5" mb="xs">
            {t('code.stepsTitle')}
          </Title>
          <List type="ordered" spacing="xs">
            <List.Item>{t('code.step1')}</List.Item>
            <List.Item>{t('code.step2')}</List.Item>
            <List.Item>{t('code.step3')}</List.Item>
            <List.Item>{t('code.step4')}</List.Item>
          </List>
        </div>
        <Group gap="xs">
          <Button
            variant="light"
            leftSection={<IconMaximize size={16} aria-hidden />}
            disabled={card.qrCode === null}
            onClick={() => setLarge(true)}
          >
            {t('code.larger')}
          </Button>
          <Button variant="subtle" leftSection={<IconHash size={16} aria-hidden />} onClick={onPair}>
            {t('code.byNumber')}
          </Button>
        </Group>
        <Text size="sm" c="dimmed">
          {t('code.changes')}
        </Text>
      </Stack>
      <LargeCode card={card} opened={isLarge && card.qrCode !== null} onClose={() => setLarge(false)} />
    </Group>
  );
}
