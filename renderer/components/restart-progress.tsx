/// <reference lib="dom" />
import { Alert, Anchor, Group, Loader, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useCall, useGateway } from '../use-gateway';
import type { Restart } from '../use-restart';
import { useVariables } from '../use-variables';
import { ErrorNote } from './error-note';

/** How far a restart is; in a browser with the address to go to, where the port changes. */
export function RestartProgress({ restart }: { readonly restart: Restart }) {
  const { t } = useTranslation();
  const info = useCall('gateway.info', {});
  const newAddress = useNewAddress();
  if (restart.error) return <ErrorNote error={restart.error} onRetry={restart.start} />;
  if (restart.state === 'restarting') {
    return (
      <Stack gap="xs" role="status">
        <Group gap="sm" wrap="nowrap">
          <Loader size="sm" />
          <Text>{t('restart.underWay')}</Text>
        </Group>
        {newAddress !== undefined && (
          <Text size="sm">
            {t('restart.moved')}{' '}
            <Anchor href={newAddress} underline="always">
              {newAddress.replace(/#.*/, '')}
            </Anchor>
          </Text>
        )}
      </Stack>
    );
  }
  if (restart.state !== 'done') return null;
  const problem = info.data?.restartProblem ?? null;
  return problem === null ? (
    <Alert color="teal" variant="light" role="status" icon={<IconCircleCheck aria-hidden />}>
      {t('restart.done')}
    </Alert>
  ) : (
    <Alert
      color="red"
      variant="light"
      role="alert"
      icon={<IconAlertTriangle aria-hidden />}
      title={t('restart.fellBack')}
    >
      <Text size="sm" className="long-text">
        {problem}
      </Text>
    </Alert>
  );
}

/** Where this page will be found after the restart; undefined: where it is. */
function useNewAddress(): string | undefined {
  const { entryPoint } = useGateway();
  const port = useVariables()?.get('PORT');
  if (entryPoint !== 'browser' || port?.pending !== true || port.value === null || port.value === '0')
    return undefined;
  const address = new URL(window.location.href);
  address.port = port.value;
  return address.href;
}
