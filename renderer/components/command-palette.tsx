import { Box, Group, Kbd, Modal, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useDebouncedValue, useHotkeys } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useId, useMemo, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useCall } from '../use-gateway';
import { findCommands, type Command } from './find-commands';
import { usePageCommands } from './use-page-commands';

const searchAfterMs = 200;
const messagesShown = 6;
/** Shorter texts are in too many messages to be of use. */
const shortestText = 2;

/** Ctrl+K: every page, tenant, message and action, by a few letters of its name. */
export function CommandPalette(props: {
  readonly opened: boolean;
  readonly onToggle: (open: boolean) => void;
}) {
  const { t } = useTranslation();
  const { opened, onToggle } = props;
  useHotkeys([['mod+K', () => onToggle(!opened)]], []);
  return (
    <Modal.Root
      opened={opened}
      onClose={() => onToggle(false)}
      padding={0}
      size="lg"
      yOffset="10vh"
      transitionProps={{ duration: 0 }}
    >
      <Modal.Overlay />
      <Modal.Content aria-label={t('palette.title')}>
        <Modal.Body>
          <Palette onClose={() => onToggle(false)} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function Palette({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const listId = useId();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const commands = useCommands(text);
  const current = commands[Math.min(active, commands.length - 1)];
  const optionId = (index: number) => `${listId}-${index}`;

  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    if ('path' in command) void navigate(command.path);
    else command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by !== 0 && commands.length > 0) {
      event.preventDefault();
      const at = current ? commands.indexOf(current) : 0;
      const next = (at + by + commands.length) % commands.length;
      setActive(next);
      document.getElementById(optionId(next))?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(current);
    }
  };
  return (
    <>
      <TextInput
        data-autofocus
        autoFocus
        size="md"
        variant="unstyled"
        px="md"
        py={6}
        leftSection={<IconSearch size={18} stroke={1.7} aria-hidden />}
        leftSectionWidth={52}
        placeholder={t('palette.placeholder')}
        aria-label={t('palette.placeholder')}
        role="combobox"
        aria-expanded
        aria-controls={listId}
        aria-activedescendant={current ? optionId(commands.indexOf(current)) : undefined}
        aria-autocomplete="list"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <Box id={listId} role="listbox" aria-label={t('palette.title')} className="palette-list" tabIndex={-1}>
        {commands.map((command, index) => (
          <UnstyledButton
            key={command.id}
            id={optionId(index)}
            role="option"
            tabIndex={-1}
            aria-selected={command === current}
            className="palette-row"
            onMouseMove={() => setActive(index)}
            onClick={() => run(command)}
          >
            <Group justify="space-between" wrap="nowrap" gap="md">
              <Text size="sm" className="one-line">
                {command.label}
              </Text>
              <Text size="xs" c="dimmed" className="one-line" style={{ flexShrink: 0, maxWidth: '45%' }}>
                {command.hint}
              </Text>
            </Group>
          </UnstyledButton>
        ))}
      </Box>
      {commands.length === 0 && (
        <Text size="sm" c="dimmed" p="md" role="status">
          {t('palette.nothing', { text: text.trim() })}
        </Text>
      )}
      <Group gap="xs" px="md" py="xs" visibleFrom="sm" className="palette-foot" aria-hidden>
        <Kbd size="xs">↑</Kbd>
        <Kbd size="xs">↓</Kbd>
        <Text size="xs" c="dimmed">
          {t('palette.move')}
        </Text>
        <Kbd size="xs">Enter</Kbd>
        <Text size="xs" c="dimmed">
          {t('palette.open')}
        </Text>
      </Group>
    </>
  );
}

/** Pages, actions and tenants by their names; messages by what the history finds. */
function useCommands(text: string): readonly Command[] {
  const { t } = useTranslation(['shell', 'history']);
  const pages = usePageCommands();
  const tenants = useCall('tenants.list', {});
  const [settled] = useDebouncedValue(text.trim(), searchAfterMs);
  const isSearched = settled.length >= shortestText && settled === text.trim();
  const messages = useCall(
    'history.list',
    { filter: { text: settled }, limit: messagesShown },
    { enabled: isSearched },
  );
  const ofTenants = useMemo(
    () =>
      (tenants.data?.tenants ?? []).map(({ customerId, name }) => ({
        id: `tenant ${customerId}`,
        label: name,
        hint: t('shell:palette.tenant', { id: customerId }),
        words: customerId,
        path: `/tenants/${encodeURIComponent(customerId)}`,
      })),
    [tenants.data, t],
  );
  const found = findCommands([...pages, ...ofTenants], text);
  const ofMessages = (isSearched ? (messages.data?.rows ?? []) : []).map((row) => ({
    id: `message ${row.customerId} ${row.id}`,
    label: `${row.eventType ?? t('history:eventType.none')} → ${row.recipient}`,
    hint: t('shell:palette.message', { id: row.id, status: t(`shell:status.${row.status}`) }),
    path: `/history/${encodeURIComponent(row.customerId)}/${row.id}`,
  }));
  const search = {
    id: 'search',
    label: t('shell:palette.search', { text: text.trim() }),
    hint: t('shell:nav.history'),
    path: `/history?${new URLSearchParams({ text: text.trim() })}`,
  };
  return [...found, ...ofMessages, ...(text.trim() === '' ? [] : [search])];
}
