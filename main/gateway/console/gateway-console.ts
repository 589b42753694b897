import { consoleCalls, type CallAnswer, type ConsoleCallName } from '../../contracts/console/console-calls';
import type { ConsolePush } from '../../contracts/console/console-pushes';
import { describeIssue } from '../../contracts/describe-issue';
import { databaseAway, databaseTooSlow, errorText, GatewayError, isDatabaseAway, isTooSlow } from '../errors';
import type { ConsoleCaller, ConsoleHandlers, ConsoleParts } from './console-parts';

export type { ConsoleCaller, EntryPoint } from './console-parts';

/** The gateway as its windows see it: one map of calls, behind IPC and behind the headless console alike. */
export interface GatewayConsole {
  /** Checks the input, does it, and answers; never throws. */
  call(name: string, input: unknown, caller: ConsoleCaller): Promise<CallAnswer>;
  /** Returns what takes the listener off again. */
  subscribe(windowId: string, listener: (push: ConsolePush) => void): () => void;
  /** The file behind a token that a call or a push gave out. */
  openDownload(token: string): { readonly path: string; readonly name: string } | undefined;
}

const problem = (code: string, message: string, details?: unknown): CallAnswer => ({
  ok: false,
  problem: { code, message, ...(details === undefined ? {} : { details }) },
});

/** `Object.hasOwn`: a name such as `constructor` is no call. */
function isCallName(name: string): name is ConsoleCallName {
  return Object.hasOwn(consoleCalls, name);
}

export function createConsole(
  parts: ConsoleParts,
  handlers: Partial<ConsoleHandlers<ConsoleCallName>>,
): GatewayConsole {
  return {
    async call(name, input, caller) {
      if (!isCallName(name)) return problem('unknown_call', 'This gateway does not know that call.');
      const checked = consoleCalls[name].input.safeParse(input);
      if (!checked.success) {
        const details = checked.error.issues.map((issue) => ({
          path: issue.path.join('.'),
          message: describeIssue(issue),
        }));
        const first = details[0];
        const where = first && first.path !== '' ? `${first.path} ` : '';
        return problem('invalid_input', `${where}${first?.message ?? 'The input is not right'}.`, details);
      }
      try {
        const handle = handlers[name] as
          ((input: unknown, caller: ConsoleCaller) => Promise<unknown>) | undefined;
        if (!handle) return problem('not_available', 'This gateway cannot do that.');
        return { ok: true, value: await handle(checked.data, caller) } as CallAnswer;
      } catch (thrown) {
        const shown = asGatewayError(thrown);
        if (shown) return problem(shown.code, shown.message, shown.details);
        parts.logger.error('console call failed', { call: name, error: errorText(thrown) });
        return problem('internal_error', 'Something went wrong in the gateway. Its log says what.');
      }
    },
    subscribe: (windowId, listener) => parts.pushes.subscribe(windowId, listener),
    openDownload: (token) => parts.operations.openDownload(token),
  };
}

function asGatewayError(thrown: unknown): GatewayError | undefined {
  if (thrown instanceof GatewayError) return thrown;
  if (isDatabaseAway(thrown)) return databaseAway(thrown);
  return isTooSlow(thrown) ? databaseTooSlow(thrown) : undefined;
}
