import { useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { createContext, use, useEffect, useRef, useSyncExternalStore } from 'react';
import type { CallInput, CallName, CallOutput } from '../main/contracts/console/console-calls';
import type { ConsolePushes, ConsolePushName } from '../main/contracts/console/console-pushes';
import type { Connection, GatewayClient } from './gateway-client';

export const GatewayContext = createContext<GatewayClient | null>(null);

export function useGateway(): GatewayClient {
  const client = use(GatewayContext);
  if (!client) throw new Error('used outside the console');
  return client;
}

export function useConnection(): Connection {
  const client = useGateway();
  return useSyncExternalStore(
    (listener) => client.onConnection(listener),
    () => client.connection(),
  );
}

/** The key that answers of a call are kept under: `invalidateQueries({ queryKey: callKey('tenants.list') })`. */
export function callKey<N extends CallName>(name: N, input?: CallInput<N>): readonly unknown[] {
  return input === undefined ? [name] : [name, input];
}

/** The answer of a call that changes nothing, kept and renewed by TanStack Query. */
export function useCall<N extends CallName>(
  name: N,
  input: CallInput<N>,
  options: { readonly enabled?: boolean; readonly refetchIntervalMs?: number } = {},
): UseQueryResult<CallOutput<N>> {
  const client = useGateway();
  return useQuery<CallOutput<N>>({
    queryKey: callKey(name, input),
    queryFn: () => client.call(name, input),
    enabled: options.enabled ?? true,
    refetchInterval: options.refetchIntervalMs ?? false,
  });
}

/** A call that changes something; `renews`: the calls whose kept answers are no longer true afterwards. */
export function useAction<N extends CallName>(name: N, renews: readonly CallName[] = []) {
  const client = useGateway();
  const queries = useQueryClient();
  return useMutation<CallOutput<N>, Error, CallInput<N>>({
    mutationFn: (input) => client.call(name, input),
    onSuccess: () =>
      Promise.all(renews.map((renewed) => queries.invalidateQueries({ queryKey: callKey(renewed) }))),
  });
}

/** Listens to what the gateway tells by itself, while the component is shown. */
export function usePush<N extends ConsolePushName>(
  name: N,
  listener: (payload: ConsolePushes[N]) => void,
): void {
  const client = useGateway();
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => client.onPush(name, (payload) => latest.current(payload)), [client, name]);
}
