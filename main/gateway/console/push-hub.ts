import { pushRoles } from '../../contracts/console/call-roles';
import type { ConsolePush, ConsolePushes, ConsolePushName } from '../../contracts/console/console-pushes';
import { reachesRole } from '../../contracts/console/roles';
import type { ConsoleViewer } from './console-caller';
import { narrowPush } from './narrow-answers';

export interface PushHub {
  /** To every window whose role may see it and that it is for: every one, unless told. */
  push<N extends ConsolePushName>(
    name: N,
    payload: ConsolePushes[N],
    isFor?: (viewer: ConsoleViewer) => boolean,
  ): void;
  /** Returns what takes the listener off again. */
  subscribe(viewer: ConsoleViewer, listener: (push: ConsolePush) => void): () => void;
  /** somebody looks: what only windows need is not worked out for nobody */
  isWatched(): boolean;
  /** Is that window still there? */
  has(windowId: string): boolean;
}

/** Passes on what the gateway tells its windows. A window that fails to listen harms no other. */
export function createPushHub(onListenerError: (thrown: unknown) => void): PushHub {
  const subscriptions = new Set<{
    readonly viewer: ConsoleViewer;
    readonly listener: (push: ConsolePush) => void;
  }>();
  return {
    push(name, payload, isFor = () => true) {
      const push = { name, payload } as ConsolePush;
      for (const { viewer, listener } of subscriptions) {
        if (!reachesRole(viewer.role, pushRoles[name]) || !isFor(viewer)) continue;
        try {
          listener(narrowPush(viewer.role, push));
        } catch (thrown) {
          onListenerError(thrown);
        }
      }
    },
    subscribe(viewer, listener) {
      const subscription = { viewer, listener };
      subscriptions.add(subscription);
      return () => void subscriptions.delete(subscription);
    },
    has: (windowId) => [...subscriptions].some(({ viewer }) => viewer.windowId === windowId),
    isWatched: () => subscriptions.size > 0,
  };
}
