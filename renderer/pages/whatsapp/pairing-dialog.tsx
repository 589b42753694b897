import { Alert, Button, Group, List, Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { WhatsAppCard } from '../../../main/contracts/console/whatsapp-calls';
import { ErrorNote } from '../../components/error-note';
import { useAction } from '../../use-gateway';
import classes from './whatsapp.module.css';

/** The second way to link a phone: by its number and a code of eight letters that is typed into it. */
export function PairingDialog(props: {
  readonly card: WhatsAppCard;
  readonly opened: boolean;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation(['whatsapp', 'shell']);
  const { customerId, tenantName, status } = props.card;
  const [phone, setPhone] = useState('');
  const pair = useAction('whatsapp.pairingCode');
  const code = pair.data?.code;
  const isLinked = status === 'ready' || status === 'authenticated';
  const close = () => {
    pair.reset();
    props.onClose();
  };
  return (
    <Modal
      opened={props.opened}
      onClose={close}
      centered
      title={t('pairing.title', { name: tenantName })}
      closeButtonProps={{ 'aria-label': t('shell:action.close') }}
      styles={{ title: { fontWeight: 600, overflowWrap: 'anywhere' } }}
    >
      {isLinked ? (
        <Stack>
          <Alert variant="light" color="teal" icon={<IconCheck aria-hidden />} role="status">
            {t('pairing.linked')}
          </Alert>
          <Group justify="flex-end">
            <Button onClick={close}>{t('shell:action.close')}</Button>
          </Group>
        </Stack>
      ) : code === undefined ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            pair.mutate({ customerId, phone: phone.trim() });
          }}
        >
          <Stack>
            <TextInput
              type="tel"
              label={t('pairing.phone')}
              description={t('pairing.phoneHint')}
              value={phone}
              onChange={(event) => setPhone(event.currentTarget.value)}
              maxLength={40}
              data-autofocus
            />
            <ErrorNote error={pair.error} />
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                {t('shell:action.cancel')}
              </Button>
              <Button type="submit" loading={pair.isPending} disabled={phone.trim().length < 3}>
                {t('pairing.get')}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <Stack>
          <List type="ordered" spacing="xs">
            <List.Item>{t('pairing.step1')}</List.Item>
            <List.Item>{t('pairing.step2')}</List.Item>
            <List.Item>{t('pairing.step3')}</List.Item>
          </List>
          <Text
            ta="center"
            className={classes['digits']}
            role="img"
            aria-label={t('pairing.codeLabel', { code: code.split('').join(' ') })}
          >
            {code.slice(0, 4)}-{code.slice(4)}
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => pair.reset()}>
              {t('pairing.again')}
            </Button>
            <Button onClick={close}>{t('shell:action.close')}</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
