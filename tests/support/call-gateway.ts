export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface CallOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** sent as JSON */
  readonly body?: unknown;
  /** sent as it stands, instead of `body` */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
}

/**
 * One HTTP request. By contract every answer, errors included, is a JSON object, and an error has `error` (a
 * sentence) and `code` (snake_case): each call of each test checks that.
 */
export async function callGateway<Body = Record<string, unknown>>(
  origin: string,
  path: string,
  options: CallOptions = {},
): Promise<Answer<Body>> {
  const body = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  const response = await fetch(`${origin}${path}`, {
    method: options.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      // A connection that was idle may be closed by the gateway in the moment in which it is used again.
      connection: 'close',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    body,
    redirect: 'manual',
  });
  const text = await response.text();
  const what = `${options.method ?? ''} ${path} → ${response.status} ${text.slice(0, 500)}`;
  if (!(response.headers.get('content-type') ?? '').startsWith('application/json')) {
    throw new Error(`not JSON: ${what}`);
  }
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new Error(`no JSON object: ${what}`);
  }
  if (response.status >= 400) checkError(parsed as Record<string, unknown>, what);
  return { status: response.status, headers: response.headers, body: parsed as Body };
}

function checkError(body: Record<string, unknown>, what: string): void {
  if (typeof body['error'] !== 'string' || body['error'] === '') throw new Error(`no error text: ${what}`);
  if (typeof body['code'] !== 'string' || !/^[a-z][a-z0-9_]*$/.test(body['code'])) {
    throw new Error(`no code: ${what}`);
  }
  if (/\n\s+at /.test(JSON.stringify(body))) throw new Error(`a stack: ${what}`);
}
