import type { IncomingHttpHeaders } from 'node:http';
import { Agent, type Dispatcher } from 'undici';
import { errorCode, errorText } from '../../errors';
import { createPinnedLookup, type LookupHost, OutboundRefusedError } from './outbound-guard';

/** So long requests that are under way may go on after `stop`. */
const stopGraceMs = 1_000;

export interface OutboundClientOptions {
  /** for tests: how host names are found */
  readonly lookup?: LookupHost;
  /** how long a connection may take to come about, TLS included; 10,000 by default */
  readonly connectTimeoutMs?: number;
}

interface OutboundRequest {
  readonly method: 'GET' | 'POST';
  /** made by `parseOutboundUrl` under the same `allowPrivate` */
  readonly url: URL;
  readonly allowPrivate: boolean;
  readonly headers: Record<string, string>;
  readonly body?: Buffer;
  /** for everything together, from name lookup to the last byte */
  readonly timeoutMs: number;
  /** the connection is dropped when the answer turns out to be longer */
  readonly maxBodyBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface OutboundResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** why the body is not complete, `null` when it is: once there is a status, it is worth more than an error */
  readonly cut: null | 'too_long' | 'timed_out' | 'aborted' | 'connection_lost';
}

export type OutboundFailureCode =
  | 'timed_out'
  | 'aborted'
  | 'stopped'
  | 'connection_refused'
  | 'connection_lost'
  | 'host_unknown'
  | 'host_unreachable'
  | 'tls_failed'
  | 'request_failed';

/** No answer came. `message` continues a sentence that begins with who was called. */
export class OutboundFailure extends Error {
  override readonly name = 'OutboundFailure';

