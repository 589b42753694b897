import { Button, Skeleton, Stack } from '@mantine/core';
import { IconBrandWhatsapp } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { EmptyState } from '../../components/empty-state';
import { ErrorNote } from '../../components/error-note';
import { PageHeader } from '../../components/page-header';
import { useCall, usePush } from '../../use-gateway';
import { useCardOrder } from './use-card-order';
import { useTakeCard } from './use-take-card';
import { WhatsAppCardView } from './whatsapp-card-view';
import classes from './whatsapp.module.css';

/** One card a tenant; those that need a person come first. */
export default function WhatsAppPage() {
  const { t } = useTranslation(['whatsapp', 'shell']);
  // Counts and times move without a push of their own.
  const list = useCall('whatsapp.list', {}, { refetchIntervalMs: 15_000 });
  usePush('whatsapp.changed', useTakeCard());
  const { cards, keepPlace } = useCardOrder(list.data?.cards ?? []);
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
        <div className={classes['cards']}>
          {cards.map((card) => (
            <WhatsAppCardView
              key={card.customerId}
              card={card}
              onTouched={() => keepPlace(card.customerId)}
            />
          ))}
        </div>
      </Stack>
    </>
  );
}
