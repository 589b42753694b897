import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { SettingVariable } from '../../../main/contracts/console/settings-calls';
import { Section } from '../../components/section';
import type { SettingsDraft } from './use-settings-draft';
import { VariableField } from './variable-field';

interface VariableListProps {
  readonly title: string;
  readonly hint?: string;
  readonly variables: readonly SettingVariable[];
  readonly draft: SettingsDraft;
}

export function VariableList({ title, hint, variables, draft }: VariableListProps) {
  const { t } = useTranslation('settings');
  return (
    <Section title={title} hint={hint}>
      {variables.length === 0 ? (
        <Text c="dimmed">{t('nothingFound')}</Text>
      ) : (
        <Stack gap={0}>
          {variables.map((variable) => (
            <VariableField key={variable.name} variable={variable} draft={draft} />
          ))}
        </Stack>
      )}
    </Section>
  );
}
