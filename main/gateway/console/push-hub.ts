import type { ConsolePush, ConsolePushes, ConsolePushName } from '../../contracts/console/console-pushes';

export interface PushHub {
  /** To every window, or to those named. */
  push<N extends ConsolePushName>(name: N, payload: ConsolePushes[N], windowIds?: ReadonlySet<string>): void;
  /** Returns what takes the listener off again. */
  subscribe(windowId: string, listener: (push: ConsolePush) => void): () => void;
  /** somebody looks: what only windows need is not worked out for nobody */
  isWatched(): boolean;
  /** Is that window still there? */
  has(windowId: string): boolean;
}

/** Passes on what the gateway tells its windows. A window that fails to listen harms no other. */
export function createPushHub(onListenerError: (thrown: unknown) => void): PushHub {
  const listeners = new Map<string, Set<(push: ConsolePush) => void>>();
  return {
    push(name, payload, windowIds) {
      const push = { name, payload } as ConsolePush;
      for (const [windowId, ofWindow] of listeners) {
        if (windowIds && !windowIds.has(windowId)) continue;
        for (const listener of ofWindow) {
          try {
            listener(push);
          } catch (thrown) {
            onListenerError(thrown);
          }
        }
      }
    },
    subscribe(windowId, listener) {
      const ofWindow = listeners.get(windowId) ?? new Set();
      listeners.set(windowId, ofWindow.add(listener));
      return () => {
        ofWindow.delete(listener);
        if (ofWindow.size === 0 && listeners.get(windowId) === ofWindow) listeners.delete(windowId);
      };
    },
    has: (windowId) => listeners.has(windowId),
    isWatched: () => listeners.size > 0,
  };
}
