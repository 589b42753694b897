import { Button, Group, List, Paper, Text } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { TenantSummary } from '../../../main/contracts/console/tenant-calls';
import { ErrorNote } from '../../components/error-note';
import { tell } from '../../components/tell';
import { useAction } from '../../use-gateway';

/** What can be done with several tenants at once. */
export function PauseBar(props: { readonly tenants: readonly TenantSummary[]; readonly onDone: () => void }) {
  const { t } = useTranslation(['tenants', 'shell']);
  const { tenants, onDone } = props;
  const setPaused = useAction('tenants.setPausedMany', ['tenants.list', 'tenants.get', 'overview.get']);
  const failed = setPaused.data?.failed ?? [];
  const start = (paused: boolean) => {
    const those = tenants.filter((tenant) => tenant.paused !== paused).map(({ customerId }) => customerId);
    setPaused.mutate(
      { customerIds: those, paused },
      {
        onSuccess: ({ failed: left }) => {
          tell(t(paused ? 'list.pausedMany' : 'list.resumedMany', { count: those.length - left.length }));
          onDone();
        },
      },
    );
  };
  if (tenants.length === 0 && failed.length === 0 && !setPaused.error) return null;
  return (
    <Paper withBorder p="sm" role="region" aria-label={t('list.selection')}>
      {tenants.length > 0 && (
        <Group>
          <Text size="sm" fw={550} role="status">
            {t('list.selected', { count: tenants.length })}
          </Text>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlayerPause size={15} aria-hidden />}
            disabled={tenants.every(({ paused }) => paused)}
            loading={setPaused.isPending}
            onClick={() => start(true)}
          >
            {t('general.pause')}
          </Button>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlayerPlay size={15} aria-hidden />}
            disabled={tenants.every(({ paused }) => !paused)}
            loading={setPaused.isPending}
            onClick={() => start(false)}
          >
            {t('resume')}
          </Button>
          <Button size="xs" variant="subtle" color="gray" onClick={onDone}>
            {t('list.clearSelection')}
          </Button>
        </Group>
      )}
      <ErrorNote error={setPaused.error} />
      {failed.length > 0 && (
        <List size="sm" mt="xs" role="alert">
          {failed.map(({ customerId, message }) => (
            <List.Item key={customerId} className="long-text">
              <b>{customerId}</b>: {message}
            </List.Item>
          ))}
        </List>
      )}
    </Paper>
  );
}
