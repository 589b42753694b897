import { Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../components/error-note';
import { Section } from '../../components/section';
import { useAction, useCall } from '../../use-gateway';

const askWhileBusyMs = 2_000;

/** Updates of the desktop app, where a server for them is configured. */
export function UpdateSection() {
  const { t } = useTranslation('settings');
  const info = useCall('gateway.info', {});
  const update = useCall('desktop.update', {}, { refetchIntervalMs: askWhileBusyMs });
  const check = useAction('desktop.checkForUpdate', ['desktop.update']);
  const install = useAction('desktop.installUpdate');
  const state = update.data?.state ?? 'off';
  const busy = state === 'checking' || state === 'downloading';
  return (
    <Section
      title={t('update.title')}
      actions={
        state === 'off' ? undefined : state === 'ready' ? (
          <Button onClick={() => install.mutate({})} loading={install.isPending}>
            {t('update.install')}
          </Button>
        ) : (
          <Button variant="default" onClick={() => check.mutate({})} loading={busy || check.isPending}>
            {t('update.check')}
          </Button>
        )
      }
    >
      <Text size="sm" c="dimmed" role="status" className="long-text">
        {t(`update.${state}`, {
          version: update.data?.version ?? info.data?.version ?? '',
          error: update.data?.error ?? '',
        })}
      </Text>
      <ErrorNote error={check.error ?? install.error} />
    </Section>
  );
}
