import { NumberInput, Stack, Switch } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

interface RetentionInputProps {
  readonly id: string;
  readonly disabled: boolean;
  readonly error: string | undefined;
  /** days; 0: kept for ever */
  readonly value: string;
  readonly onChange: (value: string) => void;
}

const usualDays = 365;

/** How long finished messages are kept: days, or for ever. */
export function RetentionInput({ id, disabled, error, value, onChange }: RetentionInputProps) {
  const { t } = useTranslation('settings');
  const days = Number.parseInt(value, 10);
  const isForever = !(days > 0);
  const [lastDays, setLastDays] = useState(isForever ? usualDays : days);
  return (
    <Stack gap="sm">
      <Switch
        label={t('retention.forever')}
        disabled={disabled}
        checked={isForever}
        onChange={(event) => onChange(event.currentTarget.checked ? '0' : String(lastDays))}
      />
      {!isForever && (
        <NumberInput
          id={id}
          w={180}
          min={1}
          allowDecimal={false}
          allowNegative={false}
          suffix={t('retention.suffix')}
          disabled={disabled}
          error={error}
          value={days}
          onChange={(next) => {
            if (next === '') return;
            setLastDays(Number(next));
            onChange(String(next));
          }}
        />
      )}
    </Stack>
  );
}
