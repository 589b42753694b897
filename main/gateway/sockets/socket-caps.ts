import type { IncomingMessage } from 'node:http';
import type { Server, Socket } from 'socket.io';
import type { Caller } from '../auth/authentication';
import type { ReadClientAddress } from '../auth/client-address';
import type { SocketCaps } from '../config/config';
import { GatewayError } from '../errors';

/** Those that have yet to show who they are, besides those that have. */
const unprovenBesides = 500;

/**
 * Keeps count of sockets, so that no user, customer or address takes the room of the others.
 * @returns what lets one in, or throws GatewayError `too_many_sockets` (429)
 */
export function capSockets(
  io: Server,
  caps: SocketCaps,
  clientAddress: ReadClientAddress,
): (socket: Socket, caller: Caller) => void {
  const counts = new Map<string, number>();
  const add = (name: string, by: number) => {
    const count = (counts.get(name) ?? 0) + by;
    if (count > 0) counts.set(name, count);
    else counts.delete(name);
  };
  const countOf = (name: string) => counts.get(name) ?? 0;

  function keep(names: readonly string[], connection: { once(event: 'close', done: () => void): unknown }) {
    for (const name of names) add(name, 1);
    connection.once('close', () => {
      for (const name of names) add(name, -1);
    });
  }

  io.engine.on('connection', (connection: Socket['conn']) => {
    keep(['open', `open from ${clientAddress(connection.request)}`], connection);
  });
  io.engine.use(
    (
      request: IncomingMessage & { _query?: Record<string, string> },
      _response: unknown,
      next: (thrown?: Error) => void,
    ) => {
      const isNew = request._query?.['sid'] === undefined;
      const isFull =
        countOf('open') >= caps.total + unprovenBesides ||
        countOf(`open from ${clientAddress(request)}`) >= caps.perAddress + unprovenBesides;
      next(isNew && isFull ? new Error('too many sockets') : undefined);
    },
  );

  return (socket, { customerId, userId }) => {
    const address = clientAddress(socket.request);
    const limits: readonly (readonly [name: string, most: number, whose: string])[] = [
      ['all', caps.total, 'of all customers together'],
      [`address ${address}`, caps.perAddress, 'from this address'],
      [`customer ${customerId}`, caps.perTenant, 'of this customer'],
      ...(userId === undefined
        ? []
        : ([[`user ${customerId}\n${userId}`, caps.perUser, 'of this user']] as const)),
    ];
    const reached = limits.find(([name, most]) => countOf(name) >= most);
    if (reached) {
      throw new GatewayError(
        'too_many_sockets',
        `Too many sockets ${reached[2]}: ${reached[1]} are allowed at once.`,
        429,
      );
    }
    keep(
      limits.map(([name]) => name),
      socket.conn,
    );
  };
}
