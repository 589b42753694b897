import type { CallAnswer, CallInput, CallName } from './console-calls';
import type { ConsolePush } from './console-pushes';

/** What the preload script puts on `window.modularGateway`: the only way out of the desktop's window. */
export interface DesktopBridge {
  call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallAnswer<N>>;
  /** Returns what takes the listener off again. */
  onPush(listener: (push: ConsolePush) => void): () => void;
}

/** IPC channels; nothing else is listened to. */
export const bridgeChannels = { call: 'console:call', push: 'console:push' } as const;

/** Headless: the Socket.IO namespace, and its two events. `call` is emitted with (name, input, callback). */
export const consoleNamespace = '/console';
export const consoleSocketEvents = { call: 'call', push: 'push' } as const;
