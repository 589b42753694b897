import { Code, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ListedEventType } from '../../../main/contracts/console/tenant-calls';
import type { FieldKind } from '../../../main/contracts/event-types';

/** How a field is best written, by what it holds. */
const filters: Readonly<Partial<Record<FieldKind, string>>> = {
  amount: ' | money',
  number: ' | number',
  date: ' | date',
  datetime: ' | datetime',
};

/** What may be used in the template, ready to be copied into it. */
export function TemplateFields({ eventType }: { readonly eventType: ListedEventType }) {
  const { t } = useTranslation('tenants');
  const fields = Object.entries({ ...eventType.required, ...eventType.optional });
  return (
    <div>
      <Text size="sm" fw={600} mb={6}>
        {t('templates.fields')}
      </Text>
      <Group gap={6}>
        {fields.map(([name, kind]) => (
          <Code key={name} className="long-text">{`{{ ${name}${filters[kind] ?? ''} }}`}</Code>
        ))}
      </Group>
    </div>
  );
}
