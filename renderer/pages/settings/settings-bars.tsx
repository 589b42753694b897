import { Alert, Button, Group, Paper, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../components/error-note';
import { RestartProgress } from '../../components/restart-progress';
import { useCall } from '../../use-gateway';
import { useRestart } from '../../use-restart';
import type { SettingsDraft } from './use-settings-draft';

/** What is typed and not saved yet; stays in sight. */
export function SaveBar({ draft }: { readonly draft: SettingsDraft }) {
  const { t } = useTranslation(['settings', 'shell']);
  const count = Object.keys(draft.changes).length;
  if (count === 0) return null;
  return (
    <Paper
      withBorder
      shadow="md"
      p="md"
      className="save-bar"
      role="region"
      aria-label={t('settings:unsaved', { count })}
    >
      {draft.saveError && <ErrorNote error={draft.saveError} title={t('settings:notSaved')} />}
      <Group justify="space-between">
        <Text role="status">{t('settings:unsaved', { count })}</Text>
        <Group gap="sm">
          <Button variant="default" onClick={() => draft.discard()} disabled={draft.isSaving}>
            {t('settings:discard')}
          </Button>
          <Button onClick={() => draft.save()} loading={draft.isSaving}>
            {t('shell:action.save')}
          </Button>
        </Group>
      </Group>
    </Paper>
  );
}

/** Saved, and not in force before the gateway starts again. */
export function RestartBar() {
  const { t } = useTranslation('settings');
  const info = useCall('gateway.info', {});
  const restart = useRestart();
  if (restart.state !== 'idle' || restart.error) return <RestartProgress restart={restart} />;
  if (info.data?.restartNeeded !== true) return null;
  return (
    <Alert color="orange" variant="light" icon={<IconRefresh aria-hidden />} title={t('restart.title')}>
      <Group justify="space-between" align="center">
        <Text size="sm">{t('restart.text')}</Text>
        <Button size="sm" onClick={restart.start}>
          {t('restart.now')}
        </Button>
      </Group>
    </Alert>
  );
}
