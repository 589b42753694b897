import { Button, Group, Modal, PasswordInput, Stack, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { CallOutput } from '../../../main/contracts/console/console-calls';
import { ErrorNote } from '../../components/error-note';
import { CallError } from '../../gateway-client';
import { isCustomerId } from '../../is-customer-id';
import { useAction } from '../../use-gateway';
import { NewKeyNote } from './new-key-note';
import { tenantPath } from './tenant-path';

/** Asks for what a new tenant needs, and then shows its key, once. */
export function AddTenantDialog(props: { readonly opened: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation(['tenants', 'shell']);
  const navigate = useNavigate();
  const [added, setAdded] = useState<CallOutput<'tenants.add'>>();
  const close = () => {
    props.onClose();
    if (!added) return;
    setAdded(undefined);
    void navigate(tenantPath(added.customerId, 'channels'));
  };
  return (
    <Modal
      opened={props.opened}
      onClose={close}
      // A key that is gone by a slip of the mouse is gone.
      closeOnClickOutside={!added}
      closeOnEscape={!added}
      title={added ? t('add.doneTitle', { name: added.customerId }) : t('add.title')}
      size={added ? 'xl' : 'md'}
      centered
      closeButtonProps={{ 'aria-label': t('shell:action.close') }}
      styles={{ title: { fontWeight: 600 } }}
    >
      {added ? (
        <Stack>
          <NewKeyNote customerId={added.customerId} apiKey={added.apiKey} />
          <Group justify="flex-end">
            <Button onClick={close}>{t('add.done')}</Button>
          </Group>
        </Stack>
      ) : (
        <AddForm onAdded={setAdded} onCancel={close} />
      )}
    </Modal>
  );
}

function AddForm(props: {
  readonly onAdded: (added: CallOutput<'tenants.add'>) => void;
  readonly onCancel: () => void;
}) {
  const { t } = useTranslation(['tenants', 'shell']);
  const [id, setId] = useState('');
  const [name, setName] = useState('');
  const [ownDatabase, setOwnDatabase] = useState(false);
  const [databaseUrl, setDatabaseUrl] = useState('');
  const add = useAction('tenants.add', ['tenants.list', 'whatsapp.list', 'overview.get']);
  const fields = add.error instanceof CallError ? add.error.fields : {};
  const isIdWrong = id !== '' && !isCustomerId(id);

  const submit = () =>
    add.mutate(
      {
        customerId: id.trim(),
        name: name.trim() === '' ? undefined : name.trim(),
        databaseUrl: ownDatabase ? databaseUrl.trim() : undefined,
      },
      { onSuccess: props.onAdded },
    );

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack>
        <TextInput
          label={t('add.id')}
          description={t('add.idHint')}
          value={id}
          onChange={(event) => setId(event.currentTarget.value)}
          error={isIdWrong ? t('add.idWrong') : fields['customerId']}
          maxLength={50}
          required
          withAsterisk={false}
          data-autofocus
          autoComplete="off"
        />
        <TextInput
          label={t('add.name')}
          description={t('add.nameHint')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fields['name']}
          maxLength={200}
          autoComplete="off"
        />
        <Switch
          label={t('add.ownDatabase')}
          description={t('add.ownDatabaseHint')}
          checked={ownDatabase}
          onChange={(event) => setOwnDatabase(event.currentTarget.checked)}
        />
        {ownDatabase && (
          // It holds a password: not to be read over a shoulder.
          <PasswordInput
            label={t('add.database')}
            description={t('add.databaseHint')}
            value={databaseUrl}
            onChange={(event) => setDatabaseUrl(event.currentTarget.value)}
            error={fields['databaseUrl']}
            required
            withAsterisk={false}
            autoComplete="off"
          />
        )}
        <ErrorNote error={Object.keys(fields).length > 0 ? null : add.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={props.onCancel} disabled={add.isPending}>
            {t('shell:action.cancel')}
          </Button>
          <Button type="submit" loading={add.isPending} disabled={id.trim() === '' || isIdWrong}>
            {t('add.submit')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
