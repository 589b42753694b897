import { Alert, Checkbox, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import type { TenantDetail } from '../../../main/contracts/console/tenant-calls';
import { ErrorNote } from '../../components/error-note';
import { tell } from '../../components/tell';
import { useAction } from '../../use-gateway';
import { AskDialog } from './ask-dialog';

/** Removes a tenant once its id is typed: nobody does that by a slip. */
export function RemoveTenantDialog(props: {
  readonly tenant: TenantDetail;
  readonly opened: boolean;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation('tenants');
  const navigate = useNavigate();
  const { customerId, name, waiting, ownsDatabase } = props.tenant;
  const [typed, setTyped] = useState('');
  const [dropDatabase, setDropDatabase] = useState(false);
  const remove = useAction('tenants.remove', ['tenants.list', 'whatsapp.list', 'overview.get']);
  const close = () => {
    setTyped('');
    setDropDatabase(false);
    remove.reset();
    props.onClose();
  };
  return (
    <AskDialog
      opened={props.opened}
      title={t('general.removeTitle', { name })}
      confirm={t('general.removeButton')}
      busy={remove.isPending}
      disabled={typed.trim() !== customerId}
      onConfirm={() =>
        remove.mutate(
          { customerId, confirmation: typed.trim(), dropDatabase },
          {
            onSuccess: () => {
              tell(t('general.removed', { name }));
              void navigate('/tenants');
            },
          },
        )
      }
      onClose={close}
    >
      <Text className="long-text">
        {t('general.removeText', {
          waiting: waiting > 0 ? t('general.removeWaiting', { count: waiting }) : '',
        }).trim()}
      </Text>
      {ownsDatabase ? (
        <Checkbox
          label={t('general.drop')}
          checked={dropDatabase}
          onChange={(event) => setDropDatabase(event.currentTarget.checked)}
        />
      ) : (
        <Text size="sm" c="dimmed">
          {t('general.keep')}
        </Text>
      )}
      {dropDatabase && (
        <Alert variant="light" color="red">
          {t('general.dropWarning')}
        </Alert>
      )}
      <TextInput
        label={t('general.confirm', { id: customerId })}
        value={typed}
        autoComplete="off"
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <ErrorNote error={remove.error} />
    </AskDialog>
  );
}
