import type { MessageEvents } from './session-types';
import type { ConnectionHandlers } from './whatsapp-connection';

/** What a session does about the events of its connection. */
export interface SessionSteps {
  readonly showCode: (text: string) => void;
  readonly keepPairingCode: (code: string) => void;
  readonly becomeAuthenticated: () => void;
  readonly refuseLogin: (message: string) => void;
  readonly becomeReady: (phone: string | undefined) => void;
  readonly noteLoading: () => void;
  readonly noteState: (state: string) => void;
  readonly noteReload: () => void;
  readonly noteUse: () => void;
  /** unlinked on the phone */
  readonly endPairing: () => void;
  readonly fail: (reason: string) => void;
}

/** Leads a connection's events to the session's steps, while that connection is the current one. */
export function createSessionHandlers(
  messages: MessageEvents,
  steps: SessionSteps,
  isCurrent: () => boolean,
): ConnectionHandlers {
  const whileCurrent =
    <Values extends unknown[]>(handler: (...values: Values) => void) =>
    (...values: Values) => {
      if (isCurrent()) handler(...values);
    };
  return {
    qr: whileCurrent(steps.showCode),
    pairingCode: whileCurrent(steps.keepPairingCode),
    authenticated: whileCurrent(steps.becomeAuthenticated),
    authFailed: whileCurrent(steps.refuseLogin),
    ready: whileCurrent(steps.becomeReady),
    loading: whileCurrent(steps.noteLoading),
    disconnected: whileCurrent((reason) => {
      if (reason === 'LOGOUT' || reason === 'UNPAIRED') steps.endPairing();
      else steps.fail(`WhatsApp ended the connection (${reason}).`);
    }),
    stateChanged: whileCurrent(steps.noteState),
    reloading: whileCurrent(steps.noteReload),
    lost: whileCurrent(steps.fail),
    wrote: whileCurrent(steps.noteUse),
    receipt: whileCurrent((messageId, ack) => messages.receipt(messageId, ack)),
    received: whileCurrent((message) => messages.received(message)),
  };
}
