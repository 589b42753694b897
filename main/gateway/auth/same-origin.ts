import { TLSSocket } from 'node:tls';
import type { GatewayConfig } from '../config/config';
import { GatewayError } from '../errors';
import { createForwardingReader, type RequestHead } from './client-address';

/** What a browser calls this gateway, and whether a request comes from a page that the gateway itself served. */
export interface SameOrigin {
  /** by https, as far as the browser sees */
  isSecure(request: RequestHead): boolean;
  /** `192.168.1.20:3001`; undefined when the request names no host as it should be */
  hostOf(request: RequestHead): string | undefined;
  /** Did this gateway serve the page of that origin, by whatever name it was called? */
  isOwnOrigin(request: RequestHead, origin: string): boolean;
  /**
   * Cookies go along with requests of any page, those of other ports of this machine included; so that a page
   * of somebody else's cannot act for who is signed in, it is told by what only browsers write.
   * @throws GatewayError `foreign_page` (403)
   */
  requireSameOrigin(request: RequestHead): void;
}

const hostPattern = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

export function createSameOrigin(trustProxy: GatewayConfig['trustProxy']): SameOrigin {
  const isForwarded = createForwardingReader(trustProxy);

  /** The last proxy's word: what stands before it may be the client's own invention. */
  function forwarded(request: RequestHead, name: string): string | undefined {
    const value = isForwarded(request) ? request.headers[name] : undefined;
    return typeof value === 'string' ? value.split(',').at(-1)?.trim() : undefined;
  }

  function isSecure(request: RequestHead): boolean {
    return request.socket instanceof TLSSocket || forwarded(request, 'x-forwarded-proto') === 'https';
  }

  function hostOf(request: RequestHead): string | undefined {
    const host = forwarded(request, 'x-forwarded-host') ?? request.headers.host;
    return host !== undefined && hostPattern.test(host) ? host.toLowerCase() : undefined;
  }

  function isOwnOrigin(request: RequestHead, origin: string): boolean {
    const host = hostOf(request);
    const named = URL.canParse(origin) ? new URL(origin) : undefined;
    if (host === undefined || named === undefined || !/^https?:$/.test(named.protocol)) return false;
    // Its own scheme: default ports are left out on both sides.
    const own = `${named.protocol}//${host}`;
    return URL.canParse(own) && new URL(own).host === named.host;
  }

  return {
    isSecure,
    hostOf,
    isOwnOrigin,
    requireSameOrigin(request) {
      const { origin } = request.headers;
      const site = request.headers['sec-fetch-site'];
      // `none`: typed, or from a bookmark. Without either header it is no page of a browser of today.
      const isForeign =
        (origin !== undefined && !isOwnOrigin(request, origin)) ||
        (origin === undefined && site !== undefined && site !== 'same-origin' && site !== 'none');
      if (!isForeign) return;
      throw new GatewayError('foreign_page', 'Only pages of this gateway may ask for that.', 403);
    },
  };
}
