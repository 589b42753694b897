import { userInfo } from 'node:os';
import { ipcMain, type IpcMainInvokeEvent } from 'electron';
import { bridgeChannels } from '../contracts/console/bridge';
import { callRoles } from '../contracts/console/call-roles';
import { callProblem, type CallAnswer } from '../contracts/console/console-calls';
import { desktopCalls } from '../contracts/console/desktop-calls';
import { dispatchCall, hasCall, type CallTable } from '../gateway/console/dispatch-call';
import { errorText } from '../gateway/errors';
import type { DesktopGateway } from './desktop-gateway';
import type { DesktopHandlers } from './desktop-handlers';
import type { DesktopWindow } from './window';

/** The one window of the app; it keeps its name when it is made again. */
const windowId = 'desktop';

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
  // Who sits at this PC has its account: there is no lesser role here.
  const caller = { actor: describeActor(), windowId, role: 'operator' } as const;

  const desktopTable: CallTable = {
    calls: desktopCalls,
    roles: callRoles,
    handlers,
    logger: gateway.logger,
    // It is this PC's own matter: a folder that does not open, a disk that is full.
    describeFault: (thrown) => `That did not work: ${errorText(thrown)}`,
  };

  ipcMain.handle(
    bridgeChannels.call,
    (event: IpcMainInvokeEvent, name: unknown, input: unknown): Promise<CallAnswer> | CallAnswer => {
      if (!window.isItsPage(event.senderFrame)) {
        gateway.logger.warn('console.frame_refused', 'call from an unknown frame refused', {
          frame: event.senderFrame?.url ?? 'gone',
        });
        return callProblem('not_allowed', 'Only the console may ask that.');
      }
      if (hasCall(desktopCalls, name)) return dispatchCall(desktopTable, name, input, caller);
      const console = gateway.console();
      if (console) return console.call(name, input, caller);
      const { error } = gateway.state();
      return callProblem('gateway_not_running', error ?? 'The gateway is not running.');
    },
  );

  let unsubscribe: (() => void) | undefined;
  gateway.onState((state) => {
    unsubscribe?.();
    unsubscribe = gateway.console()?.subscribe(caller, (push) => window.push(push));
    window.push({ name: 'gateway.state', payload: state });
  });
}
