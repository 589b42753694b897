import { ActionIcon, Box, Group, Menu, Text, useMantineColorScheme } from '@mantine/core';
import { IconBrightness, IconLanguage, IconLogout, IconUserCircle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Language } from '../../main/contracts/console/desktop-calls';
import { languages, setLanguage } from '../../texts/texts';
import { signOut } from '../console-login';
import { useAction, useGateway } from '../use-gateway';
import { useMe } from '../use-role';

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
  const isDesktop = gateway.entryPoint === 'desktop';

  return (
    <>
      {!isDesktop && <WhoIsSignedIn />}
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
              <Menu.RadioGroup
                value={colorScheme}
                onChange={(chosen) => {
                  const [scheme, name] = schemes.find(([one]) => one === chosen) ?? schemes[0];
                  setColorScheme(scheme);
                  if (isDesktop) savePreferences.mutate({ theme: name });
                }}
              >
                {schemes.map(([scheme, name]) => (
                  <Menu.RadioItem key={scheme} value={scheme} closeMenuOnClick>
                    {t(`theme.${name}`)}
                  </Menu.RadioItem>
                ))}
              </Menu.RadioGroup>
            </Menu.Dropdown>
          </Menu>
          <Menu position="top-end">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={t('language.label')}>
                <IconLanguage size={18} stroke={1.6} aria-hidden />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.RadioGroup
                value={i18n.language}
                onChange={(chosen) => {
                  const language = chosen as Language;
                  void setLanguage(language);
                  if (isDesktop) savePreferences.mutate({ language });
                }}
              >
                {(Object.keys(languages) as Language[]).map((language) => (
                  <Menu.RadioItem key={language} value={language} lang={language} closeMenuOnClick>
                    {languages[language]}
                  </Menu.RadioItem>
                ))}
              </Menu.RadioGroup>
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
    </>
  );
}

/** Whose pages these are: two people may share a computer. */
function WhoIsSignedIn() {
  const { t } = useTranslation();
  const me = useMe();
  if (!me) return null;
  const role = t(`role.${me.role}.name`);
  return (
    <Group gap={8} wrap="nowrap" px={6} pt="sm" title={t(`role.${me.role}.text`)}>
      <IconUserCircle size={20} stroke={1.6} aria-hidden style={{ flexShrink: 0 }} />
      <Box miw={0}>
        <Text size="sm" lh={1.3} fw={550} truncate>
          {me.name ?? role}
        </Text>
        <Text size="xs" lh={1.3} c="dimmed" truncate>
          {me.name === null ? t('role.byConsolePassword') : role}
        </Text>
      </Box>
    </Group>
  );
}
