import { PageError, readPageError } from './page-error';
import type { PageSettings } from './page-settings';
import { requestJson, type JsonAnswer } from './request-json';
import type { TokenSource } from './token-source';

/** The gateway waits up to 25 s for a code, and as long for a browser to start. */
const codeTimeoutMs = 35_000;
const timeoutMs = 30_000;

/** The WhatsApp routes of the gateway for one customer. Each throws PageError. */
export interface WhatsAppApi {
  qrCode(): Promise<JsonAnswer>;
  status(): Promise<JsonAnswer>;
  logout(): Promise<JsonAnswer>;
  pairingCode(phone: string): Promise<JsonAnswer>;
}

/** @param tokens undefined: the page has none, and the ids of its session speak for it */
export function createWhatsAppApi(
  settings: PageSettings,
  customerId: string,
  tokens: () => TokenSource | undefined,
): WhatsAppApi {
  const customer = encodeURIComponent(customerId);
  const ids = { user_id: settings.userId, session_id: settings.sessionId };

  async function call(
    method: 'GET' | 'POST',
    path: string,
    fields: object,
    waitMs: number,
  ): Promise<JsonAnswer> {
    const source = tokens();
    for (let attempt = 1; ; attempt += 1) {
      const token = await source?.get();
      const url = `${settings.gatewayUrl}/whatsapp/${path}/${customer}`;
      const answer = await requestJson({
        method,
        url: method === 'GET' ? `${url}${toQuery(fields)}` : url,
        ...(method === 'GET' ? {} : { body: fields }),
        token,
        timeoutMs: waitMs,
      });
      if (answer.status !== 401 || token === undefined || attempt > 1 || source?.renewable !== true) {
        return answer;
      }
      source.drop(token);
    }
  }

  /** With a token the ids say nothing. */
  const withIds = () => (tokens() ? {} : ids);

  return {
    qrCode: () => call('GET', 'qr', withIds(), codeTimeoutMs),
    status: () => call('GET', 'status', withIds(), timeoutMs),
    logout: () => call('POST', 'logout', withIds(), timeoutMs),
    pairingCode: (phone) => call('POST', 'pairing-code', { ...withIds(), phone }, codeTimeoutMs),
  };
}

/** @throws PageError in the gateway's words */
export function requireSuccess(answer: JsonAnswer): Readonly<Record<string, unknown>> {
  if (answer.ok && typeof answer.body === 'object' && answer.body !== null) {
    return answer.body as Record<string, unknown>;
  }
  if (answer.status === 401) {
    throw new PageError(
      'unauthorized',
      'The gateway does not know this page’s login. Load the page again, or log in again.',
    );
  }
  throw readPageError(answer.body, `The gateway answered with status ${answer.status}.`, 'unexpected_answer');
}

function toQuery(fields: object): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') query.set(name, value);
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
