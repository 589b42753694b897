import type { RequestHead } from './client-address';
import type { SameOrigin } from './same-origin';

/**
 * Browsers keep cookies by host and not by port: with the port in its name, two gateways on one machine do not
 * sign each other out. `__Host-` (RFC 6265bis 4.1.3.2): nobody but this host itself can have set it, over TLS.
 */
export function consoleCookieName(request: RequestHead, pages: Pick<SameOrigin, 'isSecure'>): string {
  const name = `modular_gateway_console_${request.socket.localPort ?? ''}`;
  return pages.isSecure(request) ? `__Host-${name}` : name;
}

/** The session id that a request brings, whether it is good or not. */
export function readConsoleCookie(
  request: RequestHead,
  pages: Pick<SameOrigin, 'isSecure'>,
): string | undefined {
  const start = `${consoleCookieName(request, pages)}=`;
  for (const entry of (request.headers.cookie ?? '').split(';')) {
    const cookie = entry.trim();
    if (cookie.startsWith(start)) return cookie.slice(start.length);
  }
  return undefined;
}
