import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigurationError, errorCode, errorText } from './errors';

/**
 * Listens, and says which port it got.
 * @throws ConfigurationError that names the variable, when the address or port cannot be had
 */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (thrown: Error) => reject(explain(thrown, host, port));
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function explain(thrown: Error, host: string, port: number): Error {
  switch (errorCode(thrown)) {
    case 'EADDRINUSE':
      return new ConfigurationError(
        `PORT holds ${port}, but another program listens there already; it may hold any free port, or 0 for one that is chosen.`,
      );
    case 'EACCES':
      return new ConfigurationError(
        `PORT holds ${port}, but this account may not listen there; it may hold a port above 1023.`,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ConfigurationError(
        `HOST holds ${host}, but this machine has no such address; it may hold 0.0.0.0 for all addresses.`,
      );
    default:
      return new ConfigurationError(`The gateway cannot listen at ${host}:${port}: ${errorText(thrown)}.`);
  }
}
