import { PasswordInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

const shortestPassword = 10;

/** A new password, typed twice. */
export interface NewPassword {
  readonly password: string;
  readonly again: string;
}

/** Typed twice the same, and long enough. */
export function isFit({ password, again }: NewPassword): boolean {
  return password.length >= shortestPassword && again === password;
}

export function useNewPassword() {
  return useState<NewPassword>({ password: '', again: '' });
}

/** The two fields that a new password is typed into. */
export function NewPasswordFields(props: {
  readonly value: NewPassword;
  readonly onChange: (value: NewPassword) => void;
  /** what the gateway has against it */
  readonly problem?: string;
}) {
  const { t } = useTranslation('settings');
  const { value, onChange } = props;
  const { password, again } = value;
  const tooShort = password !== '' && password.length < shortestPassword;
  const differs = again !== '' && again !== password;
  const show = { 'aria-label': t('show') };
  return (
    <>
      <PasswordInput
        label={t('password.next')}
        autoComplete="new-password"
        error={tooShort ? t('password.tooShort', { count: shortestPassword }) : props.problem}
        value={password}
        onChange={(event) => onChange({ password: event.currentTarget.value, again })}
        visibilityToggleButtonProps={show}
      />
      <PasswordInput
        label={t('password.again')}
        autoComplete="new-password"
        error={differs ? t('password.differs') : undefined}
        value={again}
        onChange={(event) => onChange({ password, again: event.currentTarget.value })}
        visibilityToggleButtonProps={show}
      />
    </>
  );
}
