import { Badge, Box, Button, Group, PasswordInput, Select, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconLock } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { SettingVariable } from '../../../main/contracts/console/settings-calls';
import { useCall } from '../../use-gateway';
import { RetentionInput } from './retention-input';
import { choices, isLocked } from './settings-sections';
import type { SettingsDraft } from './use-settings-draft';
import { useVariableWords } from './use-variable-words';

interface VariableFieldProps {
  readonly variable: SettingVariable;
  readonly draft: SettingsDraft;
}

const checkAfterMs = 300;

/** One variable: what it is for, what it holds, whether that makes sense, and why it cannot be changed. */
export function VariableField({ variable, draft }: VariableFieldProps) {
  const { t } = useTranslation('settings');
  const words = useVariableWords()(variable);
  const { name, pending } = variable;
  const changed = draft.changes[name];
  const problem = useProblem(variable, changed);
  const locked = isLocked(variable);
  return (
    <Box className="variable" id={`variable-${name}`}>
      <Group gap="xs" mb={2}>
        <Text component="label" htmlFor={`input-${name}`} fw={550}>
          {words.label}
        </Text>
        {pending && changed === undefined && (
          <Badge variant="light" color="orange" tt="none">
            {t('pending')}
          </Badge>
        )}
        {changed !== undefined && (
          <Badge variant="light" tt="none">
            {t('changed')}
          </Badge>
        )}
      </Group>
      <Text size="sm" c="dimmed" mb={8} maw={640}>
        {words.hint}
      </Text>
      <VariableInput
        variable={variable}
        draft={draft}
        locked={locked}
        error={problem ?? draft.problems[name]}
      />
      {locked && (
        <Group gap={6} mt={6} wrap="nowrap" c="dimmed">
          <IconLock size={15} stroke={1.7} aria-hidden style={{ flex: 'none' }} />
          <Text size="sm">
            {t(variable.source === 'environment' ? 'lockedSet' : 'lockedAlways', { name })}
          </Text>
        </Group>
      )}
    </Box>
  );
}

/** What the gateway says of a value while it is typed. */
function useProblem(variable: SettingVariable, changed: string | null | undefined): string | undefined {
  const [settled] = useDebouncedValue(changed, checkAfterMs);
  const isTyped = settled !== undefined && settled !== null && settled !== '' && settled === changed;
  const check = useCall(
    'settings.check',
    { name: variable.name, value: settled ?? '' },
    { enabled: isTyped },
  );
  return isTyped ? (check.data?.problem ?? undefined) : undefined;
}

/** The default as a value; where it is a rule, what is written beside it for administrators is no help here. */
function useDefaultWords({ name, default: text }: SettingVariable): string {
  const { t } = useTranslation('settings');
  const word = text.split(':')[0] ?? '';
  if (choices[name]?.includes(word)) {
    return t('default', { value: t(`choice.${word as 'off'}`, { defaultValue: word }) });
  }
  return /^(not set|empty)|[:,]/.test(text) || text.length > 30 ? t('notSet') : t('default', { value: text });
}

interface VariableInputProps extends VariableFieldProps {
  readonly locked: boolean;
  readonly error: string | undefined;
}

function VariableInput({ variable, draft, locked, error }: VariableInputProps) {
  const { t } = useTranslation('settings');
  const { name, secret, isSet } = variable;
  const changed = draft.changes[name];
  const value =
    changed === undefined ? (variable.source === 'default' ? '' : (variable.value ?? '')) : (changed ?? '');
  const input = { id: `input-${name}`, disabled: locked, error, maw: 480 };
  const offered = choices[name];
  const placeholder = useDefaultWords(variable);
  if (name === 'GATEWAY_RETENTION_DAYS') {
    return (
      <RetentionInput
        {...input}
        value={value === '' ? variable.default : value}
        onChange={(next) => draft.change(variable, next)}
      />
    );
  }
  if (offered) {
    return (
      <Select
        {...input}
        data={offered.map((one) => ({ value: one, label: t(`choice.${one}`, { defaultValue: one }) }))}
        value={value === '' ? null : value}
        placeholder={placeholder}
        clearable={!locked}
        clearButtonProps={{ 'aria-label': t('toDefault') }}
        onChange={(next) => draft.change(variable, next)}
      />
    );
  }
  if (secret) {
    return (
      <Group gap="sm" align="flex-start">
        <PasswordInput
          {...input}
          flex={1}
          autoComplete="new-password"
          placeholder={
            changed === null
              ? t('secretRemoved')
              : t(!isSet ? 'notSet' : locked ? 'secretLocked' : 'secretSet')
          }
          value={value}
          onChange={(event) => draft.change(variable, event.currentTarget.value)}
          visibilityToggleButtonProps={{ 'aria-label': t('show') }}
        />
        {isSet && !locked && changed !== null && (
          <Button variant="default" onClick={() => draft.change(variable, null)}>
            {t('removeSecret')}
          </Button>
        )}
      </Group>
    );
  }
  return (
    <TextInput
      {...input}
      placeholder={placeholder}
      value={value}
      onChange={(event) => {
        const typed = event.currentTarget.value;
        draft.change(variable, typed === '' ? null : typed);
      }}
    />
  );
}
