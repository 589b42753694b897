import type { Server as HttpServer } from 'node:http';
import { Server, type Socket } from 'socket.io';
import { Encoder } from 'socket.io-parser';
import type { Authentication, Caller } from '../auth/authentication';
import type { ReadClientAddress } from '../auth/client-address';
import type { CpuBudget } from '../auth/cpu-budget';
import type { PageOrigins } from '../auth/page-origins';
import type { AddressLimit } from '../auth/rate-limits';
import type { HeavyTurns } from '../concurrency/heavy-turns';
import type { GatewayConfig } from '../config/config';
import { errorText, GatewayError } from '../errors';
import type { Signals } from '../signals';
import { createDecoderClass, type BoundedDecoder } from './bounded-decoder';
import { broadcastSignals, tenantRoom, type SocketsElsewhere } from './broadcast';
import { toConnectError } from './connect-error';
import { createConnectionList, type ConnectionList } from './connection-list';
import { serveConsole, type ConsoleNamespaceParts } from './console-namespace';
import { limitUnauthenticated } from './limit-unauthenticated';
import { limitMessages } from './message-limit';
import { capSockets } from './socket-caps';
import { handleSocketMessages, type SocketParts } from './socket-messages';
import { endSlowReaders } from './unread-answers';

/** Events with attachments come by socket too; the same limit as by HTTP. */
const largestPacketBytes = 32 * 1024 * 1024;
/** setTimeout fires at once beyond this. */
const longestTimerMs = 2 ** 31 - 1;

export interface SocketServerParts extends SocketParts {
  readonly httpServer: HttpServer;
  readonly config: Pick<GatewayConfig, 'socketCaps'>;
  readonly pageOrigins: PageOrigins;
  readonly heavyTurns: HeavyTurns;
  readonly bodyBudget: CpuBudget;
  readonly clientAddress: ReadClientAddress;
  readonly authentication: Authentication;
  readonly failureLimit: AddressLimit;
  readonly unauthenticatedLimit: AddressLimit;
  readonly signals: Signals;
  readonly elsewhere?: SocketsElsewhere;
  /** absent: no console in browsers */
  readonly console?: ConsoleNamespaceParts;
}

export interface SocketServer {
  readonly connections: ConnectionList;
  readonly io: Server;
  /** Sends what happened at another gateway to the tenant's sockets at this one. */
  readonly emitHere: (customerId: string, name: string, payload: object) => void;
  /** Ends the sockets of a tenant that is gone. */
  disconnectTenant(customerId: string): void;
  /** Ends the sockets whose key is not good any more: called when keys change. */
  recheckKeys(): Promise<void>;
  /** Ends the console's sockets whose session is over: called when sessions end. */
  recheckConsole(): Promise<void>;
  /** Tells the clients goodbye; the HTTP server is its owner's to close. */
  stop(): Promise<void>;
}

const pollerHearsWithinMs = 1_000;

