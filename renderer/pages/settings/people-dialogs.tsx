import { Button, Group, Modal, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Invitation, Person } from '../../../main/contracts/console/people-calls';
import { consoleRoles, type ConsoleRole } from '../../../main/contracts/console/roles';
import { CopyField } from '../../components/copy-field';
import { ErrorNote } from '../../components/error-note';
import { CallError } from '../../gateway-client';
import { useFormats } from '../../use-formats';
import { useAction } from '../../use-gateway';
import { AskDialog } from '../tenants/ask-dialog';

/** What is to be done with whom, once it was confirmed. */
export interface PersonQuestion {
  readonly kind: 'role' | 'disable' | 'remove';
  readonly person: Person;
}

function Dialog(props: {
  readonly opened: boolean;
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={props.title}
      centered
      closeButtonProps={{ 'aria-label': t('action.close') }}
      styles={{ title: { fontWeight: 600, overflowWrap: 'anywhere' } }}
    >
      {props.children}
    </Modal>
  );
}

function RoleChoice(props: { readonly value: ConsoleRole; readonly onChange: (role: ConsoleRole) => void }) {
  const { t } = useTranslation(['settings', 'shell']);
  return (
    <Radio.Group
      label={t('settings:people.role')}
      value={props.value}
      onChange={(value) => props.onChange(consoleRoles.find((role) => role === value) ?? 'reader')}
    >
      <Stack gap="sm" mt="xs">
        {consoleRoles.map((role) => (
          <Radio
            key={role}
            value={role}
            label={t(`shell:role.${role}.name`)}
            description={t(`shell:role.${role}.text`)}
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}

/** Asks whom, and as what. */
export function InviteDialog(props: {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onInvited: (made: Invitation) => void;
}) {
  const { t } = useTranslation(['settings', 'shell']);
  const invite = useAction('people.invite', ['people.list']);
  const [name, setName] = useState('');
  const [role, setRole] = useState<ConsoleRole>('staff');
  const nameProblem = invite.error instanceof CallError ? invite.error.fields['name'] : undefined;
  const reset = () => {
    setName('');
    setRole('staff');
    invite.reset();
  };
  const close = () => {
    reset();
    props.onClose();
  };
  return (
    <Dialog opened={props.opened} onClose={close} title={t('settings:people.inviteTitle')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          invite.mutate(
            { name, role },
            {
              onSuccess: (made) => {
                reset();
                props.onInvited(made);
              },
            },
          );
        }}
      >
        <Stack>
          <TextInput
            label={t('settings:people.name')}
            description={t('settings:people.nameHint')}
            error={nameProblem}
            value={name}
            maxLength={80}
            data-autofocus
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <RoleChoice value={role} onChange={setRole} />
          {nameProblem === undefined && <ErrorNote error={invite.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('shell:action.cancel')}
            </Button>
            <Button type="submit" loading={invite.isPending} disabled={name.trim() === ''}>
              {t('settings:people.makeInvitation')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

/** A link that is shown this once. */
export function LinkDialog(props: {
  readonly link: Invitation | undefined;
  readonly name: string;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation('settings');
  const formats = useFormats();
  const { link, name, onClose } = props;
  return (
    <Dialog opened={link !== undefined} onClose={onClose} title={t('people.linkTitle', { name })}>
      {link && (
        <Stack>
          <Text>{t('people.linkText', { name, when: formats.dateTime(link.endsAt) })}</Text>
          <CopyField label={t('people.link')} value={link.url} copyLabel={t('people.copyLink')} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('people.done')}
            </Button>
          </Group>
        </Stack>
      )}
    </Dialog>
  );
}

export function RoleDialog({ person, onClose }: { readonly person: Person; readonly onClose: () => void }) {
  const { t } = useTranslation(['settings', 'shell']);
  const [role, setRole] = useState<ConsoleRole>(person.role);
  const save = useAction('people.setRole', ['people.list']);
  return (
    <Dialog opened onClose={onClose} title={t('settings:people.roleTitle', { name: person.name })}>
      <Stack>
        <RoleChoice value={role} onChange={setRole} />
        <Text size="sm" c="dimmed">
          {t('settings:people.signsOut')}
        </Text>
        <ErrorNote error={save.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('shell:action.cancel')}
          </Button>
          <Button
            disabled={role === person.role}
            loading={save.isPending}
            onClick={() => save.mutate({ id: person.id, role }, { onSuccess: onClose })}
          >
            {t('settings:people.changeRole')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

/** Before somebody is disabled or removed. */
export function AskPersonDialog(props: {
  readonly question: PersonQuestion | undefined;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation('settings');
  const disable = useAction('people.setDisabled', ['people.list']);
  const remove = useAction('people.remove', ['people.list']);
  const { question } = props;
  const close = () => {
    disable.reset();
    remove.reset();
    props.onClose();
  };
  const kind = question?.kind === 'remove' ? 'remove' : 'disable';
  const name = question?.person.name ?? '';
  return (
    <AskDialog
      opened={question !== undefined}
      title={t(`people.${kind}Title`, { name })}
      confirm={t(`people.${kind}`)}
      busy={disable.isPending || remove.isPending}
      onClose={close}
      onConfirm={() => {
        if (!question) return;
        const { id } = question.person;
        if (kind === 'remove') remove.mutate({ id }, { onSuccess: close });
        else disable.mutate({ id, disabled: true }, { onSuccess: close });
      }}
    >
      <Text className="long-text">{t(`people.${kind}Text`, { name })}</Text>
      <ErrorNote error={disable.error ?? remove.error} />
    </AskDialog>
  );
}
