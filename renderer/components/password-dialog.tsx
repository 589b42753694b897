import { Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { useState, useSyncExternalStore, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { PasswordQuestion, PasswordQuestions } from '../password-questions';
import { useGateway } from '../use-gateway';
import { ErrorNote } from './error-note';

/** Asks for the console's password again where a call wants it; in browsers only. */
export function PasswordDialog() {
  const { passwordQuestions } = useGateway();
  return passwordQuestions ? <OpenQuestion questions={passwordQuestions} /> : null;
}

function OpenQuestion({ questions }: { readonly questions: PasswordQuestions }) {
  const { t } = useTranslation('shell');
  const question = useSyncExternalStore(
    (listener) => questions.onChange(listener),
    () => questions.current(),
  );
  return (
    <Modal
      opened={question !== undefined}
      onClose={() => question?.decline()}
      title={t('confirmPassword.title')}
      centered
      zIndex={400}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {question && <PasswordForm question={question} />}
    </Modal>
  );
}

function PasswordForm({ question }: { readonly question: PasswordQuestion }) {
  const { t } = useTranslation('shell');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<Error | null>(null);
  const [isBusy, setBusy] = useState(false);

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    // A portal's events also reach the form that the dialog was opened from.
    event.stopPropagation();
    setBusy(true);
    question
      .answer(password)
      .catch((thrown: unknown) => setError(thrown as Error))
      .finally(() => setBusy(false));
  }
  return (
    <Stack component="form" onSubmit={submit}>
      <Text>{t('confirmPassword.text')}</Text>
      <PasswordInput
        label={t('confirmPassword.label')}
        autoComplete="current-password"
        data-autofocus
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <ErrorNote error={error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={() => question.decline()}>
          {t('action.cancel')}
        </Button>
        <Button type="submit" loading={isBusy} disabled={password === ''}>
          {t('confirmPassword.confirm')}
        </Button>
      </Group>
    </Stack>
  );
}
