import type { Server, Socket } from 'socket.io';
import type { Logger } from '../observability/logger';

/** Whoever has so much to read yet gets no further answer, */
const busyBytes = 1024 * 1024;
/** is ended when it reads nothing for some time, */
const slowBytes = 4 * 1024 * 1024;
const slowLooks = 10;
/** and at once beyond this. */
const mostBytes = 16 * 1024 * 1024;
const lookEveryMs = 500;

/** The part of a connection of engine.io that is used here. */
interface Connection {
  readonly id: string;
  readonly request: { readonly socket: { destroy(): void; readonly remoteAddress?: string } };
  readonly writeBuffer: readonly { readonly data?: unknown }[];
  readonly transport: { readonly socket?: { readonly bufferedAmount?: number; terminate?(): void } };
  close(discard?: boolean): void;
}

/** Has this socket so much to read that it has to wait for more? */
export function isBehind(socket: Socket): boolean {
  return countUnread(socket.conn as unknown as Connection) > busyBytes;
}

/**
 * Ends connections that do not read what they are sent: it would fill the memory. Pages and consoles alike.
 * @returns what ends the watch
 */
export function endSlowReaders(io: Server, logger: Logger): () => void {
  let behind = new Map<string, { bytes: number; looks: number }>();

  function look(): void {
    const still: typeof behind = new Map();
    const { clients } = io.engine as unknown as { readonly clients: Readonly<Record<string, Connection>> };
    for (const connection of Object.values(clients)) {
      const bytes = countUnread(connection);
      if (bytes <= slowBytes) continue;
      const before = behind.get(connection.id);
      const looks = before && bytes >= before.bytes ? before.looks + 1 : 0;
      if (bytes > mostBytes || looks >= slowLooks) end(connection, bytes);
      else still.set(connection.id, { bytes, looks });
    }
    behind = still;
  }

  function end(connection: Connection, bytes: number): void {
    logger.warn('socket.unread', 'socket disconnected: it does not read what it is sent', {
      address: connection.request.socket.remoteAddress ?? '',
      unread_bytes: bytes,
    });
    // A goodbye would wait behind what is not read.
    connection.close(true);
    connection.transport.socket?.terminate?.();
    connection.request.socket.destroy();
  }

  const timer = setInterval(look, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

function countUnread({ writeBuffer, transport }: Connection): number {
  let bytes = transport.socket?.bufferedAmount ?? 0;
  for (const { data } of writeBuffer) {
    if (typeof data === 'string') bytes += data.length;
    else if (ArrayBuffer.isView(data)) bytes += data.byteLength;
  }
  return bytes;
}
