import { NumberInput, Switch, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { SettingFields, SettingName } from './setting-types';

/** Hints stand below, so that fields side by side stay in line. */
const order = ['label', 'input', 'error', 'description'] as const;

interface FieldProps {
  readonly form: SettingFields;
  readonly name: SettingName;
  readonly label: string;
  readonly hint?: string;
}

export function TextSetting({
  form,
  name,
  label,
  hint,
  type,
  placeholder,
  error,
}: FieldProps & {
  readonly type?: 'email' | 'url';
  readonly placeholder?: string;
  readonly error?: string;
}) {
  const { t } = useTranslation('tenants');
  const standard = form.defaults[name] ?? null;
  return (
    <TextInput
      label={label}
      description={hint}
      inputWrapperOrder={[...order]}
      type={type}
      value={form.text(name)}
      placeholder={placeholder ?? (standard === null ? undefined : t('form.default', { value: standard }))}
      error={error ?? form.problem(name)}
      onChange={(event) => form.set(name, event.currentTarget.value)}
    />
  );
}

/** `unit`: how many of the stored unit one shown unit is, such as 1000 for seconds that are kept in ms. */
export function NumberSetting(
  props: FieldProps & { readonly unit?: number; readonly suffix?: string; readonly error?: string },
) {
  const { t } = useTranslation('tenants');
  const { form, name, unit = 1 } = props;
  const value = form.number(name);
  const standard = Number(form.defaults[name]) / unit;
  return (
    <NumberInput
      label={props.label}
      description={props.hint}
      inputWrapperOrder={[...order]}
      value={Number.isNaN(value) ? '' : value / unit}
      onChange={(next) => form.set(name, next === '' ? '' : Math.round(Number(next) * unit * 1_000) / 1_000)}
      min={0}
      thousandSeparator={name === 'smtp_port' || name === 'bounce_imap_port' ? undefined : ' '}
      suffix={props.suffix}
      placeholder={t('form.default', { value: `${standard}${props.suffix ?? ''}` })}
      error={props.error ?? form.problem(name)}
      hideControls
    />
  );
}

export function FlagSetting({ form, name, label, hint }: FieldProps) {
  return (
    <Switch
      label={label}
      description={hint}
      checked={form.flag(name)}
      onChange={(event) => form.set(name, event.currentTarget.checked)}
    />
  );
}
