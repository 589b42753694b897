import { PageError } from './page-error';

export interface JsonRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body?: object;
  /** sent as `Authorization: Bearer` */
  readonly token?: string;
  /** cookies go along only to the PHP app, never to the gateway */
  readonly credentials?: RequestCredentials;
  readonly timeoutMs: number;
}

export interface JsonAnswer {
  readonly ok: boolean;
  readonly status: number;
  /** undefined when it is not JSON */
  readonly body: unknown;
}

/** @throws PageError `unreachable` or `timed_out`; any answer, errors included, is returned */
export async function requestJson(request: JsonRequest): Promise<JsonAnswer> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), request.timeoutMs);
  const { host } = new URL(request.url);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      credentials: request.credentials ?? 'omit',
      cache: 'no-store',
      signal: abort.signal,
      headers: {
        Accept: 'application/json',
        ...(request.body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(request.token === undefined ? {} : { Authorization: `Bearer ${request.token}` }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    });
    return { ok: response.ok, status: response.status, body: parseJson(await response.text()) };
  } catch {
    if (abort.signal.aborted) {
      const seconds = Math.round(request.timeoutMs / 1000);
      throw new PageError('timed_out', `${host} did not answer within ${seconds} seconds.`);
    }
    throw new PageError(
      'unreachable',
      `${host} cannot be reached. Is the gateway running, and on the same network?`,
    );
  } finally {
    clearTimeout(timer);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
