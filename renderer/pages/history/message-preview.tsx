import { Badge, Group, Stack, Tabs, Text } from '@mantine/core';
import { IconPaperclip } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { DeliveryDetail } from '../../../main/contracts/console/history-calls';
import { WhatsAppText } from '../../components/whatsapp-bubble';
import { useFormats } from '../../use-formats';
import classes from './delivery-page.module.css';
import { indentJson } from './indent-json';
import { mailDocument } from './mail-document';
import { MailSource, WebhookExchange } from './wire-view';

type Message = NonNullable<DeliveryDetail['message']>;

function Attachments({ attachments }: Pick<Message, 'attachments'>) {
  const { t } = useTranslation('history');
  const formats = useFormats();
  if (attachments.length === 0) return null;
  return (
    <Group gap="xs" role="list" aria-label={t('preview.attachments', { count: attachments.length })}>
      {attachments.map(({ filename, bytes }, index) => (
        <Badge
          key={`${index}-${filename}`}
          role="listitem"
          variant="default"
          tt="none"
          fw={400}
          size="lg"
          maw="100%"
          leftSection={<IconPaperclip size={14} aria-hidden />}
          title={filename}
        >
          {`${filename} · ${bytes === null ? t('preview.sizeUnknown') : formats.bytes(bytes)}`}
        </Badge>
      ))}
    </Group>
  );
}

function MailPreview(props: {
  readonly message: Message;
  readonly recipient: string;
  readonly wire: DeliveryDetail['wire'];
}) {
  const { message, recipient, wire } = props;
  const { t } = useTranslation('history');
  const subject = message.subject ?? t('preview.noSubject');
  return (
    <Stack gap="sm">
      <dl className={classes['facts']}>
        {message.from !== null && (
          <>
            <dt>{t('preview.from')}</dt>
            <dd>{message.from}</dd>
          </>
        )}
        <dt>{t('preview.to')}</dt>
        <dd>{recipient}</dd>
        <dt>{t('preview.subject')}</dt>
        <dd>
          <Text span inherit fw={600}>
            {subject}
          </Text>
        </dd>
      </dl>
      <Attachments attachments={message.attachments} />
      <Tabs defaultValue={message.html === null ? 'text' : 'mail'} keepMounted={false}>
        <Tabs.List>
          {message.html !== null && <Tabs.Tab value="mail">{t('preview.mail')}</Tabs.Tab>}
          <Tabs.Tab value="text">{t('preview.text')}</Tabs.Tab>
          {wire && <Tabs.Tab value="source">{t('wire.source')}</Tabs.Tab>}
        </Tabs.List>
        {message.html !== null && (
          <Tabs.Panel value="mail" pt="sm">
            <iframe
              sandbox=""
              srcDoc={mailDocument(message.html)}
              title={t('preview.frame', { subject })}
              className={classes['mail']}
            />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="text" pt="sm">
          <div className={classes['plain']}>{message.text}</div>
        </Tabs.Panel>
        {wire && (
          <Tabs.Panel value="source" pt="sm">
            <MailSource wire={wire} />
          </Tabs.Panel>
        )}
      </Tabs>
    </Stack>
  );
}

/** What was sent, as whoever got it saw it. */
export function MessagePreview({ delivery }: { readonly delivery: DeliveryDetail }) {
  const { t } = useTranslation('history');
  const { message, channel, recipient, wire } = delivery;
  if (channel === 'webhook' && wire) return <WebhookExchange delivery={delivery} wire={wire} />;
  if (!message) {
    return (
      <Text size="sm" c="dimmed">
        {t('delivery.notRendered')}
      </Text>
    );
  }
  if (channel === 'email') return <MailPreview message={message} recipient={recipient} wire={wire} />;
  if (channel === 'webhook') {
    return (
      <pre className={classes['plain']} aria-label={t('preview.json')} tabIndex={0}>
        {indentJson(message.text)}
      </pre>
    );
  }
  return (
    <Stack gap="sm">
      <div className={classes['chat']} role="group" aria-label={t('preview.bubble')}>
        <div className={classes['bubble']}>
          <WhatsAppText text={message.text} />
        </div>
      </div>
      <Attachments attachments={message.attachments} />
    </Stack>
  );
}
