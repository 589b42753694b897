import { GatewayError } from '../errors';

/**
 * What a refused handshake says: socket.io hands `data` to the client's connect_error.
 * @param checked what could not be checked when the fault is the gateway's own, such as `token`
 */
export function toConnectError(thrown: unknown, checked: string): Error {
  const error =
    thrown instanceof GatewayError
      ? thrown
      : new GatewayError('internal_error', `The gateway could not check the ${checked}; try again.`, 500);
  return Object.assign(new Error(error.message), { data: { code: error.code, error: error.message } });
}
