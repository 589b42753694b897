import { ActionIcon, Box, Group, Menu, Text, useMantineColorScheme } from '@mantine/core';
import { IconBrightness, IconLanguage, IconLogout } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Language } from '../../main/contracts/console/desktop-calls';
import { signOut } from '../console-login';
import { languages, setLanguage } from '../texts/texts';
import { useAction, useGateway } from '../use-gateway';

const schemes = [
  ['auto', 'system'],
  ['light', 'light'],
  ['dark', 'dark'],
] as const;

/** Colours, language and the way out, at the foot of the frame. */
export function FrameMenu(props: { readonly version: string | undefined; readonly isRunning: boolean }) {
  const { t, i18n } = useTranslation();
  const gateway = useGateway();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const savePreferences = useAction('desktop.setPreferences');
  const isDesktop = gateway.door === 'desktop';

  return (
    <Group justify="space-between" wrap="nowrap" px={6} pt="sm">
      <Group gap={8} wrap="nowrap" miw={0}>
        <Box className="state-dot" data-running={props.isRunning} aria-hidden />
        <Box miw={0}>
          <Text size="xs" lh={1.3} truncate>
            {t(props.isRunning ? 'state.running' : 'state.away')}
          </Text>
          <Text size="xs" lh={1.3} c="dimmed" truncate>
            {props.version ?? '\u00a0'}
          </Text>
        </Box>
      </Group>
      <Group gap={2} wrap="nowrap">
        <Menu position="top-end">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={t('theme.label')}>
              <IconBrightness size={18} stroke={1.6} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {schemes.map(([scheme, name]) => (
              <Menu.Item
                key={scheme}
                role="menuitemradio"
                aria-checked={colorScheme === scheme}
                fw={colorScheme === scheme ? 600 : undefined}
                onClick={() => {
                  setColorScheme(scheme);
                  if (isDesktop) savePreferences.mutate({ theme: name });
                }}
              >
                {t(`theme.${name}`)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        <Menu position="top-end">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={t('language.label')}>
              <IconLanguage size={18} stroke={1.6} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {(Object.keys(languages) as Language[]).map((language) => (
              <Menu.Item
                key={language}
                lang={language}
                role="menuitemradio"
                aria-checked={i18n.language === language}
                fw={i18n.language === language ? 600 : undefined}
                onClick={() => {
                  void setLanguage(language);
                  if (isDesktop) savePreferences.mutate({ language });
                }}
              >
                {languages[language]}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        {!isDesktop && (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t('signOut')}
            onClick={() => void signOut().finally(() => gateway.reconnect())}
          >
            <IconLogout size={18} stroke={1.6} aria-hidden />
          </ActionIcon>
        )}
      </Group>
    </Group>
  );
}
