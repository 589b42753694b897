import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { patienceMs } from '../support/patience';

/** How the receiver treats a request; the first field that is set decides. */
interface WebhookBehaviour {
  /** never answers, keeps the connection */
  readonly hang?: boolean;
  /** drops the connection without an answer */
  readonly closeSocket?: boolean;
  /** answers with a redirect to this address */
  readonly redirectTo?: string;
  /** 200 by default; 302 with `redirectTo` */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** before the answer begins */
  readonly delayMs?: number;
  /** sends the headers and the body, then neither ends nor closes */
  readonly neverEnd?: boolean;
  /** sends one piece of body after another for as long as the other side reads */
  readonly endless?: boolean;
  /** only for requests to this path */
  readonly path?: string;
  /** for so many requests, then it is gone; for all by default */
  readonly times?: number;
}

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly receivedAt: Date;
  /** the same number for requests that came over the same connection; the first is 1 */
  readonly connection: number;
}

export interface WebhookReceiverOptions {
  /** 0, any free one, by default */
  readonly port?: number;
  /** false: requests are counted and answered with 200, nothing is kept or scripted; for benchmarks */
  readonly keepRequests?: boolean;
  readonly onRequest?: (request: ReceivedRequest) => void;
}

export interface WebhookReceiver {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly requests: readonly ReceivedRequest[];
  /** requests so far, kept or not */
  readonly count: number;
  /** connections opened so far */
  readonly connections: number;
  readonly openConnections: number;
  /** Adds a behaviour; the newest that fits a request wins. */
  behave(behaviour: WebhookBehaviour): void;
  /** From here on 200 to everything, and no requests kept. */
  reset(): void;
  /** The first request, kept or yet to come, that fits. Rejects after `timeoutMs`. */
  waitForRequest(fits?: (request: ReceivedRequest) => boolean, timeoutMs?: number): Promise<ReceivedRequest>;
  /** Resolves once so many requests have come in all. */
  waitForCount(count: number, timeoutMs?: number): Promise<void>;
  waitForNoConnections(timeoutMs?: number): Promise<void>;
  stop(): Promise<void>;
}

interface ScriptedBehaviour {
  readonly behaviour: WebhookBehaviour;
  left: number;
}

const endlessChunk = Buffer.alloc(16_384, 'x');

function pourForEver(response: ServerResponse): void {
  const pour = () => {
    while (!response.destroyed && response.write(endlessChunk));
  };
  response.on('drain', pour);
  pour();
}

function answer(behaviour: WebhookBehaviour, response: ServerResponse): void {
  const status = behaviour.status ?? (behaviour.redirectTo === undefined ? 200 : 302);
  const redirect = behaviour.redirectTo === undefined ? {} : { location: behaviour.redirectTo };
  response.writeHead(status, { ...behaviour.headers, ...redirect });
  if (behaviour.endless === true) pourForEver(response);
  else if (behaviour.neverEnd === true) response.write(behaviour.body ?? 'so far');
  else response.end(behaviour.body ?? '{"ok":true}');
}

/** A real HTTP server on 127.0.0.1 that keeps what it gets, raw, and misbehaves as told. */
export async function startWebhookReceiver(options: WebhookReceiverOptions = {}): Promise<WebhookReceiver> {
  const keepRequests = options.keepRequests ?? true;
  const sockets = new Set<Socket>();
  const numbers = new WeakMap<Socket, number>();
  const timers = new Set<NodeJS.Timeout>();
  const watchers = new Set<() => void>();
  let requests: ReceivedRequest[] = [];
  let script: ScriptedBehaviour[] = [];
  let count = 0;
  let connections = 0;

  const tell = () => {
    for (const watcher of [...watchers]) watcher();
  };

  /** Resolves with what `look` finds, now or after a later change. */
  function waitUntil<T>(look: () => T | undefined, timeoutMs: number, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const found = look();
        if (found === undefined) return;
        clearTimeout(deadline);
        watchers.delete(check);
        resolve(found);
      };
      const deadline = setTimeout(() => {
        watchers.delete(check);
        reject(
          new Error(
            `webhook receiver: ${what} did not happen within ${timeoutMs} ms (${count} requests came)`,
          ),
        );
      }, timeoutMs);
      watchers.add(check);
      check();
    });
  }

  function takeBehaviour(path: string): WebhookBehaviour {
    const entry = script.findLast(
      ({ behaviour, left }) => left > 0 && (behaviour.path === undefined || behaviour.path === path),
    );
    if (entry === undefined) return {};
    entry.left -= 1;
    return entry.behaviour;
  }

  function handle(message: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const path = message.url ?? '/';
    const request: ReceivedRequest = {
      method: message.method ?? '',
      path,
      headers: message.headers,
      rawHeaders: message.rawHeaders,
      body,
      receivedAt: new Date(),
      connection: numbers.get(message.socket) ?? 0,
    };
    const behaviour = takeBehaviour(path);
    requests.push(request);
    options.onRequest?.(request);
    tell();
    if (behaviour.hang === true) return;
    const react = () => {
      if (behaviour.closeSocket === true) message.socket.destroy();
      else answer(behaviour, response);
    };
    if (behaviour.delayMs === undefined) {
      react();
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      react();
    }, behaviour.delayMs);
    timers.add(timer);
  }

  const server = createServer((message, response) => {
    if (!keepRequests) {
      message.resume();
      message.on('end', () => {
        count += 1;
        response.end('ok');
        if (watchers.size > 0) tell();
      });
      return;
    }
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      count += 1;
      handle(message, response, Buffer.concat(chunks));
    });
    message.on('error', () => undefined);
  });
  server.on('connection', (socket) => {
    connections += 1;
    numbers.set(socket, connections);
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      tell();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    get count() {
      return count;
    },
    get connections() {
      return connections;
    },
    get openConnections() {
      return sockets.size;
    },
    behave(behaviour) {
      script.push({ behaviour, left: behaviour.times ?? Number.POSITIVE_INFINITY });
    },
    reset() {
      requests = [];
      script = [];
    },
    waitForRequest(fits = () => true, timeoutMs = patienceMs) {
      return waitUntil(() => requests.find(fits), timeoutMs, 'the awaited request');
    },
    async waitForCount(wanted, timeoutMs = patienceMs) {
      await waitUntil(() => (count >= wanted ? true : undefined), timeoutMs, `request ${wanted}`);
    },
    async waitForNoConnections(timeoutMs = patienceMs) {
      await waitUntil(
        () => (sockets.size === 0 ? true : undefined),
        timeoutMs,
        'the closing of all connections',
      );
    },
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
