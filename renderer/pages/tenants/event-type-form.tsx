import {
  Button,
  Group,
  JsonInput,
  SimpleGrid,
  Stack,
  Switch,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ListedEventType } from '../../../main/contracts/console/tenant-calls';
import { Section } from '../../components/section';
import { tell } from '../../components/tell';
import { CallError } from '../../gateway-client';
import { useAction } from '../../use-gateway';
import { EventTypeAudiences } from './event-type-audiences';
import { buildDefinition, readSample, startDraft } from './event-type-draft';
import { EventTypeFields } from './event-type-fields';
import { BackToTypes } from './event-type-view';
import { SaveProblems } from './save-problems';
import { UnsavedGuard } from './unsaved-guard';

/** An event type of the tenant's own: a new one, or one to change. */
export function EventTypeForm(props: {
  readonly customerId: string;
  readonly eventType: ListedEventType | undefined;
  /** with the type that was saved, or without one when nothing was */
  readonly onDone: (type?: string) => void;
}) {
  const { t } = useTranslation(['tenants', 'shell']);
  const { customerId, eventType, onDone } = props;
  const [start] = useState(() => startDraft(eventType));
  const [draft, setDraft] = useState(start);
  const save = useAction('eventTypes.save', ['eventTypes.list', 'templates.preview']);
  const problems = save.error instanceof CallError ? save.error.fields : {};
  const isSampleWrong = readSample(draft.sample) === undefined;
  const change = (part: Partial<typeof draft>) => {
    setDraft((before) => ({ ...before, ...part }));
    if (save.isError) save.reset();
  };

  // Only once it is known here that all is saved: the guard would ask otherwise.
  const isSaved = save.isSuccess;
  const type = draft.type.trim();
  useEffect(() => {
    if (!isSaved) return;
    tell(t('types.saved', { type }));
    onDone(type);
  }, [isSaved]);

  const submit = () => {
    if (!isSampleWrong) save.mutate({ customerId, definition: buildDefinition(draft) });
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <UnsavedGuard dirty={draft !== start && !isSaved} />
      <Stack gap="lg">
        <div>
          <BackToTypes onBack={() => onDone(eventType?.type)} />
          <Title order={2} size="h3" mt="xs" className="long-text">
            {eventType ? eventType.title : t('types.newTitle')}
          </Title>
        </div>
        <SimpleGrid cols={{ base: 1, sm: 2 }} style={{ alignItems: 'start' }}>
          <TextInput
            label={t('types.type')}
            description={eventType ? undefined : t('types.typeHint')}
            value={draft.type}
            readOnly={eventType !== undefined}
            variant={eventType ? 'filled' : undefined}
            maxLength={100}
            error={problems['type']}
            onChange={(event) => change({ type: event.currentTarget.value })}
          />
          <TextInput
            label={t('types.title')}
            description={eventType ? undefined : ' '}
            value={draft.title}
            maxLength={200}
            error={problems['title']}
            onChange={(event) => change({ title: event.currentTarget.value })}
          />
        </SimpleGrid>
        <Textarea
          label={t('types.description')}
          value={draft.description}
          maxLength={2_000}
          autosize
          minRows={2}
          error={problems['description']}
          onChange={(event) => change({ description: event.currentTarget.value })}
        />
        <EventTypeFields
          fields={draft.fields}
          problems={problems}
          onChange={(fields) => change({ fields })}
        />
        <EventTypeAudiences
          draft={draft}
          changedTemplates={eventType?.changedTemplates ?? []}
          problems={problems}
          onChange={change}
        />
        <Section title={t('types.sample')} hint={t('types.sampleHint')}>
          <JsonInput
            aria-label={t('types.sample')}
            value={draft.sample}
            onChange={(sample) => change({ sample })}
            formatOnBlur
            autosize
            minRows={6}
            maxRows={20}
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            error={isSampleWrong ? t('types.sampleWrong') : problems['sample']}
          />
        </Section>
        {draft.audiences.length > 0 && (
          <Switch
            label={t('types.fallback')}
            checked={draft.fallbackToEmail}
            onChange={(event) => change({ fallbackToEmail: event.currentTarget.checked })}
          />
        )}
        <SaveProblems title={t('types.problems')} error={save.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={() => onDone(eventType?.type)} disabled={save.isPending}>
            {t('shell:action.cancel')}
          </Button>
          <Button type="submit" loading={save.isPending} disabled={isSampleWrong}>
            {t('types.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
