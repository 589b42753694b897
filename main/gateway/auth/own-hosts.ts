import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { GatewayConfig } from '../config/config';
import type { RequestHead } from './client-address';

/** What this gateway may be called by where being asked is all it takes: at a trusted address, and on this machine. */
export interface OwnHosts {
  /** Does the request name this gateway? If not, its name may be another site's that was made to lead here. */
  isNamedIn(request: RequestHead): boolean;
}

/**
 * A web page may have its own name lead to this gateway (DNS rebinding): what it then asks for comes from the visitor's
 * address, as if that page were the gateway's own. It cannot do so with an address, with a name without a dot, which
 * is looked up in the own network only, nor with the names below.
 */
export function createOwnHosts(config: Pick<GatewayConfig, 'allowedHosts' | 'allowedOrigins'>): OwnHosts {
  const machine = hostname().toLowerCase();
  const ofOrigins = config.allowedOrigins === '*' ? [] : config.allowedOrigins.map(readHostOfOrigin);
  const named = new Set([machine, `${machine}.local`, ...config.allowedHosts, ...ofOrigins]);
  return {
    isNamedIn({ headers }) {
      const host = readHost(headers.host);
      if (host === undefined) return false;
      if (isIP(host.replace(/^\[|\]$/g, '')) !== 0 || !host.includes('.')) return true;
      return host.endsWith('.localhost') || named.has(host);
    },
  };
}

/** Without its port, in lower case; undefined where it is none. */
function readHost(header: string | undefined): string | undefined {
  const address = `http://${header ?? ''}`;
  const host = URL.canParse(address) ? new URL(address).hostname : '';
  // A name may end in the dot of the root.
  return host === '' ? undefined : host.replace(/\.$/, '');
}

function readHostOfOrigin(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : '';
}
