import type { IncomingMessage } from 'node:http';
import type { Server, Socket } from 'socket.io';
import { consoleNamespace, consoleSocketEvents } from '../../contracts/console/bridge';
import { callProblem, type CallAnswer } from '../../contracts/console/console-calls';
import type { ConsolePush } from '../../contracts/console/console-pushes';
import type { ConsoleRole } from '../../contracts/console/roles';
import type { ReadClientAddress } from '../auth/client-address';
import { readConsoleCookie } from '../auth/console-cookie';
import {
  describeActor,
  type ConsoleLogin,
  type ConsoleSession,
  type SessionEnd,
} from '../auth/console-login';
import type { ConsolePerson } from '../auth/console-people';
import type { AddressLimit } from '../auth/rate-limits';
import type { SameOrigin } from '../auth/same-origin';
import { errorText, GatewayError } from '../errors';
import type { Logger } from '../observability/logger';
import { toConnectError } from './connect-error';
import { createMessageBucket } from './message-bucket';
import { isBehind } from './unread-answers';

/** What the console's sockets need of the console: it is another room. */
export interface ConsolePort {
  call(name: unknown, input: unknown, caller: PageCaller): Promise<CallAnswer>;
  subscribe(viewer: PageCaller, listener: (push: ConsolePush) => void): () => void;
}

/** Who sits at a page. */
interface PageCaller {
  readonly actor: string;
  readonly windowId: string;
  readonly role: ConsoleRole;
  readonly person?: ConsolePerson;
}

export interface ConsoleNamespaceParts {
  readonly login: ConsoleLogin;
  readonly pages: SameOrigin;
  /** undefined until the gateway is up */
  readonly console: () => ConsolePort | undefined;
  readonly clientAddress: ReadClientAddress;
  /** handshakes that bring no session */
  readonly unauthenticatedLimit: AddressLimit;
  readonly logger: Logger;
}

export interface ConsoleNamespace {
  /** Ends the sockets whose session is over: called when the database says that some are. */
  recheckSessions(): Promise<void>;
  stop(): void;
}

/** What the first request of a connection brought. */
interface Handshake {
  readonly address: string;
  readonly sessionId: string | undefined;
  readonly foreign: GatewayError | undefined;
}

interface Page {
  readonly socket: Socket;
  readonly session: ConsoleSession;
  callsUnderWay: number;
  ending?: NodeJS.Timeout;
}

/** A page of many tables asks for a dozen things at once; typing in a form, for some a second. */
const callsPerMinute = 1_200;
const mostCallsAtOnce = 32;
const mostSocketsOfASession = 50;
/** Idle and absolute ends are noticed this late at the most. */
const recheckEveryMs = 60_000;
/** After a look that failed: a role may have been taken from somebody. */
const recheckAgainMs = 1_000;
/** The call that ended the session is still answered. */
const answerWithinMs = 2_000;

/**
 * The console's calls and pushes for browsers that are signed in.
 * @param onProven called for each socket whose session is good
 */
