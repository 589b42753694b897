import { io, type Socket } from 'socket.io-client';
import { patienceMs } from './patience';
import { waitUntil } from './wait-until';

interface SocketMessage {
  readonly name: string;
  readonly payload: Record<string, unknown>;
}

/** A real Socket.IO client that keeps everything it is told, in order. */
export interface WatchedSocket {
  readonly socket: Socket;
  readonly messages: readonly SocketMessage[];
  /** The first message of that name, kept or yet to come, that fits. */
  waitFor(
    name: string,
    fits?: (payload: Record<string, unknown>) => boolean,
    timeoutMs?: number,
  ): Promise<Record<string, unknown>>;
  /** Emits with an acknowledgement callback. */
  ask(name: string, payload?: unknown, timeoutMs?: number): Promise<Record<string, unknown>>;
  named(name: string): Record<string, unknown>[];
  close(): void;
}

type Auth = Readonly<Record<string, unknown>>;

/** Connects in the background: packets emitted at once are the first of the connection. */
export function openSocket(
  origin: string,
  auth: Auth,
  transports: readonly ('polling' | 'websocket')[] = ['websocket'],
): WatchedSocket {
  const socket = io(origin, {
    auth: { ...auth },
    transports: [...transports],
    reconnection: false,
    forceNew: true,
  });
  const messages: SocketMessage[] = [];
  socket.onAny((name: string, payload: Record<string, unknown>) => messages.push({ name, payload }));
  return {
    socket,
    messages,
    async waitFor(name, fits = () => true, timeoutMs) {
      const found = await waitUntil(
        () => messages.find((message) => message.name === name && fits(message.payload)),
        { what: `the socket message ${name}`, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
      );
      return found.payload;
    },
    async ask(name, payload, timeoutMs = patienceMs) {
      const emitter = socket.timeout(timeoutMs);
      const answer: unknown =
        payload === undefined ? await emitter.emitWithAck(name) : await emitter.emitWithAck(name, payload);
      return answer as Record<string, unknown>;
    },
    named: (name) => messages.filter((message) => message.name === name).map((message) => message.payload),
    close: () => socket.disconnect(),
  };
}

/** Resolves once connected. @throws the connect_error */
export async function watchSocket(origin: string, auth: Auth): Promise<WatchedSocket> {
  const watched = openSocket(origin, auth);
  try {
    await new Promise<void>((resolve, reject) => {
      watched.socket.once('connect', () => resolve());
      watched.socket.once('connect_error', reject);
    });
  } catch (thrown) {
    watched.close();
    throw thrown;
  }
  return watched;
}
