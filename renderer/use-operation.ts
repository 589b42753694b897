import { useQueryClient } from '@tanstack/react-query';
import type { Operation } from '../main/contracts/console/parts';
import { callKey, useCall, usePush } from './use-gateway';

/** An operation as far as it has come; undefined while it is not known, or not any more. */
export function useOperation(operationId: string | undefined): Operation | undefined {
  const queries = useQueryClient();
  const listed = useCall(
    'operations.list',
    {},
    // Pushes tell everything, unless the connection was lost in between.
    { enabled: operationId !== undefined, refetchIntervalMs: 5_000 },
  );
  usePush('operation.changed', (changed) => {
    queries.setQueryData(callKey('operations.list', {}), (known: typeof listed.data) => ({
      operations: [changed, ...(known?.operations ?? []).filter(({ id }) => id !== changed.id)],
    }));
  });
  return listed.data?.operations.find(({ id }) => id === operationId);
}
