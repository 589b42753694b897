import { Alert, Button, Center, Group, Loader, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { GatewayState } from '../../main/contracts/console/desktop-calls';
import { useAction, useCall, usePush } from '../use-gateway';

/** The desktop's window is there before its gateway is: says how far that has come, and why it has not. */
export function StartState({ children }: { readonly children: ReactNode }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const first = useCall('desktop.state', {});
  const [pushed, setPushed] = useState<GatewayState>();
  usePush('gateway.state', (state) => {
    setPushed(state);
    // What was asked of the gateway before is asked of the new one.
    if (state.state === 'running') void queries.invalidateQueries();
  });
  const retry = useAction('desktop.startGateway');
  const openLogs = useAction('desktop.openLogsFolder');
  const state = pushed ?? first.data;

  if (state?.state === 'running') return children;
  return (
    <Center h="100vh" px="xl" component="main">
      {state?.state === 'failed' ? (
        <Alert
          role="alert"
          color="red"
          variant="light"
          maw={640}
          icon={<IconAlertTriangle aria-hidden />}
          title={t('state.failed')}
        >
          <Text className="long-text">{state.error}</Text>
          <Group mt="md">
            <Button onClick={() => retry.mutate({})} loading={retry.isPending}>
              {t('state.tryAgain')}
            </Button>
            <Button variant="default" onClick={() => openLogs.mutate({})}>
              {t('state.openLogs')}
            </Button>
          </Group>
        </Alert>
      ) : (
        <Stack align="center">
          <Loader />
          <Text role="status">{t(state?.state === 'stopping' ? 'state.stopping' : 'state.starting')}</Text>
        </Stack>
      )}
    </Center>
  );
}
