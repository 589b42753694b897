import type { Exchange } from '../channel';
import type { OutboundResponse } from '../outbound/outbound-client';
import { readableResponse } from '../outbound/readable-response';

const mostHeaders = 40;
const longestValue = 300;
/** Of the connection, not of the answer: nobody looks for them, and each attempt would carry them. */
const plainHeaders = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'date',
  'content-length',
  'vary',
]);
const secretHeaders = /cookie|authori[sz]ation|secret|token|api-?key|signature/i;

const masked = '••••••';

export const maskHeader = (name: string, value: string): string =>
  secretHeaders.test(name) ? masked : value;

/** An address without a login and what follows the question mark: both may be keys. */
export function maskUrl(url: URL): string {
  return `${url.origin}${url.pathname}${url.search === '' ? '' : `?${masked}`}`;
}

/** What is kept of an answer besides its body. */
export function describeExchange(url: URL, sentAt: Date, { status, headers }: OutboundResponse): Exchange {
  const kept = Object.entries(headers)
    .filter(([name]) => !plainHeaders.has(name))
    .slice(0, mostHeaders)
    .map(([name, value]) => {
      const text = Array.isArray(value) ? value.join(', ') : (value ?? '');
      return [
        name.slice(0, longestValue),
        readableResponse(maskHeader(name, text).slice(0, longestValue)),
      ] as const;
    });
  return { url: maskUrl(url), sentAt: sentAt.toISOString(), status, headers: Object.fromEntries(kept) };
}
