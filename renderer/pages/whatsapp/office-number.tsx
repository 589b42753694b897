import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallOutput } from '../../../main/contracts/console/console-calls';
import type { WhatsAppOffice } from '../../../main/contracts/console/whatsapp-calls';
import { officeId } from '../../../main/contracts/office-number';
import { ErrorNote } from '../../components/error-note';
import { tell } from '../../components/tell';
import { useFormats } from '../../use-formats';
import { callKey, useAction } from '../../use-gateway';
import { AskDialog } from '../tenants/ask-dialog';
import { useTakeCard } from './use-take-card';
import { WhatsAppCardView } from './whatsapp-card-view';
import classes from './whatsapp.module.css';

/** The number for tenants that have none: a sentence and a button until it is set up, then a card as tenants have one. */
export function OfficeNumber({ office }: { readonly office: WhatsAppOffice }) {
  const { t } = useTranslation('whatsapp');
  const [asksRemoval, setAsksRemoval] = useState(false);
  const isShown = office.isSetUp || office.card.status !== 'disconnected';
  const isBegun = isShown && office.card.status !== 'logged_out';
  if (!office.isSetUp && !isBegun) return <NotSetUp />;
  return (
    <div className={classes['cards']}>
      <WhatsAppCardView card={{ ...office.card, tenantName: t('office.name') }} onTouched={() => undefined}>
        <Text size="sm" c="dimmed">
          {office.isSetUp ? t('office.senders', { count: office.senders }) : t('office.hint')}
        </Text>
        <Replies replies={office.replies} />
        {office.isSetUp && (
          <Group>
            <Button variant="default" size="xs" onClick={() => setAsksRemoval(true)}>
              {t('office.remove')}
            </Button>
          </Group>
        )}
      </WhatsAppCardView>
      <RemovalDialog opened={asksRemoval} senders={office.senders} onClose={() => setAsksRemoval(false)} />
    </div>
  );
}

function NotSetUp() {
  const { t } = useTranslation('whatsapp');
  const titleId = useId();
  const takeCard = useTakeCard();
  const connect = useAction('whatsapp.connect');
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby={titleId}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <div style={{ flex: '1 1 16rem' }}>
            <Title order={2} size="h4" id={titleId}>
              {t('office.name')}
            </Title>
            <Text size="sm" c="dimmed" mt={4}>
              {t('office.hint')}
            </Text>
          </div>
          <Button
            variant="default"
            loading={connect.isPending}
            onClick={() => connect.mutate({ customerId: officeId, way: 'qr' }, { onSuccess: takeCard })}
          >
            {t('office.setUp')}
          </Button>
        </Group>
        <ErrorNote error={connect.error} />
      </Stack>
    </Paper>
  );
}

function Replies({ replies }: Pick<WhatsAppOffice, 'replies'>) {
  const { t } = useTranslation('whatsapp');
  const formats = useFormats();
  const titleId = useId();
  if (replies.length === 0) return null;
  return (
    <div>
      <Title order={3} size="h5" id={titleId}>
        {t('office.replies')}
      </Title>
      <Text size="xs" c="dimmed" mb="xs">
        {t('office.repliesHint')}
      </Text>
      <Stack component="ul" gap="xs" m={0} p={0} aria-labelledby={titleId} style={{ listStyle: 'none' }}>
        {replies.map(({ messageId, sender, body, kind, receivedAt }) => (
          <li key={messageId}>
            <Text size="xs" c="dimmed" className="long-text numbers" title={formats.dateTime(receivedAt)}>
              {sender} · {formats.relative(receivedAt)}
            </Text>
            <Text size="sm" className="long-text" lineClamp={3}>
              {body === '' ? t('office.noText', { kind }) : body}
            </Text>
          </li>
        ))}
      </Stack>
    </div>
  );
}

function RemovalDialog(props: {
  readonly opened: boolean;
  readonly senders: number;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation('whatsapp');
  const queries = useQueryClient();
  const remove = useAction('whatsapp.removeOffice');
  const close = () => {
    remove.reset();
    props.onClose();
  };
  return (
    <AskDialog
      opened={props.opened}
      title={t('office.removeTitle')}
      confirm={t('office.removeButton')}
      busy={remove.isPending}
      onClose={close}
      onConfirm={() =>
        remove.mutate(
          {},
          {
            onSuccess: (office) => {
              queries.setQueryData<CallOutput<'whatsapp.list'>>(
                callKey('whatsapp.list', {}),
                (before) => before && { ...before, office },
              );
              tell(t('office.removed'));
              close();
            },
          },
        )
      }
    >
      <Text>{t('office.removeText', { count: props.senders })}</Text>
      <ErrorNote error={remove.error} />
    </AskDialog>
  );
}
