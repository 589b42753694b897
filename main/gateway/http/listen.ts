import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigurationError, errorCode, errorText } from '../errors';

const highestPort = 65_535;

/**
 * Listens, and says which port it got: the one asked for, one of the next `furtherPorts` where others listen, or any
 * where those are taken as well.
 * @throws ConfigurationError that names the variable, when the address or port cannot be had
 */
export async function listen(
  server: Server,
  host: string,
  port: number,
  furtherPorts = 0,
  platform: NodeJS.Platform = process.platform,
): Promise<number> {
  const last = Math.min(port + furtherPorts, highestPort);
  for (let next = port; ; next += 1) {
    try {
      return await listenAt(server, host, next);
    } catch (thrown) {
      if (!isTaken(thrown, platform) || furtherPorts === 0) throw explain(thrown, host, port, platform);
      // Whole ranges may be reserved.
      if (next >= last) return await listenAt(server, host, 0);
    }
  }
}

/** Windows answers EACCES for the ports that Hyper-V, WSL and Docker have reserved for themselves. */
function isTaken(thrown: unknown, platform: NodeJS.Platform): boolean {
  const code = errorCode(thrown);
  return code === 'EADDRINUSE' || (code === 'EACCES' && platform === 'win32');
}

function listenAt(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function explain(thrown: unknown, host: string, port: number, platform: NodeJS.Platform): Error {
  switch (errorCode(thrown)) {
    case 'EADDRINUSE':
      return new ConfigurationError(
        `PORT holds ${port}, but another program listens there already; it may hold any free port, or 0 for one that is chosen.`,
      );
    case 'EACCES':
      return new ConfigurationError(
        platform === 'win32'
          ? `PORT holds ${port}, but Windows has reserved that port; it may hold one outside the ranges that "netsh int ipv4 show excludedportrange tcp" lists.`
          : `PORT holds ${port}, but this account may not listen there; it may hold a port above 1023.`,
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