  constructor(
    readonly code: OutboundFailureCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Calls addresses outside the gateway: keep-alive, no redirects, each connection pinned to checked addresses. */
export interface OutboundClient {
  /**
   * @throws OutboundFailure when no status came, OutboundRefusedError when the host leads to a refused address
   */
  request(request: OutboundRequest): Promise<OutboundResponse>;
  /** Ends within a second and a moment; requests still under way fail with `stopped`. */
  stop(): Promise<void>;
}

const failuresByCode: Readonly<Record<string, readonly [code: OutboundFailureCode, message: string]>> = {
  ECONNREFUSED: ['connection_refused', 'refuses connections'],
  ECONNRESET: ['connection_lost', 'closed the connection without an answer'],
  EPIPE: ['connection_lost', 'closed the connection without an answer'],
  UND_ERR_SOCKET: ['connection_lost', 'closed the connection without an answer'],
  UND_ERR_CONNECT_TIMEOUT: ['timed_out', 'could not be connected in time'],
  ETIMEDOUT: ['timed_out', 'could not be connected in time'],
  UND_ERR_DESTROYED: ['stopped', 'was not called because the gateway is stopping'],
  UND_ERR_CLOSED: ['stopped', 'was not called because the gateway is stopping'],
  ENOTFOUND: ['host_unknown', 'has a host name that is not known'],
  EHOSTUNREACH: ['host_unreachable', 'cannot be reached from this network'],
  ENETUNREACH: ['host_unreachable', 'cannot be reached from this network'],
  EADDRNOTAVAIL: ['host_unreachable', 'cannot be reached from this network'],
};

function isTlsCode(code: string): boolean {
  return /^ERR_(TLS|SSL)|CERT|UNABLE_TO_VERIFY|SELF_SIGNED|^EPROTO$/.test(code);
}

function explainFailure(thrown: unknown): Error {
  if (thrown instanceof OutboundFailure || thrown instanceof OutboundRefusedError) return thrown;
  const code = errorCode(thrown) ?? '';
  const known = failuresByCode[code];
  if (known !== undefined) return new OutboundFailure(known[0], known[1], { cause: thrown });
  if (isTlsCode(code)) {
    return new OutboundFailure('tls_failed', `has no certificate that can be trusted (${code})`, {
      cause: thrown,
    });
  }
  return new OutboundFailure('request_failed', `could not be called (${errorText(thrown)})`, {
    cause: thrown,
  });
}

export function createOutboundClient(options: OutboundClientOptions = {}): OutboundClient {
  const createAgent = (allowPrivate: boolean) =>
    new Agent({
      // Each request has one clock of its own for everything; undici's two would only add timers.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        timeout: options.connectTimeoutMs ?? 10_000,
        lookup: createPinnedLookup({ allowPrivate }, options.lookup),
      },
    });
  // Two pools of connections: one that was opened to a private machine for a tenant that may is never
  // lent to a tenant that may not.
  const openAgent = createAgent(true);
  const guardedAgent = createAgent(false);
  let stopping: Promise<void> | undefined;
  let underWay = 0;
  let onQuiet: (() => void) | undefined;

  function request(wanted: OutboundRequest): Promise<OutboundResponse> {
    return new Promise((resolve, reject) => {
      const { signal } = wanted;
      let controller: Dispatcher.DispatchController | undefined;
      let settled = false;
      let status = 0;
      let headers: IncomingHttpHeaders = {};
      let chunks: Buffer[] = [];
      let length = 0;
      underWay += 1;

      const finish = (cut: OutboundResponse['cut'], failure: unknown) => {
        if (settled) return;
        settled = true;
        underWay -= 1;
        if (underWay === 0) onQuiet?.();
        clearTimeout(clock);
        signal?.removeEventListener('abort', onAbort);
        if (status !== 0) resolve({ status, headers, body: Buffer.concat(chunks, length), cut });
        else reject(explainFailure(failure));
        chunks = [];
      };
      const giveUp = (cut: OutboundResponse['cut'], failure: OutboundFailure) => {
        finish(cut, failure);
        // Still waiting for a connection: onRequestStart gives it up then.
        controller?.abort(failure);
      };
      const onAbort = () => {
        giveUp(
          'aborted',
          new OutboundFailure('aborted', 'was not waited for any longer', { cause: signal?.reason }),
        );
      };
      const clock = setTimeout(() => {
        giveUp(
          'timed_out',
          new OutboundFailure('timed_out', `did not answer within ${wanted.timeoutMs / 1000} seconds`),
        );
      }, wanted.timeoutMs);

      if (stopping !== undefined) {
        finish(null, new OutboundFailure('stopped', 'was not called because the gateway is stopping'));
        return;
      }
      if (signal?.aborted === true) {
        onAbort();
        return;
      }
      signal?.addEventListener('abort', onAbort, { once: true });

      (wanted.allowPrivate ? openAgent : guardedAgent).dispatch(
        {
          origin: wanted.url.origin,
          path: wanted.url.pathname + wanted.url.search,
          method: wanted.method,
          headers: wanted.headers,
          body: wanted.body ?? null,
        },
        {
          onRequestStart(started) {
            controller = started;
            if (settled) started.abort(new OutboundFailure('aborted', 'was not waited for any longer'));
          },
          onResponseStart(_controller, statusCode, responseHeaders) {
            // 1xx answers come before the one that counts.
            if (statusCode < 200) return;
            status = statusCode;
            headers = responseHeaders;
          },
          onResponseData(current, chunk) {
            if (settled) return;
            const room = wanted.maxBodyBytes - length;
            chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
            length += Math.min(chunk.length, room);
            if (chunk.length <= room) return;
            finish('too_long', null);
            current.abort(new OutboundFailure('aborted', 'answered at too great a length'));
          },
          onResponseEnd() {
            finish(null, null);
          },
          onResponseError(_controller, thrown) {
            finish('connection_lost', thrown);
          },
        },
      );
    });
  }

  async function stopAgents(): Promise<void> {
    if (underWay > 0) {
      await new Promise<void>((resolve) => {
        const clock = setTimeout(resolve, stopGraceMs);
        onQuiet = () => {
          clearTimeout(clock);
          resolve();
        };
      });
    }
    // Not close() before: an Agent that was told to close forgets its pools, and destroy() then finds none.
    await Promise.all([openAgent.destroy(), guardedAgent.destroy()]);
  }

  return {
    request,
    stop() {
      stopping ??= stopAgents();
      return stopping;
    },
  };
}