export function serveConsole(
  io: Server,
  parts: ConsoleNamespaceParts,
  onProven: (socket: Socket) => void,
): ConsoleNamespace {
  const { login, logger } = parts;
  const namespace = io.of(consoleNamespace);
  const pages = new Map<string, Page>();
  let again: NodeJS.Timeout | undefined;
  const handshakes = new WeakMap<object, Handshake>();
  // At once: with polling, the connection of the first request may be gone by the time it asks for the namespace,
  // and what it was and where it came from with it.
  io.engine.on('connection', (connection: { readonly request: IncomingMessage }) => {
    handshakes.set(connection, readHandshake(parts, connection.request));
  });

  namespace.use((socket, next) => {
    identify(socket).then(
      (session) => {
        (socket.data as { session?: ConsoleSession }).session = session;
        onProven(socket);
        next();
      },
      (thrown: unknown) => next(toConnectError(thrown, 'session')),
    );
  });

  function handshakeOf({ conn }: Socket): Handshake {
    const found = handshakes.get(conn);
    if (!found) throw new Error('a socket without a handshake');
    return found;
  }

  async function identify(socket: Socket): Promise<ConsoleSession> {
    const { foreign, sessionId, address } = handshakeOf(socket);
    if (foreign) throw foreign;
    const session = sessionId === undefined ? undefined : await login.findSession(sessionId);
    if (!session) {
      await parts.unauthenticatedLimit.take(address);
      throw new GatewayError('signed_out', 'Sign in to the console first.', 401);
    }
    const others = [...pages.values()].filter((page) => page.session.idHash === session.idHash);
    if (others.length >= mostSocketsOfASession) {
      throw new GatewayError('too_many_pages', 'The console is open too many times.', 429);
    }
    await login.touch(session);
    return session;
  }

  namespace.on('connection', (socket) => {
    const { session } = socket.data as { session: ConsoleSession };
    const page: Page = { socket, session, callsUnderWay: 0 };
    pages.set(socket.id, page);
    const { address } = handshakeOf(socket);
    const { person } = session;
    const caller: PageCaller = {
      actor: describeActor(session, address),
      windowId: socket.id,
      role: person?.role ?? 'operator',
      ...(person ? { person } : {}),
    };
    const unsubscribe = parts
      .console()
      ?.subscribe(caller, (push) => socket.emit(consoleSocketEvents.push, push));
    const take = createMessageBucket(() => callsPerMinute);

    // Before anything is read of it; a packet that is no call counts too.
    socket.use(([name, ...rest]: readonly unknown[], next) => {
      const refused = take();
      const reply = rest.at(-1);
      if (!refused && name === consoleSocketEvents.call) {
        next();
        return;
      }
      if (refused && typeof reply === 'function') {
        const wait = `Too many calls: try again in ${refused.retryAfterSeconds} s.`;
        (reply as (answer: CallAnswer) => void)(callProblem('rate_limited', wait));
      }
      if (!refused?.isFlood) return;
      logger.warn(
        'console.socket_flooded',
        'console socket disconnected: it flooded the gateway with calls',
        { address, refused: refused.refusals },
      );
      socket.disconnect(true);
    });
    socket.on(consoleSocketEvents.call, (...packet: unknown[]) => {
      const reply = packet.pop();
      if (typeof reply !== 'function') return;
      const [name, input] = packet;
      void answer(page, name, input, caller).then(reply as (answer: CallAnswer) => void);
    });
    socket.on('error', (thrown) =>
      logger.warn('console.socket_failed', 'console socket error', { error: errorText(thrown) }),
    );
    socket.on('disconnect', () => {
      clearTimeout(page.ending);
      pages.delete(socket.id);
      unsubscribe?.();
    });
    // It may have ended between the handshake and here.
    void recheck([page]);
  });

  async function answer(page: Page, name: unknown, input: unknown, caller: PageCaller): Promise<CallAnswer> {
    if (page.ending) return callProblem('signed_out', 'Sign in to the console first.');
    const gatewayConsole = parts.console();
    if (!gatewayConsole) return callProblem('starting', 'The gateway is starting. Try again.');
    if (page.callsUnderWay >= mostCallsAtOnce || isBehind(page.socket)) {
      return callProblem('busy', 'This page asks for too much at once. Try again.');
    }
    page.callsUnderWay += 1;
    try {
      void login.touch(page.session).catch(() => undefined);
      return await gatewayConsole.call(name, input, caller);
    } finally {
      page.callsUnderWay -= 1;
      if (page.callsUnderWay === 0) endAfterAnswer(page);
    }
  }

  function endAfterAnswer({ ending, socket }: Page): void {
    // The answer leaves in this turn.
    if (ending) setImmediate(() => socket.disconnect(true));
  }

  function end(page: Page, reason: SessionEnd): void {
    if (page.ending) return;
    const push: ConsolePush = { name: 'session.ended', payload: { reason } };
    page.socket.emit(consoleSocketEvents.push, push);
    const wait = page.callsUnderWay === 0 ? 0 : answerWithinMs;
    page.ending = setTimeout(() => page.socket.disconnect(true), wait);
  }

  async function recheck(some: readonly Page[]): Promise<void> {
    if (some.length === 0) return;
    try {
      const ends = await login.findEndedSessions([...new Set(some.map(({ session }) => session.idHash))]);
      for (const page of some) {
        const reason = ends.get(page.session.idHash);
        if (reason) end(page, reason);
      }
    } catch (thrown) {
      // A database that is away ends nobody's session; the next look does.
      again ??= setTimeout(() => {
        again = undefined;
        void recheck([...pages.values()]);
      }, recheckAgainMs).unref();
      logger.debug('console.session_check_failed', 'console sessions could not be checked', {
        error: errorText(thrown),
      });
    }
  }

  const timer = setInterval(() => void recheck([...pages.values()]), recheckEveryMs);
  timer.unref();
  return {
    recheckSessions: () => recheck([...pages.values()]),
    stop() {
      clearInterval(timer);
      clearTimeout(again);
      for (const page of pages.values()) {
        clearTimeout(page.ending);
        page.socket.disconnect(true);
      }
    },
  };
}

function readHandshake(
  parts: Pick<ConsoleNamespaceParts, 'pages' | 'clientAddress'>,
  request: IncomingMessage,
): Handshake {
  const address = parts.clientAddress(request);
  const sessionId = readConsoleCookie(request, parts.pages);
  try {
    parts.pages.requireSameOrigin(request);
    return { address, sessionId, foreign: undefined };
  } catch (thrown) {
    if (thrown instanceof GatewayError) return { address, sessionId, foreign: thrown };
    throw thrown;
  }
}
