import { Badge, NavLink, Stack } from '@mantine/core';
import {
  IconBrandWhatsapp,
  IconBuildingStore,
  IconHelpCircle,
  IconHistory,
  IconLayoutDashboard,
  IconListDetails,
  IconSettings,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { useMay } from '../use-role';

const pages = [
  { path: '/', name: 'overview', Icon: IconLayoutDashboard },
  { path: '/tenants', name: 'tenants', Icon: IconBuildingStore },
  { path: '/whatsapp', name: 'whatsapp', Icon: IconBrandWhatsapp },
  { path: '/history', name: 'history', Icon: IconHistory },
  { path: '/logs', name: 'logs', Icon: IconListDetails },
  { path: '/settings', name: 'settings', Icon: IconSettings },
  { path: '/help', name: 'help', Icon: IconHelpCircle },
] as const;

/** The pages; how many things need a person stands beside the one that lists them. */
export function PageLinks({ needs }: { readonly needs: number }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const mayReadLogs = useMay('logs.tail');
  return (
    <Stack component="nav" gap={2} aria-label={t('nav.label')}>
      {pages.map(({ path, name, Icon }) => {
        if (name === 'logs' && !mayReadLogs) return null;
        const active = path === '/' ? pathname === '/' : pathname.startsWith(path);
        return (
          <NavLink
            key={path}
            component={Link}
            to={path}
            label={t(`nav.${name}`)}
            leftSection={<Icon size={19} stroke={1.7} aria-hidden />}
            active={active}
            aria-current={active ? 'page' : undefined}
            variant="light"
            className="page-link"
            rightSection={
              name === 'overview' && needs > 0 ? (
                <Badge
                  size="sm"
                  circle={needs < 10}
                  color="red"
                  role="status"
                  aria-label={t('nav.attention', { count: needs })}
                >
                  {needs}
                </Badge>
              ) : undefined
            }
          />
        );
      })}
    </Stack>
  );
}
