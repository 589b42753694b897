import { ChannelError } from '../channel';
import type { OutboundResponse } from '../outbound/outbound-client';
import { readableResponse } from '../outbound/readable-response';

/** A receiver that asks for more patience than this is asked again after a day. */
const longestRetryAfterMs = 86_400_000;

/** Statuses by which a server says that it cannot take anything at the moment. */
const unavailableStatuses = new Set([408, 425, 429, 502, 503, 504]);

const reasons: Readonly<Record<number, string>> = {
  400: 'says that it does not understand the request',
  401: 'refuses the gateway: it wants a login',
  403: 'refuses the gateway',
  404: 'has nothing at this address',
  405: 'does not take POST requests at this address',
  408: 'says that the request took too long',
  413: 'says that the message is too large',
  415: 'does not take JSON',
  422: 'says that the data is not acceptable',
  425: 'is not ready yet',
  429: 'asks for fewer requests',
  500: 'has a fault of its own',
  502: 'stands behind a gateway that cannot reach it',
  503: 'is not available at the moment',
  504: 'stands behind a gateway that got no answer from it',
};

/**
 * Reads a `Retry-After` header: seconds, or a date (RFC 9110, 10.2.3). Some send decimals, which the RFC does not know.
 * @returns milliseconds from `nowMs`, between 0 and a day; undefined for what is neither
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (text === '') return undefined;
  // Date.parse takes almost anything with a digit in it: `1.5` would be January 2001.
  const waitMs = /^\d*\.?\d+$/.test(text)
    ? Math.ceil(Number(text) * 1000)
    : /[a-z]{3}|\d{4}-\d{2}/i.test(text)
      ? Date.parse(text) - nowMs
      : NaN;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), longestRetryAfterMs);
}

/** Where a redirect leads, without the parts of an address that may hold secrets. */
function redirectTarget(location: string | undefined, from: URL): string {
  if (location === undefined || !URL.canParse(location, from.href)) return 'another address';
  const target = new URL(location, from);
  return readableResponse(target.origin + target.pathname);
}

/**
 * What the receiver's answer means for the delivery.
 * @returns what is kept of the answer: the status and at most 1,000 characters
 * @throws ChannelError for everything but 2xx
 */
export function judgeWebhookResponse(response: OutboundResponse, url: URL, nowMs: number): string {
  const { status } = response;
  const kept = `${status} ${readableResponse(response.body)}`.trimEnd();
  if (status >= 200 && status < 300) return kept;

  const code = `http_${status}`;
  const receiver = `The webhook receiver ${url.host}`;
  if (status >= 300 && status < 400) {
    const target = redirectTarget(response.headers.location, url);
    throw new ChannelError(
      'temporary',
      'webhook_redirected',
      `${receiver} redirects to ${target} (${status}). Redirects are not followed: set webhook_url to the address it leads to.`,
      { response: kept },
    );
  }
  if (status === 410) {
    throw new ChannelError('permanent', code, `${receiver} says that this address is gone for good (410).`, {
      response: kept,
    });
  }
  const reason = reasons[status] ?? (status >= 500 ? 'has a fault of its own' : 'did not accept the webhook');
  if (!unavailableStatuses.has(status)) {
    throw new ChannelError('temporary', code, `${receiver} ${reason} (${status}).`, { response: kept });
  }
  const retryAfterMs = parseRetryAfter(response.headers['retry-after'], nowMs);
  throw new ChannelError('unavailable', code, `${receiver} ${reason} (${status}).`, {
    response: kept,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
