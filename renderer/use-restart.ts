import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { callKey, useCall, useGateway } from './use-gateway';

type RestartState = 'idle' | 'restarting' | 'done';

export interface Restart {
  readonly state: RestartState;
  /** asking for it failed */
  readonly error: Error | null;
  readonly start: () => void;
}

const askEveryMs = 1_000;

/**
 * Restarts the gateway and follows it until it is up again. A new start, not a new port, tells that it is: where
 * the port has changed a browser never gets there, and is shown the new address instead.
 */
export function useRestart(): Restart {
  const gateway = useGateway();
  const queries = useQueryClient();
  const [before, setBefore] = useState<string>();
  const info = useCall('gateway.info', {}, before === undefined ? {} : { refetchIntervalMs: askEveryMs });
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => {
      const { startedAt } = await gateway.call('gateway.info', {});
      await gateway.call('gateway.restart', {});
      return startedAt;
    },
    onSuccess(startedAt) {
      setBefore(startedAt);
      void queries.invalidateQueries({ queryKey: callKey('gateway.info') });
    },
  });
  const isUp = before !== undefined && info.data !== undefined && info.data.startedAt !== before;
  return {
    state: isUp ? 'done' : isPending || before !== undefined ? 'restarting' : 'idle',
    error,
    start: () => {
      setBefore(undefined);
      mutate();
    },
  };
}
