import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { OperationProgress } from '../../components/operation-progress';
import { useCall } from '../../use-gateway';

/** Results that somebody has put away; pages come and go with the restart that a restore is. */
const putAway = new Set<string>();

/** The last restore: under way, or what came of it. It is asked of the gateway, whose restart outlives this page. */
export function RestoreProgress() {
  const { t } = useTranslation('settings');
  const listed = useCall('operations.list', {});
  const [, setClosed] = useState<string>();
  const [last] = (listed.data?.operations ?? [])
    .filter(({ id, kind }) => kind === 'restore' && !putAway.has(id))
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt));
  return (
    <OperationProgress
      operationId={last?.id}
      label={t('backup.restoring')}
      doneText={t('backup.restored')}
      canCancel={false}
      onClose={() => {
        if (!last) return;
        putAway.add(last.id);
        setClosed(last.id);
      }}
    />
  );
}
