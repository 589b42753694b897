import { Skeleton, Stack, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../components/error-note';
import { Section } from '../../components/section';
import { useAction, useCall } from '../../use-gateway';

const switches = ['startAtLogin', 'closeToTray', 'notifications'] as const;

/** How the app behaves on this computer; each takes effect at once. */
export function DesktopSection() {
  const { t } = useTranslation('settings');
  const preferences = useCall('desktop.getPreferences', {});
  const save = useAction('desktop.setPreferences', ['desktop.getPreferences']);
  return (
    <Section title={t('desktop.title')} hint={t('desktop.hint')}>
      <ErrorNote error={preferences.error ?? save.error} />
      {preferences.data ? (
        <Stack gap="md">
          {switches.map((name) => (
            <Switch
              key={name}
              label={t(`desktop.${name}.label`)}
              description={t(`desktop.${name}.hint`)}
              checked={(save.isPending ? save.variables[name] : undefined) ?? preferences.data[name]}
              onChange={(event) => save.mutate({ [name]: event.currentTarget.checked })}
            />
          ))}
        </Stack>
      ) : (
        <Skeleton h={120} />
      )}
    </Section>
  );
}
