import { useState } from 'react';
import type { Operation } from '../main/contracts/console/parts';
import { useCall, usePush } from './use-gateway';

/** Something that takes the gateway a while, as it stands now; undefined until it is known. */
export function useOperation(operationId: string): Operation | undefined {
  const listed = useCall('operations.list', {}, { refetchIntervalMs: 30_000 });
  const [pushed, setPushed] = useState<Operation>();
  usePush('operation.changed', (operation) => {
    if (operation.id === operationId) setPushed(operation);
  });
  // A push that was missed, without a connection: what is over stays over.
  const known = listed.data?.operations.find(({ id }) => id === operationId);
  const current = pushed?.id === operationId ? pushed : undefined;
  return current?.state === 'running' && known && known.state !== 'running' ? known : (current ?? known);
}
