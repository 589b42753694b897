import { Anchor, Button, Skeleton, Stack, Text } from '@mantine/core';
import { IconBrandWhatsapp } from '@tabler/icons-react';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { WhatsAppCard } from '../../../main/contracts/console/whatsapp-calls';
import { EmptyState } from '../../components/empty-state';
import { ErrorNote } from '../../components/error-note';
import { PageHeader } from '../../components/page-header';
import { useCall, usePush } from '../../use-gateway';
import { stateOf } from './card-state';
import { OfficeNumber } from './office-number';
import { useCardOrder } from './use-card-order';
import { useTakeCard } from './use-take-card';
import { WhatsAppCardView } from './whatsapp-card-view';
import classes from './whatsapp.module.css';

/** Linked before and unlinked since, or with a code to scan; a tenant that never used WhatsApp is left in peace. */
function needsScan(card: WhatsAppCard): boolean {
  if (card.number === 'office') return false;
  const state = stateOf(card);
  return state === 'qr_ready' || state === 'auth_failed' || state === 'logged_out' || card.needsPerson;
}

/** Tenants that do not use WhatsApp: one line for all of them, each with the way to its switch. */
function SwitchedOff({ cards }: { readonly cards: readonly WhatsAppCard[] }) {
  const { t } = useTranslation('whatsapp');
  if (cards.length === 0) return null;
  return (
    <Text size="sm" c="dimmed" className="long-text" role="note">
      {t('switchedOff', { count: cards.length })}{' '}
      {cards.map(({ customerId, tenantName }, index) => (
        <Fragment key={customerId}>
          {index > 0 && ', '}
          <Anchor
            component={Link}
            to={`/tenants/${encodeURIComponent(customerId)}?tab=channels`}
            size="sm"
            underline="always"
          >
            {tenantName}
          </Anchor>
        </Fragment>
      ))}
    </Text>
  );
}

/** One card a tenant; those that need a person come first. */
export default function WhatsAppPage() {
  const { t } = useTranslation(['whatsapp', 'shell']);
  // Counts and times move without a push of their own.
  const list = useCall('whatsapp.list', {}, { refetchIntervalMs: 15_000 });
  usePush('whatsapp.changed', useTakeCard());
  const { cards, keepPlace } = useCardOrder(list.data?.cards ?? []);
  const on = cards.filter((card) => card.enabled || card.isAway);
  const off = cards.filter((card) => !card.enabled && !card.isAway);
  const scans = on.filter((card) => card.enabled && !card.isAway && needsScan(card)).length;
  return (
    <>
      <PageHeader title={t('title')} hint={t('hint')} />
      <Stack>
        <ErrorNote title={t('shell:error.load')} error={list.error} onRetry={() => void list.refetch()} />
        {list.isPending && (
          <div className={classes['cards']} aria-busy aria-label={t('loading')}>
            {[1, 2].map((one) => (
              <Skeleton key={one} h={200} />
            ))}
          </div>
        )}
        {list.data && cards.length === 0 && (
          <EmptyState
            icon={<IconBrandWhatsapp />}
            title={t('empty')}
            text={t('emptyText')}
            action={
              <Button component={Link} to="/tenants">
                {t('toTenants')}
              </Button>
            }
          />
        )}
        {scans > 0 && (
          <Text fw={550} role="status">
            {t('scans', { count: scans })}
          </Text>
        )}
        <div className={classes['cards']}>
          {on.map((card) => (
            <WhatsAppCardView
              key={card.customerId}
              card={card}
              onTouched={() => keepPlace(card.customerId)}
            />
          ))}
        </div>
        <SwitchedOff cards={off} />
        {list.data?.office && cards.length > 0 && <OfficeNumber office={list.data.office} />}
      </Stack>
    </>
  );
}