/** The Socket.IO edge: handshake, rooms, messages. */
export function createSocketServer(parts: SocketServerParts): SocketServer {
  const { logger } = parts;
  const connections = createConnectionList((customerId, isPresent) => {
    if (isPresent) void parts.elsewhere?.announce(customerId);
    else parts.elsewhere?.withdraw(customerId);
  });
  /** what sockets have shown: a key, or a token that ends with one */
  const keys = new Map<string, string>();
  /** of keys and tenants: whoever was let in before may not be now */
  let changes = 0;
  const io = new Server(parts.httpServer, {
    // Whoever it is hears in words why it is refused: before the handshake nothing is said.
    cors: { origin: true },
    maxHttpBufferSize: largestPacketBytes,
    serveClient: false,
    parser: {
      Encoder,
      Decoder: createDecoderClass({ turns: parts.heavyTurns, budget: parts.bodyBudget }),
    },
    // The handshake decides within this time or the connection ends.
    connectTimeout: 20_000,
  });
  const unauthenticatedLimit = limitUnauthenticated(io, logger);
  const letIn = capSockets(io, parts.config.socketCaps, parts.clientAddress);
  const stopWatch = endSlowReaders(io, logger);
  io.engine.on('connection', ({ transport }: { readonly transport: object }) => {
    // A page that polls hears of the end when it asks next. One that asks no more is not waited for by
    // engine.io's 30 s, which outlive the gateway's stop.
    if ('closeTimeout' in transport) Object.assign(transport, { closeTimeout: pollerHearsWithinMs });
  });

  io.use((socket, next) => {
    identify(parts, socket)
      .then(async ({ caller, bearer }) => {
        // One that left meanwhile would be counted for ever: nothing tells of its end any more.
        const hasLeft = () => socket.conn.readyState !== 'open';
        if (hasLeft()) return;
        (socket.data as { caller?: Caller }).caller = caller;
        letIn(socket, caller);
        setOwner(socket, caller.customerId);
        unauthenticatedLimit.lift(socket);
        // Whoever is told that it is connected hears everything from then on, whatever happens at other gateways.
        const changesBefore = changes;
        await parts.elsewhere?.announce(caller.customerId);
        if (changes !== changesBefore) await identify(parts, socket);
        if (hasLeft()) {
          if (connections.count(caller.customerId) === 0) parts.elsewhere?.withdraw(caller.customerId);
          return;
        }
        keys.set(socket.id, bearer);
        // Before `connection` and before any packet: even an answer to the very first one finds its room.
        void socket.join(tenantRoom(caller.customerId));
        next();
      })
      .catch((thrown: unknown) => next(toConnectError(thrown, 'token')));
  });

  io.on('connection', (socket) => {
    const { caller } = socket.data as { caller: Caller };
    limitMessages(socket, {
      logger,
      customerId: caller.customerId,
      settings: () => parts.tenants.find(caller.customerId)?.settings,
    });
    handleSocketMessages(socket, caller, parts);
    const connection = {
      socketId: socket.id,
      customerId: caller.customerId,
      userId: caller.userId ?? null,
      address: parts.clientAddress(socket.request),
      connectedAt: new Date(),
    };
    connections.add(connection);
    logger.info('socket.connected', 'socket connected', {
      customer_id: connection.customerId,
      user_id: connection.userId,
      address: connection.address,
      via: caller.via,
      sockets: connections.count(),
    });
    const expiry = endAtExpiry(socket, caller);
    socket.on('error', (thrown) =>
      logger.warn('socket.failed', 'socket error', { error: errorText(thrown) }),
    );
    socket.on('disconnect', (reason) => {
      clearTimeout(expiry);
      connections.remove(socket.id);
      keys.delete(socket.id);
      logger.info('socket.disconnected', 'socket disconnected', {
        customer_id: connection.customerId,
        user_id: connection.userId,
        address: connection.address,
        reason,
        connected_ms: Date.now() - connection.connectedAt.getTime(),
        sockets: connections.count(),
      });
    });
  });
  // A packet that cannot be understood ends its connection, not the process.
  io.engine.on('connection_error', (thrown: { message: string }) =>
    logger.debug('socket.handshake_refused', 'socket handshake refused', { error: thrown.message }),
  );

  const gatewayConsole = parts.console && serveConsole(io, parts.console, unauthenticatedLimit.lift);
  const stopBroadcast = broadcastSignals(io, parts.signals, connections, parts.elsewhere);
  return {
    connections,
    io,
    emitHere(customerId, name, payload) {
      if (connections.count(customerId) > 0) io.to(tenantRoom(customerId)).emit(name, payload);
    },
    disconnectTenant(customerId) {
      changes += 1;
      io.in(tenantRoom(customerId)).disconnectSockets(true);
    },
    async recheckKeys() {
      changes += 1;
      for (const [socketId, bearer] of keys) {
        const address = connections.list().find((entry) => entry.socketId === socketId)?.address ?? '';
        try {
          await parts.authentication.authenticate({ bearer, address });
        } catch (thrown) {
          // Only a key that is refused ends its sockets, not a database that is away.
          if (thrown instanceof GatewayError) io.sockets.sockets.get(socketId)?.disconnect(true);
        }
      }
    },
    recheckConsole: () => gatewayConsole?.recheckSessions() ?? Promise.resolve(),
    async stop() {
      stopBroadcast();
      stopWatch();
      gatewayConsole?.stop();
      // Not `disconnectSockets`: a client that is told to go does not come back by itself, to another gateway or to
      // this one when it has started again.
      io.engine.close();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** Large packets are read at the cost of whoever sends them. */
function setOwner(socket: Socket, customerId: string): void {
  const { decoder } = socket.client as unknown as { readonly decoder: BoundedDecoder };
  decoder.owner = { customerId, end: () => socket.conn.close() };
}

/** The token may stand in `auth`, in the query (old clients) or in a header. */
async function identify(
  parts: SocketServerParts,
  socket: Socket,
): Promise<{ caller: Caller; bearer: string }> {
  if (!parts.pageOrigins.admit(socket.request)) {
    throw new GatewayError(
      'origin_refused',
      `Pages of ${(socket.request.headers.origin ?? '').slice(0, 200)} are not let in. Allow them on the gateway's overview, or in ALLOWED_ORIGINS.`,
      403,
    );
  }
  const auth = socket.handshake.auth as Record<string, unknown>;
  const { query, headers } = socket.handshake;
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const header = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? text(headers['x-api-key']);
  const bearer = text(auth['token']) ?? text(auth['api_key']) ?? header ?? text(query['token']);
  const address = parts.clientAddress(socket.request);
  try {
    if (bearer === undefined) {
      throw new GatewayError('unauthorized', 'A token is required: io(url, {auth: {token}}).', 401);
    }
    const claimedCustomerId = text(auth['customer_id']);
    const caller = await parts.authentication.authenticate({ bearer, address, claimedCustomerId });
    return { caller, bearer };
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.httpStatus === 401) {
      await (bearer === undefined ? parts.unauthenticatedLimit : parts.failureLimit).take(address);
    }
    throw thrown;
  }
}

/** A token that runs out while its socket is connected ends it, with a reason. */
function endAtExpiry(socket: Socket, caller: Caller): NodeJS.Timeout | undefined {
  if (caller.expiresAtMs === undefined) return undefined;
  return setTimeout(
    () => {
      socket.emit('session:expired', {
        code: 'token_expired',
        error: 'The token has expired; get a new one.',
      });
      socket.disconnect(true);
    },
    Math.min(longestTimerMs, Math.max(0, caller.expiresAtMs - Date.now())),
  );
}
