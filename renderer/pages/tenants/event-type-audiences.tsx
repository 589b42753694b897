import {
  Button,
  CloseButton,
  Fieldset,
  Group,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Section } from '../../components/section';
import { emptyAudience, type DraftAudience, type EventTypeDraft } from './event-type-draft';

const monospace = { input: { fontFamily: 'var(--mantine-font-family-monospace)' } };

/** Who is told of the event, by what, and in which words. */
export function EventTypeAudiences(props: {
  readonly draft: EventTypeDraft;
  /** as `audience/channel`: their texts are kept under Templates, and would win over those written here */
  readonly changedTemplates: readonly string[];
  readonly problems: Readonly<Record<string, string>>;
  readonly onChange: (part: Partial<EventTypeDraft>) => void;
}) {
  const { t } = useTranslation('tenants');
  const { draft, onChange } = props;
  const set = (audiences: readonly DraftAudience[]) => onChange({ audiences });
  return (
    <Section title={t('types.audiences')} hint={t('types.audiencesHint')}>
      {draft.audiences.map((audience, index) => (
        <AudienceFields
          key={audience.key}
          audience={audience}
          index={index}
          draft={draft}
          changedTemplates={props.changedTemplates}
          problems={props.problems}
          onChange={(part) =>
            set(draft.audiences.map((one) => (one.key === audience.key ? { ...one, ...part } : one)))
          }
          onRemove={() => set(draft.audiences.filter(({ key }) => key !== audience.key))}
        />
      ))}
      <Button
        variant="subtle"
        w="fit-content"
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={() => set([...draft.audiences, emptyAudience()])}
      >
        {t('types.addAudience')}
      </Button>
    </Section>
  );
}

function AudienceFields(props: {
  readonly audience: DraftAudience;
  readonly index: number;
  readonly draft: EventTypeDraft;
  readonly changedTemplates: readonly string[];
  readonly problems: Readonly<Record<string, string>>;
  readonly onChange: (part: Partial<DraftAudience>) => void;
  readonly onRemove: () => void;
}) {
  const { t } = useTranslation('tenants');
  const { audience, index, draft, onChange } = props;
  const number = index + 1;
  const problem = (path: string) => props.problems[`audiences.${index}.${path}`];
  const isElsewhere = (channel: 'email' | 'whatsapp') =>
    props.changedTemplates.includes(`${audience.name}/${channel}`);
  const isChanged = isElsewhere('email') || isElsewhere('whatsapp');
  const fieldsOf = (kind: 'email' | 'phone') => [
    ...new Set(
      draft.fields.filter((field) => field.kind === kind && field.name !== '').map(({ name }) => name),
    ),
  ];
  return (
    <Fieldset legend={t('types.audience', { number })}>
      <Stack gap="sm">
        <Group align="flex-start" wrap="nowrap">
          <TextInput
            flex={1}
            label={t('types.audienceName')}
            placeholder={t('types.audienceNameHint')}
            value={audience.name}
            error={problem('name')}
            onChange={(event) => onChange({ name: event.currentTarget.value })}
          />
          <Select
            flex={1}
            label={t('types.emailField')}
            placeholder={t('types.noField')}
            data={fieldsOf('email')}
            value={audience.emailField === '' ? null : audience.emailField}
            clearable
            clearButtonProps={{ 'aria-label': t('types.noField') }}
            error={problem('email_field')}
            onChange={(value) => onChange({ emailField: value ?? '' })}
          />
          <Select
            flex={1}
            label={t('types.phoneField')}
            placeholder={t('types.noPhone')}
            data={fieldsOf('phone')}
            value={audience.phoneField === '' ? null : audience.phoneField}
            clearable
            clearButtonProps={{ 'aria-label': t('types.noPhone') }}
            error={problem('phone_field')}
            onChange={(value) => onChange({ phoneField: value ?? '' })}
          />
          <CloseButton
            mt={26}
            aria-label={t('types.removeAudience', { name: audience.name || number })}
            onClick={props.onRemove}
          />
        </Group>
        {isChanged && (
          <Text size="sm" c="dimmed">
            {t('types.changedTexts')}
          </Text>
        )}
        {audience.emailField !== '' && !isElsewhere('email') && (
          <>
            <TextInput
              label={t('types.subject')}
              value={audience.subject}
              error={problem('templates.email.subject')}
              styles={monospace}
              onChange={(event) => onChange({ subject: event.currentTarget.value })}
            />
            <Textarea
              label={t('types.emailText')}
              value={audience.emailText}
              error={problem('templates.email.text')}
              autosize
              minRows={4}
              maxRows={16}
              styles={monospace}
              onChange={(event) => onChange({ emailText: event.currentTarget.value })}
            />
          </>
        )}
        {audience.phoneField !== '' && !isElsewhere('whatsapp') && (
          <Textarea
            label={t('types.whatsappText')}
            value={audience.whatsAppText}
            error={problem('templates.whatsapp.text')}
            autosize
            minRows={3}
            maxRows={16}
            styles={monospace}
            onChange={(event) => onChange({ whatsAppText: event.currentTarget.value })}
          />
        )}
      </Stack>
    </Fieldset>
  );
}
