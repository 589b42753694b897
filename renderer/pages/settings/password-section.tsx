import { Button, PasswordInput, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../components/error-note';
import { Section } from '../../components/section';
import { hasPassword } from '../../console-login';
import { CallError } from '../../gateway-client';
import { useAction } from '../../use-gateway';

const shortestPassword = 10;

/** The one password of the console in browsers. Whoever is signed in is signed out by a new one. */
export function PasswordSection() {
  const { t } = useTranslation('settings');
  const isSet = useQuery({ queryKey: ['console session'], queryFn: hasPassword, retry: false }).data === true;
  const save = useAction('login.setPassword');
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const problems = save.error instanceof CallError ? save.error.fields : {};
  const tooShort = password !== '' && password.length < shortestPassword;
  const differs = again !== '' && again !== password;
  const isReady = password.length >= shortestPassword && again === password && (!isSet || current !== '');
  const show = { 'aria-label': t('show') };

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (isReady) save.mutate({ password, ...(isSet ? { current } : {}) });
  }
  return (
    <Section title={t('password.title')} hint={t('password.hint')}>
      <Stack component="form" gap="md" maw={480} onSubmit={submit}>
        {isSet && (
          <PasswordInput
            label={t('password.current')}
            autoComplete="current-password"
            error={problems['current']}
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
            visibilityToggleButtonProps={show}
          />
        )}
        <PasswordInput
          label={t('password.next')}
          autoComplete="new-password"
          error={tooShort ? t('password.tooShort', { count: shortestPassword }) : problems['password']}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={show}
        />
        <PasswordInput
          label={t('password.again')}
          autoComplete="new-password"
          error={differs ? t('password.differs') : undefined}
          value={again}
          onChange={(event) => setAgain(event.currentTarget.value)}
          visibilityToggleButtonProps={show}
        />
        <Text size="sm" c="dimmed">
          {t('password.signsOut')}
        </Text>
        <Button type="submit" variant="default" w="fit-content" disabled={!isReady} loading={save.isPending}>
          {t('password.save')}
        </Button>
        <ErrorNote error={save.error} />
      </Stack>
    </Section>
  );
}
