import type { Server, Socket } from 'node:net';
import { toNetwork } from '../auth/rate-limits';
import { plainAddress } from '../auth/trusted-sources';
import { isLoopback } from './describe-connection';

export interface ConnectionShare {
  /** what one address may have open at once; of IPv6 its /64 network */
  readonly perAddress: number;
  /** A proxy that the operator named speaks for many. */
  readonly isProxy: (socket: Socket) => boolean;
}

/**
 * Ends connections beyond their address' share, before a byte of them is read. What comes from this machine, where a
 * proxy may be, has no limit.
 */
export function limitConnections(server: Server, { perAddress, isProxy }: ConnectionShare): void {
  const counts = new Map<string, number>();
  server.on('connection', (socket) => {
    const address = plainAddress(socket.remoteAddress ?? '');
    if (isLoopback(address) || isProxy(socket)) return;
    const network = toNetwork(address);
    const count = (counts.get(network) ?? 0) + 1;
    if (count > perAddress) {
      socket.destroy();
      return;
    }
    counts.set(network, count);
    socket.once('close', () => {
      const left = (counts.get(network) ?? 1) - 1;
      if (left > 0) counts.set(network, left);
      else counts.delete(network);
    });
  });
}
