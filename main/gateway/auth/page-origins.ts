import type { GatewayConfig } from '../config/config';
import type { RequestHead } from './client-address';
import type { SameOrigin } from './same-origin';

/** A page that asked and was not let in, by its origin. */
interface RefusedOrigin {
  readonly origin: string;
  /** the machine whose browser asked last */
  readonly address: string;
  readonly at: Date;
}

/** Which pages may talk to the gateway: those named in ALLOWED_ORIGINS, and its own. */
export interface PageOrigins {
  /** those that are named; `*`: all. Grows while the gateway runs. */
  readonly allowed: readonly string[] | '*';
  /** May the page that this request comes from read the answer? Programs, which name no origin, may. */
  admit(request: RequestHead): boolean;
  /** newest first */
  refused(): readonly RefusedOrigin[];
  /** From now on; keeping it is the caller's business. */
  allow(origin: string): void;
}

/** What anybody on the network can make up must not fill a list that people read. */
const mostRefused = 5;
const longestOrigin = 200;
/** A page that nobody has opened for so long is of no interest any more. */
const rememberedMs = 24 * 3_600_000;

export function createPageOrigins(parts: {
  readonly configured: GatewayConfig['allowedOrigins'];
  readonly sameOrigin: Pick<SameOrigin, 'isOwnOrigin'>;
  readonly addressOf: (request: RequestHead) => string;
}): PageOrigins {
  const added: string[] = [];
  const refused = new Map<string, RefusedOrigin>();

  function named(): readonly string[] | '*' {
    return parts.configured === '*' ? '*' : [...parts.configured, ...added];
  }

  function remember(request: RequestHead, origin: string): void {
    // `null` is a page without an address: a file, a sandboxed frame. Allowing that would allow all of them.
    if (!/^https?:\/\//.test(origin) || origin.length > longestOrigin || !URL.canParse(origin)) return;
    if (new URL(origin).origin !== origin) return;
    const address = parts.addressOf(request);
    if (!refused.has(origin) && refused.size >= mostRefused) makeRoom(address);
    refused.delete(origin);
    refused.set(origin, { origin, address, at: new Date() });
  }

  /** Whoever makes up one origin after the other pushes out its own, and nobody else's. */
  function makeRoom(newcomer: string): void {
    const counts = new Map([[newcomer, 1]]);
    for (const { address } of refused.values()) counts.set(address, (counts.get(address) ?? 0) + 1);
    const most = Math.max(...counts.values());
    // The map is in the order in which they asked last.
    const oldest = [...refused.values()].find(({ address }) => counts.get(address) === most);
    if (oldest) refused.delete(oldest.origin);
  }

  function forgetOld(): void {
    const since = Date.now() - rememberedMs;
    for (const [origin, { at }] of refused) if (at.getTime() < since) refused.delete(origin);
  }

  return {
    get allowed() {
      return named();
    },
    admit(request) {
      const { origin } = request.headers;
      if (origin === undefined) return true;
      const list = named();
      if (list === '*' || list.includes(origin) || parts.sameOrigin.isOwnOrigin(request, origin)) return true;
      forgetOld();
      remember(request, origin);
      return false;
    },
    refused() {
      forgetOld();
      return [...refused.values()].sort((a, b) => b.at.getTime() - a.at.getTime());
    },
    allow(origin) {
      if (!added.includes(origin)) added.push(origin);
      refused.delete(origin);
    },
  };
}
