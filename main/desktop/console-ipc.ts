import { userInfo } from 'node:os';
import { ipcMain, type IpcMainInvokeEvent } from 'electron';
import { z } from 'zod';
import { bridgeChannels } from '../contracts/console/bridge';
import type { CallAnswer, DesktopCallName } from '../contracts/console/console-calls';
import { desktopCalls } from '../contracts/console/desktop-calls';
import { errorText, GatewayError } from '../gateway/errors';
import type { DesktopGateway } from './desktop-gateway';
import type { DesktopHandlers } from './desktop-handlers';
import type { DesktopWindow } from './window';

/** The one window of the app; it keeps its name when it is made anew. */
const windowId = 'desktop';

const callName = z.string().min(1).max(100);

const problem = (code: string, message: string, details?: unknown): CallAnswer => ({
  ok: false,
  problem: { code, message, ...(details === undefined ? {} : { details }) },
});

function isDesktopCall(name: string): name is DesktopCallName {
  return Object.hasOwn(desktopCalls, name);
}

/** Audited as who is logged in at this PC. */
function describeActor(): string {
  try {
    return `console (${userInfo().username})`;
  } catch {
    // Accounts without an entry in the system's list.
    return 'console';
  }
}

/**
 * The only place that listens to a window. Calls are answered to the main frame of the app's own window while
 * it shows the app's own page, and to nobody else; the input of each is checked before anything is done.
 */
export function answerConsoleCalls(parts: {
  readonly gateway: DesktopGateway;
  readonly handlers: DesktopHandlers;
  readonly window: DesktopWindow;
}): void {
  const { gateway, handlers, window } = parts;
  const caller = { actor: describeActor(), windowId };

  async function answerDesktopCall(name: DesktopCallName, input: unknown): Promise<CallAnswer> {
    const checked = desktopCalls[name].input.safeParse(input);
    if (!checked.success) {
      const details = checked.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
      return problem('invalid_input', 'The input of this call is not right.', details);
    }
    try {
      const handle = handlers[name] as (input: unknown) => unknown;
      return { ok: true, value: await handle(checked.data) } as CallAnswer;
    } catch (thrown) {
      if (thrown instanceof GatewayError) return problem(thrown.code, thrown.message);
      gateway.logger.error('desktop call failed', { call: name, error: errorText(thrown) });
      return problem('internal_error', `That did not work: ${errorText(thrown)}`);
    }
  }

  ipcMain.handle(
    bridgeChannels.call,
    (event: IpcMainInvokeEvent, name: unknown, input: unknown): Promise<CallAnswer> | CallAnswer => {
      if (!window.isItsPage(event.senderFrame)) {
        gateway.logger.warn('call from a strange frame refused', { frame: event.senderFrame?.url ?? 'gone' });
        return problem('not_allowed', 'Only the console may ask that.');
      }
      const checked = callName.safeParse(name);
      if (!checked.success) return problem('unknown_call', 'This gateway does not know that call.');
      if (isDesktopCall(checked.data)) return answerDesktopCall(checked.data, input);
      const console = gateway.console();
      if (console) return console.call(checked.data, input, caller);
      const { error } = gateway.state();
      return problem('gateway_not_running', error ?? 'The gateway is not running.');
    },
  );

  let unsubscribe: (() => void) | undefined;
  gateway.onState((state) => {
    unsubscribe?.();
    unsubscribe = gateway.console()?.subscribe(windowId, (push) => window.push(push));
    window.push({ name: 'gateway.state', payload: state });
  });
}
