import { useMantineColorScheme } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { signOut } from '../console-login';
import { useGateway } from '../use-gateway';
import { useMay } from '../use-role';
import type { Command } from './find-commands';

const pages = ['', 'tenants', 'whatsapp', 'history', 'logs', 'settings', 'help'] as const;
const sections = [
  'people',
  'tenants',
  'network',
  'database',
  'email',
  'whatsapp',
  'security',
  'data',
  'logging',
  'activity',
] as const;

/** What can be gone to or done from everywhere. */
export function usePageCommands(): readonly Command[] {
  const { t } = useTranslation(['shell', 'settings']);
  const gateway = useGateway();
  const { setColorScheme } = useMantineColorScheme();
  const isOperator = useMay('settings.save');
  return useMemo(() => {
    const page = t('shell:palette.page');
    const action = t('shell:palette.action');
    const ofPages = pages
      .filter((name) => name !== 'logs' || isOperator)
      .map((name) => ({
        id: `page ${name}`,
        label: t(`shell:nav.${name === '' ? 'overview' : name}`),
        hint: page,
        path: `/${name}`,
      }));
    const ofSettings = (isOperator ? sections : []).map((name) => ({
      id: `settings ${name}`,
      label: t(`settings:section.${name}.title`),
      hint: t('shell:nav.settings'),
      path: `/settings?section=${name}`,
    }));
    const actions: Command[] = [
      ...(isOperator
        ? [
            { id: 'add tenant', label: t('shell:palette.addTenant'), hint: action, path: '/tenants?add' },
            { id: 'backup', label: t('shell:palette.backup'), hint: action, path: '/settings?section=data' },
          ]
        : []),
      {
        id: 'failing tenants',
        label: t('shell:palette.failingTenants'),
        hint: action,
        path: '/tenants?show=failing',
      },
      { id: 'failed', label: t('shell:palette.failed'), hint: action, path: '/history?status=failed' },
      ...(['light', 'dark', 'auto'] as const).map((scheme) => ({
        id: `theme ${scheme}`,
        label: t('shell:palette.theme', { name: t(`shell:theme.${scheme === 'auto' ? 'system' : scheme}`) }),
        hint: action,
        run: () => setColorScheme(scheme),
      })),
      ...(gateway.entryPoint === 'browser'
        ? [
            {
              id: 'sign out',
              label: t('shell:signOut'),
              hint: action,
              run: () => void signOut().finally(() => gateway.reconnect()),
            },
          ]
        : []),
    ];
    return [...ofPages, ...actions, ...ofSettings];
  }, [t, gateway, setColorScheme, isOperator]);
}
