import { ActionIcon, Button, Group, Menu, Modal, Stack, TextInput } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconBookmark, IconTrash } from '@tabler/icons-react';
import { useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { HistoryFilter } from '../../../main/contracts/console/history-calls';
import { isFiltered, readFilter, writeFilter } from './history-address';

interface SavedView {
  readonly name: string;
  /** as in the address */
  readonly search: string;
}

const mostViews = 30;

function readViews(stored: string | undefined): SavedView[] {
  try {
    const found: unknown = JSON.parse(stored ?? '[]');
    if (!Array.isArray(found)) return [];
    return found.flatMap((entry: unknown) => {
      const { name, search } = (entry ?? {}) as Partial<SavedView>;
      return typeof name === 'string' && typeof search === 'string' ? [{ name, search }] : [];
    });
  } catch {
    return [];
  }
}

/** Filters under a name, kept in this browser. */
export function SavedViews({ filter }: { readonly filter: HistoryFilter }) {
  const { t } = useTranslation('history');
  const { t: shell } = useTranslation();
  const navigate = useNavigate();
  const [views, setViews] = useLocalStorage<SavedView[]>({
    key: 'gateway-history-views',
    defaultValue: [],
    deserialize: readViews,
    getInitialValueInEffect: false,
  });
  const [name, setName] = useState<string>();
  const search = writeFilter(filter).toString();

  function save(event: SyntheticEvent): void {
    event.preventDefault();
    const wanted = name?.trim() ?? '';
    if (wanted === '') return;
    setViews([...views.filter((view) => view.name !== wanted), { name: wanted, search }].slice(-mostViews));
    setName(undefined);
  }

  return (
    <>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <Button size="compact-sm" variant="subtle" leftSection={<IconBookmark size={14} aria-hidden />}>
            {t('views.button')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {views.length === 0 && <Menu.Label>{t('views.none')}</Menu.Label>}
          {views.map((view) => (
            <Group key={view.name} gap={4} wrap="nowrap">
              <Menu.Item
                onClick={() => {
                  // What an older version wrote may no longer be understood.
                  const known = writeFilter(readFilter(new URLSearchParams(view.search)).filter);
                  void navigate(`/history?${known.toString()}`);
                }}
              >
                {view.name}
              </Menu.Item>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t('views.remove', { name: view.name })}
                onClick={() => setViews(views.filter((one) => one.name !== view.name))}
              >
                <IconTrash size={14} aria-hidden />
              </ActionIcon>
            </Group>
          ))}
          <Menu.Divider />
          <Menu.Item disabled={!isFiltered(filter)} onClick={() => setName('')}>
            {t('views.save')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={name !== undefined}
        onClose={() => setName(undefined)}
        title={t('views.save')}
        centered
        closeButtonProps={{ 'aria-label': shell('action.close') }}
      >
        <form onSubmit={save}>
          <Stack>
            <TextInput
              label={t('views.name')}
              data-autofocus
              maxLength={60}
              value={name ?? ''}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Group justify="flex-end">
              <Button type="submit" disabled={(name ?? '').trim() === ''}>
                {t('views.saveButton')}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
