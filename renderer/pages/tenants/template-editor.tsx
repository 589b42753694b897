import { Button, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CallInput } from '../../../main/contracts/console/console-calls';
import type { ListedEventType } from '../../../main/contracts/console/tenant-calls';
import { ErrorNote } from '../../components/error-note';
import { tell } from '../../components/tell';
import { useAction, useCall } from '../../use-gateway';
import { AskDialog } from './ask-dialog';
import { TemplateFields } from './template-fields';
import { TemplatePreview } from './template-preview';
import { TemplateTexts } from './template-texts';
import type { TemplateChannel, Texts } from './template-types';
import { UnsavedGuard } from './unsaved-guard';
import { useKept } from './use-kept';

/** Long enough for a word to be finished, short enough to feel at once. */
const previewAfterMs = 300;

/** One template: what is written on the left, what becomes of it on the right. */
export function TemplateEditor(props: {
  readonly customerId: string;
  readonly eventType: ListedEventType;
  readonly audience: string;
  readonly channel: TemplateChannel;
  readonly inForce: Texts;
  readonly isChanged: boolean;
}) {
  const { t } = useTranslation(['tenants', 'shell']);
  const { customerId, eventType, audience, channel, inForce } = props;
  const template = { eventType: eventType.type, audience, channel };
  const [texts, setTexts] = useState<Texts>(inForce);
  const [data, setData] = useState<Record<string, unknown>>();
  const [asksReset, setAsksReset] = useState(false);
  const [written] = useDebouncedValue(texts, previewAfterMs);

  const isEmpty = (value: Texts) =>
    value.text.trim() === '' || (channel === 'email' && value.subject?.trim() === '');
  const previewInput: CallInput<'templates.preview'> = { customerId, template, texts: written, data };
  const preview = useCall('templates.preview', previewInput, { enabled: !isEmpty(written) });
  // What was there stays while the next one is made.
  const shown = useKept(isEmpty(written) ? undefined : preview.data);
  const renewed = ['eventTypes.list', 'templates.preview'] as const;
  const save = useAction('templates.save', renewed);
  const reset = useAction('templates.reset', renewed);

  const dirty = JSON.stringify(texts) !== JSON.stringify(inForce);
  const problems = shown?.problems ?? [];
  return (
    <Stack gap="md">
      <UnsavedGuard dirty={dirty && !save.isPending && !save.isSuccess} />
      <Group justify="space-between">
        <Text size="sm" c="dimmed" role="status">
          {dirty ? t('form.unsaved') : ''}
        </Text>
        <Group gap="xs">
          {props.isChanged && (
            <Button variant="default" onClick={() => setAsksReset(true)} disabled={save.isPending}>
              {t('templates.reset')}
            </Button>
          )}
          <Button variant="default" onClick={() => setTexts(inForce)} disabled={!dirty || save.isPending}>
            {t('form.undo')}
          </Button>
          <Button
            disabled={!dirty || isEmpty(texts)}
            loading={save.isPending}
            onClick={() =>
              save.mutate({ customerId, template, texts }, { onSuccess: () => tell(t('templates.saved')) })
            }
          >
            {t('templates.save')}
          </Button>
        </Group>
      </Group>
      <ErrorNote error={save.error ?? reset.error} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg" style={{ alignItems: 'start' }}>
        <Stack gap="md">
          <TemplateTexts
            channel={channel}
            texts={texts}
            problems={problems}
            unknownFields={shown?.unknownFields ?? []}
            onChange={(next) => {
              setTexts(next);
              if (save.isError) save.reset();
            }}
          />
          <TemplateFields eventType={eventType} />
        </Stack>
        <TemplatePreview
          customerId={customerId}
          eventType={eventType.type}
          channel={channel}
          preview={shown}
          isBroken={problems.length > 0 || isEmpty(texts)}
          error={preview.error}
          onData={setData}
        />
      </SimpleGrid>
      <AskDialog
        opened={asksReset}
        title={t('templates.resetTitle')}
        confirm={t('templates.reset')}
        busy={reset.isPending}
        onClose={() => setAsksReset(false)}
        onConfirm={() =>
          reset.mutate(
            { customerId, template },
            {
              onSuccess: () => {
                setAsksReset(false);
                tell(t('templates.resetDone'));
              },
            },
          )
        }
      >
        <Text className="long-text">
          {t('templates.resetText', {
            title: eventType.title,
            audience,
            channel: t(`shell:channel.${channel}`),
          })}
        </Text>
      </AskDialog>
    </Stack>
  );
}
