import { Button, Checkbox, CloseButton, Group, Select, Stack, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { fieldKinds, type FieldKind } from '../../../main/contracts/event-types';
import { Section } from '../../components/section';
import { emptyField, type DraftField } from './event-type-draft';

/** The fields of an event type, a line each. */
export function EventTypeFields(props: {
  readonly fields: readonly DraftField[];
  readonly problems: Readonly<Record<string, string>>;
  readonly onChange: (fields: readonly DraftField[]) => void;
}) {
  const { t } = useTranslation('tenants');
  const { fields, problems, onChange } = props;
  const kinds = fieldKinds.map((kind) => ({ value: kind, label: t(`types.kinds.${kind}`) }));
  const change = (key: number, part: Partial<DraftField>) =>
    onChange(fields.map((field) => (field.key === key ? { ...field, ...part } : field)));

  return (
    <Section title={t('types.fields')} hint={t('types.fieldsHint')}>
      <Stack gap="xs">
        {fields.map((field, index) => {
          const number = index + 1;
          const path = `${field.isRequired ? 'required' : 'optional'}.${field.name}`;
          return (
            <Group key={field.key} className="field-line" align="flex-start">
              <TextInput
                flex={1}
                aria-label={t('types.fieldName', { number })}
                placeholder={t('types.field')}
                value={field.name}
                maxLength={63}
                error={field.name === '' ? undefined : problems[path]}
                styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
                onChange={(event) => change(field.key, { name: event.currentTarget.value })}
              />
              <Select
                w={{ base: 150, sm: 220 }}
                aria-label={t('types.fieldKind', { number })}
                data={kinds}
                value={field.kind}
                allowDeselect={false}
                onChange={(kind) => change(field.key, { kind: kind as FieldKind })}
              />
              <Checkbox
                mt={8}
                label={t('types.mustBe')}
                aria-label={t('types.fieldMust', { number })}
                checked={field.isRequired}
                onChange={(event) => change(field.key, { isRequired: event.currentTarget.checked })}
              />
              <CloseButton
                mt={2}
                aria-label={t('types.removeField', { name: field.name || number })}
                onClick={() => onChange(fields.filter(({ key }) => key !== field.key))}
              />
            </Group>
          );
        })}
        <Button
          variant="subtle"
          w="fit-content"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => onChange([...fields, emptyField()])}
        >
          {t('types.addField')}
        </Button>
      </Stack>
    </Section>
  );
}
