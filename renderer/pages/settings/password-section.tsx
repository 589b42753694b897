import { Button, PasswordInput, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../components/error-note';
import { Section } from '../../components/section';
import { readSession } from '../../console-login';
import { CallError } from '../../gateway-client';
import { useAction } from '../../use-gateway';
import { useMe } from '../../use-role';
import { isFit, NewPasswordFields, useNewPassword } from '../login/password-fields';

/** One's own password: by name, or the console's, which signs everybody out. */
export function PasswordSection() {
  const { t } = useTranslation('settings');
  const isNamed = useMe()?.name != null;
  const ways = useQuery({ queryKey: ['console session'], queryFn: readSession, retry: false });
  const isSet = isNamed || ways.data?.passwordSet === true;
  const save = useAction('login.setPassword');
  const [current, setCurrent] = useState('');
  const [typed, setTyped] = useNewPassword();
  const problems = save.error instanceof CallError ? save.error.fields : {};
  const isReady = isFit(typed) && (!isSet || current !== '');

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (isReady) save.mutate({ password: typed.password, ...(isSet ? { current } : {}) });
  }
  return (
    <Section
      title={t(isNamed ? 'password.ownTitle' : 'password.title')}
      hint={t(isNamed ? 'password.ownHint' : 'password.hint')}
    >
      <Stack component="form" gap="md" maw={480} onSubmit={submit}>
        {isSet && (
          <PasswordInput
            label={t('password.current')}
            autoComplete="current-password"
            error={problems['current']}
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
            visibilityToggleButtonProps={{ 'aria-label': t('show') }}
          />
        )}
        <NewPasswordFields value={typed} onChange={setTyped} problem={problems['password']} />
        <Text size="sm" c="dimmed">
          {t(isNamed ? 'password.ownSignsOut' : 'password.signsOut')}
        </Text>
        <Button type="submit" variant="default" w="fit-content" disabled={!isReady} loading={save.isPending}>
          {t('password.save')}
        </Button>
        <ErrorNote error={save.error} />
      </Stack>
    </Section>
  );
}
