import { Anchor, Badge, Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useId, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { WhatsAppCard } from '../../../main/contracts/console/whatsapp-calls';
import { ErrorNote } from '../../components/error-note';
import { WhatsAppBadge } from '../../components/status-badge';
import { useFormats } from '../../use-formats';
import { useAction } from '../../use-gateway';
import { useMay } from '../../use-role';
import { CardFacts } from './card-facts';
import { CardMenu } from './card-menu';
import { stateOf, stateSentence, type CardState } from './card-state';
import { CodePanel } from './code-panel';
import { PairingDialog } from './pairing-dialog';
import { useTakeCard } from './use-take-card';
import classes from './whatsapp.module.css';

/** What the one button says; nothing where there is nothing to press. */
const buttons: Readonly<Partial<Record<CardState, 'connect' | 'tryNow'>>> = {
  new: 'connect',
  office: 'connect',
  gaveUp: 'connect',
  auth_failed: 'connect',
  logged_out: 'connect',
  lost: 'tryNow',
};

/** WhatsApp of one tenant: how it is, what a person can do about it, and the code to scan. */
export function WhatsAppCardView(props: {
  readonly card: WhatsAppCard;
  /** somebody began something with it */
  readonly onTouched: () => void;
  /** what stands below, where there is more to say */
  readonly children?: ReactNode;
}) {
  const { t } = useTranslation('whatsapp');
  const titleId = useId();
  const takeCard = useTakeCard();
  const [pairing, setPairing] = useState(false);
  const connect = useAction('whatsapp.connect');
  const { card } = props;
  const { customerId, tenantName } = card;
  const state = stateOf(card);
  const isUsable = card.enabled && !card.isAway;
  const mayLink = useMay('whatsapp.connect');
  const button = isUsable && mayLink ? buttons[state] : undefined;
  const showsCode = isUsable && mayLink && (card.status === 'qr_ready' || card.qrCode !== null);

  const start = (way: 'qr' | 'visible') => {
    props.onTouched();
    connect.mutate({ customerId, way }, { onSuccess: takeCard });
  };
  const pair = () => {
    props.onTouched();
    setPairing(true);
  };
  return (
    <Paper
      withBorder
      p="lg"
      component="section"
      aria-labelledby={titleId}
      className={showsCode ? classes['wide'] : undefined}
    >
      <Stack gap="md">
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <div>
            <Title order={2} size="h4" id={titleId} className="long-text">
              {tenantName}
            </Title>
            <Group gap="xs" mt={4}>
              <State card={card} />
            </Group>
          </div>
          <Group gap="xs" wrap="nowrap">
            {button && (
              <Button
                variant={state !== 'office' && (card.needsPerson || state === 'new') ? 'filled' : 'default'}
                loading={connect.isPending}
                onClick={() => start('qr')}
              >
                {t(button)}
              </Button>
            )}
            {isUsable && mayLink && (
              <CardMenu
                card={card}
                onPair={pair}
                onVisible={() => start('visible')}
                onTouched={props.onTouched}
              />
            )}
          </Group>
        </Group>
        {isUsable ? (
          <>
            <Stack gap={4} role="status">
              <Text>{t(stateSentence(state, mayLink))}</Text>
              {card.reason !== null && state !== 'ready' && state !== 'office' && (
                <Text size="sm" c="dimmed" className="long-text">
                  {t('reason', { reason: card.reason })}
                </Text>
              )}
              {card.waiting > 0 && state !== 'ready' && (
                <Text size="sm" fw={500}>
                  {t('waitingNote', { count: card.waiting })}
                </Text>
              )}
            </Stack>
            <ErrorNote error={connect.error} />
            {showsCode && <CodePanel card={card} isAwaited={connect.isSuccess} onPair={pair} />}
            <UnknownNote card={card} />
            {(state === 'ready' || card.phone !== null) && !showsCode && <CardFacts card={card} />}
            {props.children}
          </>
        ) : (
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <Text c="dimmed" role="status">
              {t('away')}
            </Text>
            <Anchor
              component={Link}
              to={`/tenants/${encodeURIComponent(customerId)}`}
              size="sm"
              style={{ flexShrink: 0 }}
            >
              {t('toTenant')}
            </Anchor>
          </Group>
        )}
      </Stack>
      <PairingDialog card={card} opened={pairing} onClose={() => setPairing(false)} />
    </Paper>
  );
}

function State({ card }: { readonly card: WhatsAppCard }) {
  const { t } = useTranslation('whatsapp');
  const formats = useFormats();
  if (!card.enabled || card.isAway) return null;
  return (
    <>
      {stateOf(card) === 'office' ? (
        <Badge variant="light" color="blue" tt="none">
          {t('office.name')}
        </Badge>
      ) : (
        <WhatsAppBadge status={card.status} />
      )}
      {card.needsPerson && stateOf(card) !== 'office' && (
        <Badge variant="outline" color="orange" tt="none">
          {t('needsYou')}
        </Badge>
      )}
      {card.since !== null && !['new', 'office'].includes(stateOf(card)) && (
        <Text size="sm" c="dimmed" title={formats.dateTime(card.since)}>
          {formats.relative(card.since)}
        </Text>
      )}
    </>
  );
}

function UnknownNote({ card }: { readonly card: WhatsAppCard }) {
  const { t } = useTranslation('whatsapp');
  if (card.unknown === 0) return null;
  const query = new URLSearchParams({
    customerId: card.customerId,
    channel: 'whatsapp',
    status: 'unknown',
  });
  return (
    <Anchor component={Link} to={`/history?${query.toString()}`} size="sm" fw={500}>
      {t('unknown', { count: card.unknown })}
    </Anchor>
  );
}
