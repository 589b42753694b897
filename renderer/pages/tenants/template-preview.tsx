import { Group, Paper, SegmentedControl, Select, Skeleton, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallOutput } from '../../../main/contracts/console/console-calls';
import { ErrorNote } from '../../components/error-note';
import { WhatsAppBubble } from '../../components/whatsapp-bubble';
import { useFormats } from '../../use-formats';
import { useCall } from '../../use-gateway';
import { MailFrame } from './mail-frame';
import type { TemplateChannel } from './template-types';
import { useKept } from './use-kept';

type Preview = CallOutput<'templates.preview'>;

/** What becomes of the template, with sample data or with an event that really came. */
export function TemplatePreview(props: {
  readonly customerId: string;
  readonly eventType: string;
  readonly channel: TemplateChannel;
  readonly preview: Preview | undefined;
  /** as it stands, nothing can be rendered */
  readonly isBroken: boolean;
  readonly error: Error | null;
  readonly onData: (data: Record<string, unknown> | undefined) => void;
}) {
  const { t } = useTranslation(['tenants', 'shell']);
  const formats = useFormats();
  const { customerId, eventType, channel, preview } = props;
  const recent = useCall('eventTypes.recent', { customerId, eventType });
  const [source, setSource] = useState('sample');
  const events = recent.data?.events ?? [];
  // Broken for a moment while somebody types: the last that could be rendered stays in view.
  const email = useKept(preview?.email ?? undefined);
  const whatsApp = useKept(preview?.whatsapp ?? undefined);
  return (
    <Paper withBorder p="md" component="section" aria-label={t('templates.preview')}>
      <Stack gap="sm">
        <Select
          label={t('templates.previewWith')}
          value={source}
          allowDeselect={false}
          data={[
            { value: 'sample', label: t('templates.sample') },
            ...events.map(({ eventId, at }) => ({
              value: String(eventId),
              label: t('templates.event', { id: eventId, when: formats.relative(at) }),
            })),
          ]}
          onChange={(value) => {
            setSource(value ?? 'sample');
            props.onData(events.find(({ eventId }) => String(eventId) === value)?.data);
          }}
        />
        <ErrorNote error={props.error} />
        {props.isBroken && (
          <Text size="sm" c="dimmed" role="status">
            {(email ?? whatsApp) ? t('templates.lastPreview') : t('templates.noPreview')}
          </Text>
        )}
        {!preview && !props.isBroken && !props.error && <Skeleton h={360} />}
        <div>
          {channel === 'email' && email && <MailPreview email={email} />}
          {channel === 'whatsapp' && whatsApp && <WhatsAppBubble text={whatsApp.text} />}
        </div>
      </Stack>
    </Paper>
  );
}

function MailPreview({ email }: { readonly email: NonNullable<Preview['email']> }) {
  const { t } = useTranslation('tenants');
  const [look, setLook] = useState('layout');
  return (
    <Stack gap="sm">
      <Text fw={600} className="long-text">
        {email.subject}
      </Text>
      <Group>
        <SegmentedControl
          size="xs"
          aria-label={t('templates.previewLabel')}
          value={look}
          onChange={setLook}
          data={[
            { value: 'layout', label: t('templates.previewLayout') },
            { value: 'text', label: t('templates.previewText') },
          ]}
        />
      </Group>
      {look === 'layout' ? (
        <MailFrame html={email.html} title={t('templates.previewOf', { subject: email.subject })} />
      ) : (
        <Text
          ff="monospace"
          size="sm"
          className="long-text"
          style={{ whiteSpace: 'pre-wrap', maxHeight: 560, overflow: 'auto' }}
          tabIndex={0}
        >
          {email.text}
        </Text>
      )}
    </Stack>
  );
}
