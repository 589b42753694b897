import { Alert, AppShell, Badge, Box, Group, NavLink, ScrollArea, Stack, Text } from '@mantine/core';
import {
  IconBrandWhatsapp,
  IconBuildingStore,
  IconHistory,
  IconLayoutDashboard,
  IconListDetails,
  IconSettings,
} from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, Outlet, useLocation, useNavigate } from 'react-router';
import { callKey, useCall, useConnection, usePush } from '../use-gateway';
import { FrameMenu } from './frame-menu';

const pages = [
  { path: '/', name: 'overview', Icon: IconLayoutDashboard },
  { path: '/tenants', name: 'tenants', Icon: IconBuildingStore },
  { path: '/whatsapp', name: 'whatsapp', Icon: IconBrandWhatsapp },
  { path: '/history', name: 'history', Icon: IconHistory },
  { path: '/logs', name: 'logs', Icon: IconListDetails },
  { path: '/settings', name: 'settings', Icon: IconSettings },
] as const;

/** What stands around every page: where one is, what needs a person, whether the gateway is there. */
export function AppFrame() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const location = useLocation();
  const navigate = useNavigate();
  const connection = useConnection();
  const info = useCall('gateway.info', {});
  const overview = useCall('overview.get', {}, { refetchIntervalMs: 60_000 });
  const renew = (...names: Parameters<typeof callKey>[0][]) => {
    for (const name of names) void queries.invalidateQueries({ queryKey: callKey(name) });
  };
  usePush('overview.changed', () => renew('overview.get'));
  usePush('tenants.changed', () => renew('tenants.list', 'tenants.get', 'whatsapp.list', 'overview.get'));
  usePush('desktop.navigate', ({ path }) => void navigate(path));

  if (info.data && !info.data.setupDone) return <Navigate to="/setup" replace />;
  const needs = overview.data?.attention.length ?? 0;
  return (
    <AppShell navbar={{ width: 220, breakpoint: 0 }} padding={0}>
      <AppShell.Navbar p="sm" component="div">
        <Box
          component="a"
          href="#page"
          className="skip-link"
          onClick={(event) => {
            event.preventDefault();
            document.getElementById('page')?.focus();
          }}
        >
          {t('skip')}
        </Box>
        <Stack gap={2} px="xs" py="sm">
          <Text fw={700} className="long-text" lineClamp={2}>
            {info.data && info.data.name !== '' ? info.data.name : 'Modular Gateway'}
          </Text>
          {info.data && (
            <Text size="xs" c="dimmed" className="long-text">
              {info.data.url}
            </Text>
          )}
        </Stack>
        <ScrollArea style={{ flex: 1 }}>
          <nav aria-label={t('nav.label')}>
            {pages.map(({ path, name, Icon }) => {
              const active = path === '/' ? location.pathname === '/' : location.pathname.startsWith(path);
              return (
                <NavLink
                  key={path}
                  component={Link}
                  to={path}
                  label={t(`nav.${name}`)}
                  leftSection={<Icon size={18} stroke={1.6} aria-hidden />}
                  active={active}
                  aria-current={active ? 'page' : undefined}
                  variant="light"
                  style={{ borderRadius: 'var(--mantine-radius-md)' }}
                  rightSection={
                    name === 'overview' && needs > 0 ? (
                      <Badge
                        size="sm"
                        circle
                        color="red"
                        aria-label={t('nav.attention', { count: needs })}
                        role="status"
                      >
                        {needs}
                      </Badge>
                    ) : undefined
                  }
                />
              );
            })}
          </nav>
        </ScrollArea>
        <Group px="xs" pt="sm">
          <FrameMenu version={info.data?.version} />
        </Group>
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1} style={{ outline: 'none' }}>
        {connection === 'lost' && (
          <Alert color="orange" radius={0} role="status" py="xs">
            {t('state.lost')}
          </Alert>
        )}
        <Box p="lg" maw={1400} mx="auto">
          <Outlet />
        </Box>
      </AppShell.Main>
    </AppShell>
  );
}
