import type { Server } from 'node:net';
import { toNetwork } from '../auth/rate-limits';
import { plainAddress } from '../auth/trusted-sources';
import { isLoopback } from './describe-connection';

/**
 * One machine's share of connections. A PHP server with a full pool, or an office behind one address, stays far below;
 * whoever opens them to let them stand runs into it. A proxy on this machine speaks for many and has no limit.
 */
const mostOfAddress = 1_000;

/** Ends connections beyond their address' share, before a byte of them is read. */
export function limitConnections(server: Server, most = mostOfAddress): void {
  const counts = new Map<string, number>();
  server.on('connection', (socket) => {
    const address = plainAddress(socket.remoteAddress ?? '');
    if (isLoopback(address)) return;
    const network = toNetwork(address);
    const count = (counts.get(network) ?? 0) + 1;
    if (count > most) {
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
