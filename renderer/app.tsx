import { Center, Loader, MantineProvider, mergeThemeOverrides, Stack, Text } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { createHashRouter, Navigate, RouterProvider } from 'react-router';
import { AppFrame } from './components/app-frame';
import { PageFault } from './components/page-fault';
import { PasswordDialog } from './components/password-dialog';
import { StartState } from './components/start-state';
import { CallError, type Connection, type GatewayClient } from './gateway-client';
import { readInvitationToken } from './pages/login/link-token';
import { cssVariables, theme } from './theme';
import { GatewayContext, useConnection, useGateway } from './use-gateway';

const LoginPage = lazy(() => import('./pages/login/login-page'));
const InvitationPage = lazy(() => import('./pages/login/invitation-page'));

const page = (load: () => Promise<{ default: React.ComponentType }>) => ({
  lazy: async () => ({ Component: (await load()).default }),
  errorElement: <PageFault />,
});

/** One page a route, each loaded when it is first opened. */
const router = createHashRouter([
  { path: '/setup', ...page(() => import('./pages/setup/setup-page')) },
  {
    element: <AppFrame />,
    errorElement: <PageFault />,
    hydrateFallbackElement: <></>,
    children: [
      { path: '/', ...page(() => import('./pages/overview/overview-page')) },
      { path: '/tenants', ...page(() => import('./pages/tenants/tenants-page')) },
      { path: '/tenants/:customerId', ...page(() => import('./pages/tenants/tenant-page')) },
      { path: '/whatsapp', ...page(() => import('./pages/whatsapp/whatsapp-page')) },
      { path: '/history', ...page(() => import('./pages/history/history-page')) },
      { path: '/history/:customerId/:id', ...page(() => import('./pages/history/delivery-page')) },
      { path: '/help', ...page(() => import('./pages/help/help-page')) },
      { path: '/logs', ...page(() => import('./pages/logs/logs-page')) },
      { path: '/settings', ...page(() => import('./pages/settings/settings-page')) },
      // The one-time link of a browser that is signed in by now.
      { path: '/login', element: <Navigate to="/" replace /> },
      { path: '/invitation', element: <Navigate to="/" replace /> },
      { path: '*', ...page(() => import('./pages/not-found/not-found-page')) },
    ],
  },
]);

function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        // What the gateway said no to, it says no to again.
        retry: (count, thrown) =>
          count < 2 && !(thrown instanceof CallError && thrown.code !== 'gateway_away'),
        refetchOnWindowFocus: true,
      },
      mutations: { retry: false },
    },
  });
}

/** What was kept from before the connection was lost may have changed meanwhile: it is asked for again. */
function useFreshAfterLoss(connection: Connection): void {
  const queries = useQueryClient();
  const wasLost = useRef(false);
  useEffect(() => {
    if (connection === 'lost') wasLost.current = true;
    if (connection === 'signed-out') {
      // What the login page asks for itself is not the last session's.
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'console session' });
    }
    if (connection !== 'connected' || !wasLost.current) return;
    wasLost.current = false;
    void queries.invalidateQueries();
  }, [connection, queries]);
}

/** The invitation in the address; also of a link that is pasted while a page is open. */
function useInvitation() {
  const [token, setToken] = useState(readInvitationToken);
  useEffect(() => {
    const read = () => setToken(readInvitationToken());
    window.addEventListener('hashchange', read);
    return () => window.removeEventListener('hashchange', read);
  }, []);
  return { token, forget: () => setToken(undefined) };
}

function Gate() {
  const { t } = useTranslation();
  const { entryPoint } = useGateway();
  const connection = useConnection();
  useFreshAfterLoss(connection);
  const invitation = useInvitation();
  if (entryPoint === 'browser' && invitation.token !== undefined) {
    // Also where somebody is signed in: who accepts it takes their place in this browser.
    return (
      <Suspense>
        <InvitationPage key={invitation.token} token={invitation.token} onDone={invitation.forget} />
      </Suspense>
    );
  }
  if (connection === 'signed-out') {
    return (
      <Suspense>
        <LoginPage />
      </Suspense>
    );
  }
  if (connection === 'connecting') {
    return (
      <Center h="100vh" component="main">
        <Stack align="center">
          <Loader />
          <Text role="status">{t('state.connecting')}</Text>
        </Stack>
      </Center>
    );
  }
  const pages = <RouterProvider router={router} />;
  return entryPoint === 'desktop' ? <StartState>{pages}</StartState> : pages;
}

export function App({ client }: { readonly client: GatewayClient }) {
  const { t } = useTranslation();
  const [queries] = useState(createQueryClient);
  // What closes a note has a name for screen readers.
  const closeName = t('action.close');
  const namedTheme = useMemo(
    () =>
      mergeThemeOverrides(theme, {
        components: { Notification: { defaultProps: { closeButtonProps: { 'aria-label': closeName } } } },
      }),
    [closeName],
  );
  return (
    <MantineProvider theme={namedTheme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <GatewayContext value={client}>
        <QueryClientProvider client={queries}>
          <Notifications position="bottom-right" limit={3} />
          <Gate />
          <PasswordDialog />
        </QueryClientProvider>
      </GatewayContext>
    </MantineProvider>
  );
}
