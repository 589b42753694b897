import { ActionIcon, Menu, Text } from '@mantine/core';
import { IconDeviceDesktop, IconDots, IconHash, IconLogout } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { WhatsAppCard } from '../../../main/contracts/console/whatsapp-calls';
import { ErrorNote } from '../../components/error-note';
import { tell } from '../../components/tell';
import { useAction, useCall } from '../../use-gateway';
import { useMay } from '../../use-role';
import { AskDialog } from '../tenants/ask-dialog';
import { useTakeCard } from './use-take-card';

/** What is needed now and then: other ways to link, and logging out. */
export function CardMenu(props: {
  readonly card: WhatsAppCard;
  readonly onPair: () => void;
  readonly onVisible: () => void;
  readonly onTouched: () => void;
}) {
  const { t } = useTranslation('whatsapp');
  const info = useCall('gateway.info', {});
  const [asksLogout, setAsksLogout] = useState(false);
  const { card } = props;
  const isLinked = card.status === 'ready' || card.status === 'authenticated';
  const hasLogin = isLinked || card.phone !== null;
  const mayLogOut = useMay('whatsapp.logout');
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={t('more', { name: card.tenantName })}
          >
            <IconDots size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {!isLinked && (
            <Menu.Item leftSection={<IconHash size={16} aria-hidden />} onClick={props.onPair}>
              {t('code.byNumber')}
            </Menu.Item>
          )}
          {!isLinked && info.data?.canPairVisibly && (
            <Menu.Item
              leftSection={<IconDeviceDesktop size={16} aria-hidden />}
              onClick={() => {
                tell(t('visibleStarted'), 'blue');
                props.onVisible();
              }}
            >
              {t('visible')}
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={<IconLogout size={16} aria-hidden />}
            disabled={!hasLogin || !mayLogOut}
            title={mayLogOut ? undefined : t('logoutByOperator')}
            onClick={() => setAsksLogout(true)}
          >
            {t('logout')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <LogoutDialog
        card={card}
        opened={asksLogout}
        onClose={() => setAsksLogout(false)}
        onTouched={props.onTouched}
      />
    </>
  );
}

function LogoutDialog(props: {
  readonly card: WhatsAppCard;
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onTouched: () => void;
}) {
  const { t } = useTranslation('whatsapp');
  const takeCard = useTakeCard();
  const logout = useAction('whatsapp.logout');
  const { customerId, tenantName: name, phone } = props.card;
  const close = () => {
    logout.reset();
    props.onClose();
  };
  return (
    <AskDialog
      opened={props.opened}
      title={t('logoutTitle', { name })}
      confirm={t('logoutButton')}
      busy={logout.isPending}
      onClose={close}
      onConfirm={() => {
        props.onTouched();
        logout.mutate(
          { customerId },
          {
            onSuccess: (card) => {
              takeCard(card);
              tell(t('loggedOut', { name }));
              close();
            },
          },
        );
      }}
    >
      <Text className="long-text">
        {phone === null ? t('logoutTextNoPhone') : t('logoutText', { phone: `+${phone}` })}
      </Text>
      <ErrorNote error={logout.error} />
    </AskDialog>
  );
}
