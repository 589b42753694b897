import type { Logger } from '../observability/logger';
import { serverKey, serversOf } from './server-addresses';
import { createServerWatch, type DatabaseActivity, type ServerWatch } from './server-watch';

/** The database servers that this gateway uses: the one of its system database, and those of adopted databases. */
export interface ServerWatches {
  of(databaseUrl: string): ServerWatch;
  activityOf(databaseUrl: string): DatabaseActivity | undefined;
  /** of the system database's server */
  readonly system: ServerWatch;
  stop(): Promise<void>;
}

interface ServerWatchesOptions {
  readonly systemUrl: string;
  /** of all tenants */
  readonly tenantUrls: () => readonly string[];
  readonly instance: number;
  readonly logger: Logger;
  /** DB_MAX_CONNECTIONS */
  readonly limit?: number;
}

/** The system database's pool, the connections that listen there, and the watch. */
const reservedForSystem = 9;
const reservedElsewhere = 1;

export function createServerWatches(options: ServerWatchesOptions): ServerWatches {
  const { systemUrl, tenantUrls, instance, logger, limit } = options;
  const watches = new Map<string, ServerWatch>();
  const systemKey = keyOf(systemUrl);

  function of(databaseUrl: string): ServerWatch {
    const key = keyOf(databaseUrl);
    const found = watches.get(key);
    if (found) return found;
    const isSystem = key === systemKey;
    const watch = createServerWatch({
      urls: () => (isSystem ? [systemUrl] : tenantUrls().filter((url) => keyOf(url) === key)),
      instance,
      logger,
      limit,
      reserved: isSystem ? reservedForSystem : reservedElsewhere,
    });
    watches.set(key, watch);
    return watch;
  }

  return {
    of,
    activityOf: (databaseUrl) => watches.get(keyOf(databaseUrl))?.activityOf(databaseUrl),
    system: of(systemUrl),
    async stop() {
      await Promise.all([...watches.values()].map((watch) => watch.stop()));
    },
  };
}

function keyOf(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl)) return databaseUrl;
  return serversOf(new URL(databaseUrl)).map(serverKey).join();
}
