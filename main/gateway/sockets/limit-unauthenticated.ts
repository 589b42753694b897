import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket as NetSocket } from 'node:net';
import type { Server, Socket } from 'socket.io';
import type { Logger } from '../observability/logger';

/** A token with ids takes a kilobyte; packets of 32 MB are for who has shown one. */
const mostBytes = 128 * 1024;

interface UnauthenticatedLimit {
  /** This socket's connection has proven who it is: it may send as much as any. */
  readonly lift: (socket: Socket) => void;
}

/** The part of a connection of engine.io that is used here. */
interface Connection {
  readonly id: string;
  readonly request: IncomingMessage;
  once(event: 'close', listener: () => void): unknown;
}
type EngineRequest = IncomingMessage & { readonly _query?: Record<string, string | undefined> };

/**
 * Ends connections that send much before they have proven anything: whoever reaches the port can open many, and
 * each could fill the memory with a packet that never ends.
 */
export function limitUnauthenticated(io: Server, logger: Logger): UnauthenticatedLimit {
  const proven = new WeakSet<object>();
  /** connections by the request that opened them */
  const opened = new WeakMap<IncomingMessage, Connection>();
  /** and by the id that further requests of theirs name */
  const connections = new Map<string, Connection>();
  io.engine.on('connection', (connection: Connection) => {
    opened.set(connection.request, connection);
    connections.set(connection.id, connection);
    connection.once('close', () => connections.delete(connection.id));
  });

  function isProven(request: EngineRequest): boolean {
    const sid = request._query?.['sid'];
    const connection = sid === undefined ? opened.get(request) : connections.get(sid);
    return connection !== undefined && proven.has(connection);
  }

  function watch(request: EngineRequest, raw: NetSocket): void {
    let received = 0;
    const count = (chunk: Buffer) => {
      received += chunk.length;
      if (isProven(request)) raw.off('data', count);
      else if (received > mostBytes) {
        logger.debug(
          'socket.unauthenticated_overrun',
          'unauthenticated connection closed: it sent too much',
          { address: raw.remoteAddress ?? '' },
        );
        raw.destroy();
      }
    };
    // After the WebSocket's own listener: the first of all would set the stream going too early.
    process.nextTick(() => raw.on('data', count));
  }

  io.engine.use((request: EngineRequest, response: ServerResponse, next: () => void) => {
    if (request.headers.upgrade !== undefined) {
      watch(request, request.socket);
    } else if (request.method === 'POST' && !isProven(request)) {
      // Without a length it could be any; browsers and clients say one.
      const length = Number(request.headers['content-length'] ?? Infinity);
      if (!(length <= mostBytes)) {
        response.writeHead(413, { 'Content-Type': 'application/json; charset=utf-8', Connection: 'close' });
        response.end(
          JSON.stringify({
            success: false,
            error: 'Connect with a token before sending that much.',
            code: 'body_too_large',
          }),
        );
        return;
      }
    }
    next();
  });

  return { lift: ({ conn }) => void proven.add(conn) };
}
