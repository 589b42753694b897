/// <reference lib="dom" />
import { consoleNamespace, consoleSocketEvents, type DesktopBridge } from '../main/contracts/console/bridge';
import type { CallAnswer, CallInput, CallName, CallProblem } from '../main/contracts/console/console-calls';
import type { CallOutput } from '../main/contracts/console/console-calls';
import type { ConsolePush, ConsolePushes, ConsolePushName } from '../main/contracts/console/console-pushes';
import { LoginError, readSession } from './console-login';
import { createPasswordQuestions, type PasswordQuestions } from './password-questions';

declare global {
  interface Window {
    /** put there by preload/, in the desktop app only */
    readonly modularGateway?: DesktopBridge;
  }
}

/** A call that the gateway answered with a problem, in a sentence for people. */
export class CallError extends Error {
  override readonly name = 'CallError';

  constructor(readonly problem: CallProblem) {
    super(problem.message);
  }

  get code(): string {
    return this.problem.code;
  }

  /** What is wrong with which field, where the gateway said so. */
  get fields(): Readonly<Record<string, string>> {
    const details: unknown = this.problem.details;
    if (!Array.isArray(details)) return {};
    return Object.fromEntries(
      details.flatMap((detail: unknown) => {
        const { path, message } = (detail ?? {}) as { path?: unknown; message?: unknown };
        return typeof path === 'string' && typeof message === 'string' ? [[path, message]] : [];
      }),
    );
  }
}

/** `lost`: it was there and comes back by itself. `signed-out`: a browser that has to log in first. */
export type Connection = 'connecting' | 'connected' | 'lost' | 'signed-out';

/** The one way from the pages to the gateway, by IPC in the desktop app and by Socket.IO in a browser. */
export interface GatewayClient {
  readonly entryPoint: 'desktop' | 'browser';
  /** @throws CallError */
  call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>>;
  /** Returns what takes the listener off again. */
  onPush<N extends ConsolePushName>(name: N, listener: (payload: ConsolePushes[N]) => void): () => void;
  connection(): Connection;
  /** Why a login ended that was good before: `expired`, `signed_out`. */
  endedReason(): string | undefined;
  onConnection(listener: () => void): () => void;
  /** In browsers: what asks for the console's password again, before what touches security. */
  readonly passwordQuestions?: PasswordQuestions;
  /** Connects again, after a login. */
  reconnect(): void;
}

type Listeners = Map<ConsolePushName, Set<(payload: never) => void>>;

/** How long a browser waits for an answer before it calls the gateway out of reach. */
const answerWithinMs = 60_000;
/** How soon a page that found no gateway looks again. */
const lookAgainAfterMs = 2_000;

function createListeners() {
  const listeners: Listeners = new Map();
  return {
    on(name: ConsolePushName, listener: (payload: never) => void): () => void {
      const ofName = listeners.get(name) ?? new Set();
      listeners.set(name, ofName.add(listener));
      return () => void ofName.delete(listener);
    },
    tell(push: ConsolePush): void {
      for (const listener of listeners.get(push.name) ?? []) listener(push.payload as never);
    },
  };
}

function unwrap<N extends CallName>(answer: CallAnswer<N>): CallOutput<N> {
  if (answer.ok) return answer.value;
  throw new CallError(answer.problem);
}

function createDesktopClient(bridge: DesktopBridge): GatewayClient {
  const listeners = createListeners();
  bridge.onPush((push) => listeners.tell(push));
  return {
    entryPoint: 'desktop',
    call: async (name, input) => unwrap(await bridge.call(name, input)),
    onPush: (name, listener) => listeners.on(name, listener),
    connection: () => 'connected',
    endedReason: () => undefined,
    onConnection: () => () => undefined,
    reconnect: () => undefined,
  };
}

function createBrowserClient(): GatewayClient {
  const questions = createPasswordQuestions();
  const askPassword = (confirm: (password: string) => Promise<unknown>) => questions.ask(confirm);
  const listeners = createListeners();
  const connectionListeners = new Set<() => void>();
  let connection: Connection = 'connecting';
  let endedReason: string | undefined;

  function setConnection(next: Connection): void {
    if (next === connection) return;
    connection = next;
    for (const listener of connectionListeners) listener();
  }

  // Loaded when it is needed: the desktop's window has no use for it.
  const opened = import('socket.io-client').then(({ io }) => {
    const socket = io(consoleNamespace, {
      autoConnect: false,
      withCredentials: true,
      reconnectionDelayMax: 5_000,
    });
    socket.on('connect', () => setConnection('connected'));
    socket.on('connect_error', (error: Error & { data?: { code?: unknown } }) => {
      // The server said no, rather than nothing: it will say no again until somebody logs in.
      if (error.data?.code === 'signed_out' || error.data?.code === 'foreign_page') {
        setConnection('signed-out');
        return;
      }
      setConnection(connection === 'connecting' ? 'connecting' : 'lost');
      // Refused for another reason, it would not try again by itself.
      if (!socket.active) setTimeout(() => void connect(), lookAgainAfterMs);
    });
    socket.on('disconnect', (reason) => {
      if (connection === 'signed-out') return;
      setConnection('lost');
      // Put out by the server, it would not try again by itself: the handshake says whether it may.
      if (reason === 'io server disconnect') socket.connect();
    });
    socket.on(consoleSocketEvents.push, (push: ConsolePush) => {
      if (push.name === 'session.ended') {
        endedReason = push.payload.reason;
        setConnection('signed-out');
      }
      listeners.tell(push);
    });
    return socket;
  });

  let looking: AbortController | undefined;

  /** Nobody's socket would be refused: a browser that is signed out is told to sign in without one. */
  async function connect(): Promise<void> {
    looking?.abort();
    const { signal } = (looking = new AbortController());
    const socket = await opened;
    for (;;) {
      const session = await readSession().catch((thrown: unknown) =>
        thrown instanceof LoginError && !['away', 'rate_limited'].includes(thrown.code) ? 'refused' : 'away',
      );
      if (signal.aborted) return;
      if (session !== 'away') {
        if (session !== 'refused' && session.signedIn) socket.connect();
        else setConnection('signed-out');
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, lookAgainAfterMs));
    }
  }
  void connect();

  async function send<N extends CallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>> {
    const socket = await opened;
    let answer: CallAnswer<N>;
    try {
      answer = (await socket
        .timeout(answerWithinMs)
        .emitWithAck(consoleSocketEvents.call, name, input)) as CallAnswer<N>;
    } catch {
      throw new CallError({ code: 'gateway_away', message: 'The gateway does not answer.' });
    }
    return unwrap(answer);
  }

  return {
    entryPoint: 'browser',
    async call<N extends CallName>(name: N, input: CallInput<N>) {
      try {
        return await send(name, input);
      } catch (thrown) {
        // What touches security wants the password again; the call goes on once it was given.
        if (!(thrown instanceof CallError && thrown.code === 'password_needed')) throw thrown;
        if (!(await askPassword((password) => send('login.confirm', { password })))) throw thrown;
        return send(name, input);
      }
    },
    passwordQuestions: questions,
    onPush: (name, listener) => listeners.on(name, listener),
    connection: () => connection,
    endedReason: () => endedReason,
    onConnection(listener) {
      connectionListeners.add(listener);
      return () => void connectionListeners.delete(listener);
    },
    reconnect() {
      endedReason = undefined;
      setConnection('connecting');
      void opened.then((socket) => {
        socket.disconnect();
        return connect();
      });
    },
  };
}

export function createGatewayClient(): GatewayClient {
  return window.modularGateway ? createDesktopClient(window.modularGateway) : createBrowserClient();
}
