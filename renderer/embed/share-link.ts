import { createGatewayLink, type GatewayLink } from './gateway-link';
import type { PageSettings } from './page-settings';

interface SharedLink {
  readonly link: GatewayLink;
  users: number;
}

/** Both page scripts meet here. The number changes when a link of an older script would not do any more. */
const registryKey = Symbol.for('modular-gateway.links.1');

type Registry = Map<string, SharedLink>;

/** One connection for all scripts of a page that speak for the same session; `stop` of the last one ends it. */
export function shareLink(settings: PageSettings): GatewayLink {
  const page = window as unknown as Record<symbol, Registry | undefined>;
  const registry = (page[registryKey] ??= new Map<string, SharedLink>());
  const key = JSON.stringify([
    settings.gatewayUrl,
    settings.tokenUrl ?? settings.token ?? [settings.customerId, settings.userId, settings.sessionId],
  ]);
  let shared = registry.get(key);
  if (!shared) {
    shared = { link: createGatewayLink(settings), users: 0 };
    registry.set(key, shared);
  }
  const { link } = shared;
  const owned = shared;
  owned.users += 1;
  let stopped = false;
  return {
    ...link,
    stop() {
      if (stopped) return;
      stopped = true;
      owned.users -= 1;
      if (owned.users > 0) return;
      registry.delete(key);
      link.stop();
    },
  };
}
