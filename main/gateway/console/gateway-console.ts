import { consoleCalls, type CallAnswer, type ConsoleCallName } from '../../contracts/console/console-calls';
import type { ConsolePush } from '../../contracts/console/console-pushes';
import type { ConsoleCaller, ConsoleHandlers, ConsoleParts } from './console-parts';
import { dispatchCall, type CallTable } from './dispatch-call';

export type { ConsoleCaller, EntryPoint } from './console-parts';

/** The gateway as its windows see it: one map of calls, behind IPC and behind the headless console alike. */
export interface GatewayConsole {
  /** Checks the input, does it, and answers; never throws. */
  call(name: unknown, input: unknown, caller: ConsoleCaller): Promise<CallAnswer>;
  /** Returns what takes the listener off again. */
  subscribe(windowId: string, listener: (push: ConsolePush) => void): () => void;
  /** The file behind a token that a call or a push gave out. */
  openDownload(token: string): { readonly path: string; readonly name: string } | undefined;
}

export function createGatewayConsole(
  parts: ConsoleParts,
  handlers: Partial<ConsoleHandlers<ConsoleCallName>>,
): GatewayConsole {
  const table: CallTable = {
    calls: consoleCalls,
    handlers,
    logger: parts.logger,
    describeFault: () => 'Something went wrong in the gateway. Its log says what.',
  };
  return {
    call: (name, input, caller) => dispatchCall(table, name, input, caller),
    subscribe: (windowId, listener) => parts.pushes.subscribe(windowId, listener),
    openDownload: (token) => parts.operations.openDownload(token),
  };
}
