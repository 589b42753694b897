import {
  ActionIcon,
  Alert,
  Anchor,
  Badge,
  Button,
  Group,
  Paper,
  Skeleton,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import {
  IconAlertTriangle,
  IconArrowLeft,
  IconBolt,
  IconChevronDown,
  IconChevronUp,
  IconHandStop,
} from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useParams } from 'react-router';
import type { DeliveryDetail } from '../../../main/contracts/console/history-calls';
import { ErrorNote } from '../../components/error-note';
import { PageHeader } from '../../components/page-header';
import { DeliveryBadge } from '../../components/status-badge';
import { callKey, useCall, usePush } from '../../use-gateway';
import { useBackToList } from './back-to-list';
import { CancelButton, ResolvePanel, RetryButton } from './delivery-actions';
import { DeliveryFacts, DeliveryNumber } from './delivery-facts';
import classes from './delivery-page.module.css';
import { DeliveryTimeline } from './delivery-timeline';
import { useEventWords } from './event-words';
import { Folded } from './folded';
import { findNeighbours } from './list-order';
import { MessagePreview } from './message-preview';
import { SiblingList } from './sibling-list';

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Title order={2} size="h5" mb="sm">
        {title}
      </Title>
      {children}
    </Paper>
  );
}

/** What is shown is what left, or what it would be if it left now. */
function nameMessage({ message, status }: DeliveryDetail): 'message' | 'messagePreview' | 'messageUnsent' {
  if (message?.asSent !== false) return 'message';
  return status === 'failed' ? 'messageUnsent' : 'messagePreview';
}

/** Why it is where it is, in words, with what a person can do about it. */
function StateNote({ delivery }: { readonly delivery: DeliveryDetail }) {
  const { status, error, heldReason } = delivery;
  if (status === 'unknown') return <ResolvePanel delivery={delivery} />;
  const words = status === 'held' ? heldReason : error;
  if (words === null || !['failed', 'pending', 'held'].includes(status)) return null;
  const isFailed = status === 'failed';
  return (
    <Alert
      color={isFailed ? 'red' : 'yellow'}
      variant="light"
      icon={isFailed ? <IconAlertTriangle aria-hidden /> : <IconHandStop aria-hidden />}
    >
      <Text size="sm" className="long-text">
        {words}
      </Text>
    </Alert>
  );
}

function Delivery({ delivery }: { readonly delivery: DeliveryDetail }) {
  const { t } = useTranslation('history');
  const eventWords = useEventWords();
  const back = useBackToList();
  const { event, status, recipient } = delivery;
  return (
    <>
      <PageHeader
        title={t('delivery.title', { event: eventWords(delivery.eventType), recipient })}
        actions={
          <>
            {delivery.eventId !== null && (
              <Button
                variant="default"
                component={Link}
                to={`/history?customerId=${encodeURIComponent(delivery.customerId)}&eventId=${delivery.eventId}`}
                leftSection={<IconBolt size={16} stroke={1.6} aria-hidden />}
              >
                {t('delivery.viewEvent')}
              </Button>
            )}
            {(status === 'pending' || status === 'held') && <CancelButton delivery={delivery} />}
            {(status === 'failed' || status === 'pending') && <RetryButton delivery={delivery} />}
          </>
        }
      />
      <Stack gap="lg">
        <Group gap="md" role="status">
          <DeliveryBadge status={status} />
          {delivery.isTest && (
            <Badge variant="light" color="gray">
              {t('row.test')}
            </Badge>
          )}
          <Text component="div" size="sm" c="dimmed">
            <DeliveryNumber id={delivery.id} />
          </Text>
        </Group>
        <StateNote delivery={delivery} />
        <div className={classes['columns']}>
          <Stack gap="lg">
            <Section title={t('delivery.timeline')}>
              <DeliveryTimeline delivery={delivery} />
            </Section>
            <Section title={t('delivery.facts')}>
              <DeliveryFacts delivery={delivery} />
            </Section>
            {delivery.siblings.length > 0 && (
              <Section title={t('delivery.siblings')}>
                <SiblingList delivery={delivery} state={back.nextStep} />
              </Section>
            )}
          </Stack>
          <Stack gap="lg">
            <Section title={t(`delivery.${nameMessage(delivery)}`)}>
              <MessagePreview delivery={delivery} />
            </Section>
            {event && (
              <Section title={t('delivery.data')}>
                <Folded label={t('delivery.showData')} text={JSON.stringify(event.data, null, 2)} />
              </Section>
            )}
          </Stack>
        </div>
      </Stack>
    </>
  );
}

/** To the messages before and after it in the list, without leaving it: Back still leads to the list. */
function Neighbours(props: { readonly customerId: string; readonly id: number }) {
  const { t } = useTranslation('history');
  const location = useLocation();
  const { previous, next } = findNeighbours(props);
  if (!previous && !next) return null;
  const links = [
    [previous, 'delivery.previous', IconChevronUp],
    [next, 'delivery.next', IconChevronDown],
  ] as const;
  return (
    <Group gap={4}>
      {links.map(([to, words, Icon]) =>
        to ? (
          <ActionIcon
            key={words}
            variant="default"
            component={Link}
            replace
            to={`/history/${encodeURIComponent(to.customerId)}/${to.id}`}
            state={location.state as unknown}
            aria-label={t(words)}
            title={t(words)}
          >
            <Icon size={16} aria-hidden />
          </ActionIcon>
        ) : (
          <ActionIcon key={words} variant="default" disabled aria-label={t(words)}>
            <Icon size={16} aria-hidden />
          </ActionIcon>
        ),
      )}
    </Group>
  );
}

/** All there is to know about one delivery, live while it is open. */
export default function DeliveryPage() {
  const { t } = useTranslation('history');
  const queries = useQueryClient();
  const back = useBackToList();
  const params = useParams();
  const customerId = params['customerId'] ?? '';
  const id = Number(params['id']);
  const input = { customerId, id };
  const found = useCall('history.get', input);
  const eventId = found.data?.eventId;
  usePush('deliveries.changed', ({ changes, more }) => {
    const isOurs = changes.some(
      (change) =>
        change.customerId === customerId &&
        (change.id === id || (change.eventId !== null && change.eventId === eventId)),
    );
    if (isOurs || more) void queries.invalidateQueries({ queryKey: callKey('history.get', input) });
  });

  return (
    <>
      <Group justify="space-between" mb="sm">
        <Anchor component={Link} to={back.to} onClick={back.onClick} size="sm">
          <Group gap={6} component="span">
            <IconArrowLeft size={16} aria-hidden />
            {t('delivery.back')}
          </Group>
        </Anchor>
        <Neighbours customerId={customerId} id={id} />
      </Group>
      {found.data ? (
        <Delivery delivery={found.data} />
      ) : found.isError ? (
        <>
          <PageHeader title={t('delivery.number', { id: params['id'] })} />
          <ErrorNote
            error={found.error}
            title={t('delivery.notFound')}
            onRetry={() => void found.refetch()}
          />
        </>
      ) : (
        <Stack role="status" aria-label={t('delivery.loading')}>
          <Skeleton height={34} width="50%" />
          <Skeleton height={24} width="20%" />
          <Skeleton height={320} />
        </Stack>
      )}
    </>
  );
}
