import { Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Operation } from '../../../main/contracts/console/parts';
import { OperationProgress } from '../../components/operation-progress';
import { useCall } from '../../use-gateway';
import type { ListOperation } from './history-actions';

export interface StartedOperation {
  readonly id: string;
  readonly kind: ListOperation;
}

const isOfList = (kind: Operation['kind']): kind is ListOperation => kind === 'replay' || kind === 'export';

/** Replays and exports under way, also those that were started before this page was opened. */
export function ListOperations({ started }: { readonly started: readonly StartedOperation[] }) {
  const { t } = useTranslation('history');
  const listed = useCall('operations.list', {});
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const running = (listed.data?.operations ?? []).flatMap(({ id, kind, state }) =>
    state === 'running' && isOfList(kind) ? [{ id, kind }] : [],
  );
  const shown = [...started, ...running.filter(({ id }) => !started.some((one) => one.id === id))].filter(
    ({ id }) => !closed.has(id),
  );
  if (shown.length === 0) return null;
  return (
    <Stack gap="xs">
      {shown.map(({ id, kind }) => (
        <OperationProgress
          key={id}
          operationId={id}
          label={t(`${kind}.running`)}
          doneText={t(`${kind}.done`)}
          onClose={() => setClosed(new Set([...closed, id]))}
        />
      ))}
    </Stack>
  );
}
