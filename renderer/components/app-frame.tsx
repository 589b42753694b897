import {
  ActionIcon,
  Alert,
  AppShell,
  Box,
  Burger,
  Button,
  Group,
  Kbd,
  ScrollArea,
  Text,
  ThemeIcon,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconArrowsSplit2, IconPlugConnectedX, IconSearch } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, Outlet, useLocation, useNavigate } from 'react-router';
import type { CallName } from '../../main/contracts/console/console-calls';
import { callKey, useCall, useConnection, usePush } from '../use-gateway';
import { useMay, useMe } from '../use-role';
import { CommandPalette } from './command-palette';
import { FrameMenu } from './frame-menu';
import { PageLinks } from './page-links';

const modifier = navigator.platform.startsWith('Mac') ? '⌘' : 'Ctrl';

/** What stands around every page: where one is, what needs a person, whether the gateway is there. */
export function AppFrame() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const connection = useConnection();
  const { pathname } = useLocation();
  const [isMenuOpen, menu] = useDisclosure(false);
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const { close: closeMenu } = menu;
  // On a phone the menu covers the page that was just chosen in it.
  useEffect(closeMenu, [pathname, closeMenu]);
  // A page begins at its top, wherever the one before was scrolled to.
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [pathname]);
  const info = useCall('gateway.info', {});
  const overview = useCall('overview.get', {}, { refetchIntervalMs: 60_000 });
  const renew = (...names: CallName[]) => {
    for (const name of names) void queries.invalidateQueries({ queryKey: callKey(name) });
  };
  usePush('overview.changed', () => renew('overview.get'));
  usePush('tenants.changed', () => renew('tenants.list', 'tenants.get', 'whatsapp.list', 'overview.get'));
  usePush('desktop.navigate', ({ path }) => void navigate(path));

  const me = useMe();
  const maySetUp = useMay('setup.finish');
  if (info.data && !info.data.setupDone && maySetUp) return <Navigate to="/setup" replace />;
  const name = info.data?.name ?? '';
  return (
    <AppShell
      header={{ height: { base: 56, sm: 0 } }}
      navbar={{ width: 224, breakpoint: 'sm', collapsed: { mobile: !isMenuOpen } }}
      padding={0}
    >
      <AppShell.Header hiddenFrom="sm" px="sm">
        <Group h="100%" gap="sm" wrap="nowrap">
          <Burger
            opened={isMenuOpen}
            onClick={menu.toggle}
            size="sm"
            aria-label={t(isMenuOpen ? 'nav.close' : 'nav.open')}
            aria-expanded={isMenuOpen}
          />
          <Text fw={650} truncate flex={1}>
            {name === '' ? 'Modular Gateway' : name}
          </Text>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={t('palette.title')}
            onClick={() => setPaletteOpen(true)}
          >
            <IconSearch size={20} stroke={1.7} aria-hidden />
          </ActionIcon>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar
        p="sm"
        component="aside"
        aria-label={t('frame')}
        className="page-menu"
        data-open={isMenuOpen}
      >
        <a
          href="#page"
          className="skip-link"
          onClick={(event) => {
            event.preventDefault();
            document.getElementById('page')?.focus();
          }}
        >
          {t('skip')}
        </a>
        <Group gap="sm" wrap="nowrap" px={6} pt="xs" pb="lg" mih={64}>
          <ThemeIcon size={36} radius="md" aria-hidden>
            <IconArrowsSplit2 size={20} stroke={1.8} />
          </ThemeIcon>
          <Box miw={0}>
            <Text fw={650} lh={1.25} className="long-text" lineClamp={2} title={name}>
              {name === '' ? 'Modular Gateway' : name}
            </Text>
            <Text size="xs" c="dimmed" truncate title={info.data?.url}>
              {info.data?.url.replace(/^https?:\/\//, '') ?? '\u00a0'}
            </Text>
          </Box>
        </Group>
        <Button
          variant="default"
          size="xs"
          mb="sm"
          justify="space-between"
          fw={400}
          c="dimmed"
          leftSection={<IconSearch size={15} stroke={1.7} aria-hidden />}
          rightSection={<Kbd size="xs">{modifier} K</Kbd>}
          styles={{ label: { flex: 1 } }}
          onClick={() => {
            closeMenu();
            setPaletteOpen(true);
          }}
        >
          {t('palette.button')}
        </Button>
        <ScrollArea style={{ flex: 1 }} type="auto">
          <PageLinks needs={overview.data?.attention.length ?? 0} />
        </ScrollArea>
        <FrameMenu version={info.data?.version} isRunning={connection === 'connected'} />
      </AppShell.Navbar>
      <CommandPalette opened={isPaletteOpen} onToggle={setPaletteOpen} />
      <AppShell.Main id="page" tabIndex={-1} className="page">
        {connection === 'lost' && (
          <Alert
            color="orange"
            radius={0}
            role="status"
            py="xs"
            icon={<IconPlugConnectedX size={18} aria-hidden />}
          >
            {t('state.lost')}
          </Alert>
        )}
        <Box p={{ base: 'md', sm: 'xl' }} maw={1320} mx="auto">
          {/* Not before it is known who looks, and whether the first steps come first. */}
          {!info.isPending && me && <Outlet />}
        </Box>
      </AppShell.Main>
    </AppShell>
  );
}
