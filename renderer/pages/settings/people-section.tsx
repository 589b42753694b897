import { ActionIcon, Badge, Button, Group, Menu, Skeleton, Stack, Table, Text } from '@mantine/core';
import { IconDots, IconUserPlus, IconUsers } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Invitation, Person } from '../../../main/contracts/console/people-calls';
import { EmptyState } from '../../components/empty-state';
import { ErrorNote } from '../../components/error-note';
import { Section } from '../../components/section';
import { useFormats } from '../../use-formats';
import { useAction, useCall } from '../../use-gateway';
import { useMe } from '../../use-role';
import { AskPersonDialog, InviteDialog, LinkDialog, RoleDialog, type PersonQuestion } from './people-dialogs';

const stateColors = { active: 'teal', invited: 'blue', disabled: 'gray' } as const;

/** Who may use this console, and what each may do. */
export function PeopleSection() {
  const { t } = useTranslation(['settings', 'shell']);
  const list = useCall('people.list', {}, { refetchIntervalMs: 30_000 });
  const [isInviting, setInviting] = useState(false);
  const [link, setLink] = useState<Invitation>();
  const [question, setQuestion] = useState<PersonQuestion>();
  const makeLink = useAction('people.makeLink', ['people.list']);
  const enable = useAction('people.setDisabled', ['people.list']);
  const people = list.data?.people ?? [];
  const inviteButton = (
    <Button
      leftSection={<IconUserPlus size={16} aria-hidden />}
      style={{ flexShrink: 0 }}
      onClick={() => setInviting(true)}
    >
      {t('settings:people.invite')}
    </Button>
  );
  const nameOf = (id: number | undefined) => people.find((one) => one.id === id)?.name ?? '';
  return (
    <Section
      title={t('settings:section.people.title')}
      hint={t('settings:section.people.hint')}
      actions={people.length > 0 ? inviteButton : undefined}
    >
      <Stack>
        <ErrorNote title={t('shell:error.load')} error={list.error} onRetry={() => void list.refetch()} />
        <ErrorNote error={makeLink.error ?? enable.error} />
        {list.isPending && <Skeleton h={160} />}
        {list.data && people.length === 0 && (
          <EmptyState
            icon={<IconUsers size={28} stroke={1.6} aria-hidden />}
            title={t('settings:people.empty')}
            text={t('settings:people.emptyText')}
            action={inviteButton}
          />
        )}
        {people.length > 0 && (
          <PeopleTable
            people={people}
            onAsk={setQuestion}
            onLink={({ id }) => makeLink.mutate({ id }, { onSuccess: setLink })}
            onEnable={({ id }) => enable.mutate({ id, disabled: false })}
          />
        )}
      </Stack>
      <InviteDialog
        opened={isInviting}
        onClose={() => setInviting(false)}
        onInvited={(made) => {
          setInviting(false);
          setLink(made);
        }}
      />
      <LinkDialog link={link} name={nameOf(link?.id)} onClose={() => setLink(undefined)} />
      {question?.kind === 'role' ? (
        <RoleDialog
          key={question.person.id}
          person={question.person}
          onClose={() => setQuestion(undefined)}
        />
      ) : (
        <AskPersonDialog question={question} onClose={() => setQuestion(undefined)} />
      )}
    </Section>
  );
}

interface TableProps {
  readonly people: readonly Person[];
  readonly onAsk: (question: PersonQuestion) => void;
  readonly onLink: (person: Person) => void;
  readonly onEnable: (person: Person) => void;
}

function PeopleTable({ people, ...actions }: TableProps) {
  const { t } = useTranslation(['settings', 'shell']);
  const formats = useFormats();
  const me = useMe();
  return (
    <Table.ScrollContainer minWidth={300} type="native" tabIndex={0}>
      <Table verticalSpacing="sm" aria-label={t('settings:section.people.title')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t('settings:people.name')}</Table.Th>
            <Table.Th scope="col">{t('settings:people.role')}</Table.Th>
            <Table.Th scope="col" visibleFrom="sm">
              {t('settings:people.lastSignedIn')}
            </Table.Th>
            <Table.Th scope="col">{t('settings:people.state')}</Table.Th>
            <Table.Th scope="col" ta="right">
              {t('settings:people.actions')}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {people.map((person) => (
            <Table.Tr key={person.id} c={person.state === 'disabled' ? 'dimmed' : undefined}>
              <Table.Td className="long-text" fw={550}>
                {person.name}
                {person.id === me?.id && (
                  <Text span size="sm" c="dimmed" fw={400}>
                    {` ${t('settings:people.you')}`}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>{t(`shell:role.${person.role}.name`)}</Table.Td>
              <Table.Td visibleFrom="sm">
                {person.lastSignedInAt === null
                  ? t('settings:people.never')
                  : formats.relative(person.lastSignedInAt)}
              </Table.Td>
              <Table.Td>
                <Badge variant="light" color={stateColors[person.state]} tt="none">
                  {t(`settings:people.states.${person.state}`)}
                </Badge>
                {person.linkEndsAt !== null && (
                  <Text size="xs" c="dimmed" mt={4}>
                    {t('settings:people.linkEnds', { when: formats.relative(person.linkEndsAt) })}
                  </Text>
                )}
              </Table.Td>
              <Table.Td ta="right">
                <PersonMenu person={person} {...actions} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function PersonMenu({
  person,
  onAsk,
  onLink,
  onEnable,
}: Omit<TableProps, 'people'> & { readonly person: Person }) {
  const { t } = useTranslation('settings');
  const isDisabled = person.state === 'disabled';
  return (
    <Group justify="flex-end">
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t('people.more', { name: person.name })}>
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => onAsk({ kind: 'role', person })}>{t('people.changeRole')}</Menu.Item>
          <Menu.Item disabled={isDisabled} onClick={() => onLink(person)}>
            {t('people.newLink')}
          </Menu.Item>
          {isDisabled ? (
            <Menu.Item onClick={() => onEnable(person)}>{t('people.enable')}</Menu.Item>
          ) : (
            <Menu.Item onClick={() => onAsk({ kind: 'disable', person })}>{t('people.disable')}</Menu.Item>
          )}
          <Menu.Item color="red" onClick={() => onAsk({ kind: 'remove', person })}>
            {t('people.remove')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}
