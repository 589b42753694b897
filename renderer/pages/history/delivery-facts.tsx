import { ActionIcon, Anchor, CopyButton, Group } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { DeliveryDetail } from '../../../main/contracts/console/history-calls';
import { ChannelIcon } from '../../components/channel-icon';
import { useFormats } from '../../use-formats';
import classes from './delivery-page.module.css';
import { useEventWords } from './event-words';

/** The delivery in a few lines. */
export function DeliveryFacts({ delivery }: { readonly delivery: DeliveryDetail }) {
  const { t } = useTranslation('history');
  const { t: shell } = useTranslation();
  const formats = useFormats();
  const eventWords = useEventWords();
  const facts: (readonly [string, ReactNode])[] = [
    [
      t('delivery.tenant'),
      <Anchor
        key="tenant"
        component={Link}
        inherit
        underline="always"
        to={`/tenants/${encodeURIComponent(delivery.customerId)}`}
      >
        {delivery.tenantName}
      </Anchor>,
    ],
    [
      t('delivery.channel'),
      <Group key="channel" gap={6}>
        <ChannelIcon channel={delivery.channel} size={16} />
        {shell(`channel.${delivery.channel}`)}
      </Group>,
    ],
    [t('delivery.to'), delivery.recipient],
    [t('delivery.event'), eventWords(delivery.eventType)],
    ...(delivery.number === null
      ? []
      : [[t('delivery.sentFrom'), t(`delivery.numbers.${delivery.number}`)] as const]),
    ...(delivery.expiresAt === null
      ? []
      : [[t('delivery.expires'), formats.dateTime(delivery.expiresAt)] as const]),
    ...(delivery.messageId === null ? [] : [[t('delivery.messageId'), delivery.messageId] as const]),
  ];
  return (
    <dl className={classes['facts']}>
      {facts.map(([name, value]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** `Message 4711`, to tell somebody on the phone or to paste. */
export function DeliveryNumber({ id }: { readonly id: number }) {
  const { t } = useTranslation('history');
  return (
    <Group gap={4} wrap="nowrap" className="numbers">
      {t('delivery.number', { id })}
      <CopyButton value={String(id)} timeout={2_000}>
        {({ copied, copy }) => (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={copied ? t('delivery.copied') : t('delivery.copyId')}
            onClick={copy}
          >
            {copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
          </ActionIcon>
        )}
      </CopyButton>
    </Group>
  );
}
