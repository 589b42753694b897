import { io, type Socket } from 'socket.io-client';
import { PageError, readPageError, toPageError } from './page-error';
import type { PageSettings } from './page-settings';
import { createTokenSource, readClaims, type TokenSource } from './token-source';

/** `waiting`: away, and trying again by itself; `refused`: nothing will change without loading the page again. */
type LinkStatus = 'connecting' | 'connected' | 'waiting' | 'refused' | 'stopped';

export interface LinkState {
  readonly status: LinkStatus;
  /** why it is `waiting` or `refused` */
  readonly trouble?: PageError;
  /** the tenant that the token speaks for, once one was there */
  readonly customerId?: string;
}

/** The page's live connection to the gateway; comes back by itself. */
export interface GatewayLink {
  readonly gatewayUrl: string;
  readonly tokens: TokenSource;
  state(): LinkState;
  /** Returns what takes the listener off again. */
  onState(listener: (state: LinkState) => void): () => void;
  /** A message of the gateway by name. Returns what takes the listener off again. */
  on(name: string, listener: (payload: unknown) => void): () => void;
  /** @throws PageError `not_connected` when there was no answer within `timeoutMs` or the connection broke */
  request(name: string, payload: object, timeoutMs: number): Promise<unknown>;
  stop(): void;
}

const handshakeTimeoutMs = 10_000;
const firstRetryMs = 500;
const longestRetryMs = 15_000;

export function createGatewayLink(settings: PageSettings): GatewayLink {
  const tokens = createTokenSource(settings);
  const { origin, pathname } = new URL(settings.gatewayUrl);
  const socket: Socket = io(origin, {
    path: `${pathname.replace(/\/+$/, '')}/socket.io`,
    // WebSocket at once; polling where something between us does not let it through.
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    autoConnect: false,
    forceNew: true,
    // Done here: each attempt may need a new token first.
    reconnection: false,
    timeout: handshakeTimeoutMs,
  });
  const stateListeners = new Set<(state: LinkState) => void>();
  let state: LinkState = { status: 'connecting' };
  let failures = 0;
  let usedToken = '';
  let retryTimer: ReturnType<typeof setTimeout> | undefined;

  function setState(status: LinkStatus, trouble?: PageError): void {
    if (state.status === status && state.trouble?.message === trouble?.message) return;
    state = { status, trouble, customerId: state.customerId };
    for (const listener of [...stateListeners]) listener(state);
  }

  const isStopped = (): boolean => state.status === 'stopped';

  async function connect(): Promise<void> {
    clearTimeout(retryTimer);
    retryTimer = undefined;
    if (isStopped() || socket.connected) return;
    try {
      usedToken = await tokens.get();
    } catch (thrown) {
      fail(toPageError(thrown), tokens.renewable);
      return;
    }
    if (isStopped()) return;
    const customerId = readClaims(usedToken)['customer_id'];
    if (typeof customerId === 'string') state = { ...state, customerId };
    socket.auth = { token: usedToken };
    socket.connect();
  }

  function fail(trouble: PageError, mayRecover: boolean): void {
    if (isStopped()) return;
    if (!mayRecover) {
      setState('refused', trouble);
      return;
    }
    const longest = Math.min(longestRetryMs, firstRetryMs * 2 ** failures);
    failures += 1;
    clearTimeout(retryTimer);
    // Spread out, so that all pages of an office do not come back at the same moment.
    retryTimer = setTimeout(() => void connect(), longest * (0.5 + Math.random() / 2));
    setState('waiting', trouble);
  }

  socket.on('connect', () => {
    failures = 0;
    setState('connected');
  });
  socket.on('connect_error', (error: Error & { data?: unknown }) => {
    const trouble = readPageError(error.data, 'The gateway cannot be reached.', 'unreachable');
    if (trouble.code === 'unauthorized') tokens.drop(usedToken);
    fail(trouble, trouble.code === 'unauthorized' ? tokens.renewable : trouble.code !== 'wrong_tenant');
  });
  socket.on('session:expired', () => tokens.drop(usedToken));
  socket.on('disconnect', () =>
    fail(new PageError('connection_lost', 'The connection to the gateway was lost.'), true),
  );

  /** Somebody looks at the page again, or the network is back: no reason to wait any longer. */
  function hurry(): void {
    if (document.visibilityState === 'hidden' || retryTimer === undefined) return;
    failures = 0;
    void connect();
  }
  window.addEventListener('online', hurry);
  document.addEventListener('visibilitychange', hurry);
  void connect();

  return {
    gatewayUrl: settings.gatewayUrl,
    tokens,
    state: () => state,
    onState(listener) {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
    on(name, listener) {
      socket.on(name, listener);
      return () => socket.off(name, listener);
    },
    request(name, payload, timeoutMs) {
      return new Promise((resolve, reject) => {
        if (!socket.connected) {
          reject(new PageError('not_connected', 'The gateway is not connected.'));
          return;
        }
        socket.timeout(timeoutMs).emit(name, payload, (error: Error | null, answer: unknown) => {
          if (error) reject(new PageError('not_connected', 'The gateway did not answer.'));
          else resolve(answer);
        });
      });
    },
    stop() {
      clearTimeout(retryTimer);
      window.removeEventListener('online', hurry);
      document.removeEventListener('visibilitychange', hurry);
      setState('stopped');
      socket.disconnect();
    },
  };
}
