import { callRoles } from '../../contracts/console/call-roles';
import { consoleCalls, type CallAnswer, type ConsoleCallName } from '../../contracts/console/console-calls';
import type { ConsolePush } from '../../contracts/console/console-pushes';
import type { ConsoleCaller, ConsoleHandlers, ConsoleParts, ConsoleViewer } from './console-parts';
import { dispatchCall, type CallTable } from './dispatch-call';
import { narrowAnswer } from './narrow-answers';

export type { ConsoleCaller, EntryPoint } from './console-parts';

/** The gateway as its windows see it: one map of calls, behind IPC and behind the headless console alike. */
export interface GatewayConsole {
  /** Checks the input, does it, and answers; never throws. */
  call(name: unknown, input: unknown, caller: ConsoleCaller): Promise<CallAnswer>;
  /** Returns what takes the listener off again. */
  subscribe(viewer: ConsoleViewer, listener: (push: ConsolePush) => void): () => void;
  /** The file behind a token that a call or a push gave out to them, or to anybody where an operator asks. */
  openDownload(
    token: string,
    viewer: Pick<ConsoleViewer, 'role' | 'person'>,
  ): { readonly path: string; readonly name: string } | undefined;
}

export function createGatewayConsole(
  parts: ConsoleParts,
  handlers: Partial<ConsoleHandlers<ConsoleCallName>>,
): GatewayConsole {
  const table: CallTable = {
    calls: consoleCalls,
    roles: callRoles,
    handlers,
    logger: parts.logger,
    describeFault: () => 'Something went wrong in the gateway. Its log says what.',
  };
  return {
    call: async (name, input, caller) =>
      narrowAnswer(caller.role, name, await dispatchCall(table, name, input, caller)),
    subscribe: (viewer, listener) => parts.pushes.subscribe(viewer, listener),
    openDownload: (token, viewer) => parts.operations.openDownload(token, viewer),
  };
}
