import { Anchor, Badge, Button, Group, Paper, Stack, Table, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ListedEventType } from '../../../main/contracts/console/tenant-calls';

/** Every event type that the tenant may send, its own first. */
export function EventTypeList(props: {
  readonly eventTypes: readonly ListedEventType[];
  readonly onOpen: (type: string) => void;
  readonly onAdd: () => void;
}) {
  const { t } = useTranslation('tenants');
  const ordered = [...props.eventTypes].sort(
    (a, b) => Number(a.builtIn) - Number(b.builtIn) || a.title.localeCompare(b.title),
  );
  return (
    <Stack>
      <Group justify="space-between" align="flex-start">
        <Text c="dimmed" maw={620}>
          {t('types.hint')}
        </Text>
        <Button
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={props.onAdd}
          style={{ flexShrink: 0 }}
        >
          {t('types.add')}
        </Button>
      </Group>
      <Paper withBorder>
        <Table.ScrollContainer minWidth={560} type="native">
          <Table verticalSpacing="sm" horizontalSpacing="md" highlightOnHover aria-label={t('types.label')}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('types.title')}</Table.Th>
                <Table.Th>{t('types.typeLabel')}</Table.Th>
                <Table.Th>{t('types.audiences')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {ordered.map((eventType) => (
                <Table.Tr
                  key={eventType.type}
                  style={{ cursor: 'pointer' }}
                  onClick={() => props.onOpen(eventType.type)}
                >
                  <Table.Td>
                    <Group gap="xs" wrap="nowrap">
                      <Anchor
                        component="button"
                        type="button"
                        fw={500}
                        ta="left"
                        c="bright"
                        className="long-text"
                        onClick={(event) => {
                          event.stopPropagation();
                          props.onOpen(eventType.type);
                        }}
                      >
                        {eventType.title}
                      </Anchor>
                      {!eventType.builtIn && (
                        <Badge variant="light" tt="none" style={{ flexShrink: 0 }}>
                          {t('types.own')}
                        </Badge>
                      )}
                      {eventType.changedTemplates.length > 0 && (
                        <Badge variant="light" color="grape" tt="none" style={{ flexShrink: 0 }}>
                          {t('templates.changed')}
                        </Badge>
                      )}
                    </Group>
                  </Table.Td>
                  <Table.Td ff="monospace" fz="sm" className="long-text">
                    {eventType.type}
                  </Table.Td>
                  <Table.Td className="long-text">
                    {eventType.audiences.length === 0
                      ? t('types.tellsNobody')
                      : eventType.audiences.map(({ name }) => name).join(', ')}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Paper>
    </Stack>
  );
}
