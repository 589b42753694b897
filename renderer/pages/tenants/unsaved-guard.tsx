/// <reference lib="dom" />
import { Text } from '@mantine/core';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useBlocker } from 'react-router';
import { AskDialog } from './ask-dialog';

/** Keeps what is not saved: asks before another page or tab is opened, and lets the browser ask before it closes. */
export function UnsavedGuard({ dirty }: { readonly dirty: boolean }) {
  const { t } = useTranslation('tenants');
  const blocker = useBlocker(dirty);
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [dirty]);
  return (
    <AskDialog
      opened={blocker.state === 'blocked'}
      title={t('form.leaveTitle')}
      confirm={t('form.leaveButton')}
      cancel={t('form.stay')}
      onConfirm={() => blocker.proceed?.()}
      onClose={() => blocker.reset?.()}
    >
      <Text>{t('form.leave')}</Text>
    </AskDialog>
  );
}
