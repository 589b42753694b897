import type pg from 'pg';
import type { ServerAddress } from '../config/gateway-config';
import { errorText } from '../errors';
import type { Logger } from '../observability/logger';
import { createConnectionBudget, type ConnectionBudget } from './connection-budget';
import { databaseNameOf, databaseUnreachable } from './connection-trouble';
import { createDatabase, type Queryable } from './database';
import { nameServer } from './server-addresses';
import { serverInUse } from './writable-server';

/** First half of the advisory lock that says "this gateway lives"; the second is its instance number. */
export const instanceLockClass = 0x6d67;

/** Whoever holds it does what one gateway is to do for all of them; it goes on to another with the session. */
const leaderLock = `${instanceLockClass}, 0`;

/** What is known of a database without being connected to it. */
export interface DatabaseActivity {
  /** differs when a row was inserted, changed or deleted since */
  readonly writes: string;
  /** other programs are connected: what they wrote may not be counted yet */
  readonly hasStrangers: boolean;
}

/** What a server's connections are, and who uses them. */
export interface ConnectionFigures {
  /** that everybody together may open, those kept for superusers left out */
  readonly total: number;
  /** open now, by whomever */
  readonly used: number;
  /** of programs that are no gateway */
  readonly strangers: number;
  /** gateways that live, this one included */
  readonly gateways: number;
  /**
   * Instance numbers of those whose watch is in the same database, this one included: for the system database's
   * server, the gateways that share it.
   */
  readonly sharing: readonly number[];
}

/**
 * One connection to a server. Its session says for all databases there that this gateway lives, and it sees in the
 * server's own statistics which of them are written to: a database where nothing happens needs no connection.
 */
export interface ServerWatch {
  readonly budget: ConnectionBudget;
  /** The first connection; @throws GatewayError `database_unreachable`. Tried again by itself after that. */
  ready(): Promise<void>;
  /** undefined: not known, because the server does not answer or does not count */
  activityOf(databaseUrl: string): DatabaseActivity | undefined;
  figures(): ConnectionFigures | undefined;
  /** This gateway is the one that does what one is to do for all that share this database. */
  leads(): boolean;
  stop(): Promise<void>;
}

interface ServerWatchOptions {
  /** databases of the server to watch from: the first that lets us in */
  readonly urls: () => readonly string[];
  readonly instance: number;
  readonly logger: Logger;
  /** DB_MAX_CONNECTIONS: what this gateway may open, whatever the server allows */
  readonly limit?: number;
  /** connections of the gateway to this server that are not in the budget */
  readonly reserved: number;
}

const pollEveryMs = 1_000;
const figuresEveryMs = 3_000;
const answerWithinMs = 4_000;
const staleAfterMs = 4_000;
/** Before the server has said what it allows. */
const firstLimit = 12;
const leastLimit = 2;

// Whoever is connected may see of everybody whose session it is and what it calls itself, and these counters.
const activitySql = `
  select d.datname as name, d.tup_inserted || '/' || d.tup_updated || '/' || d.tup_deleted || '/' ||
      coalesce(extract(epoch from d.stats_reset)::text, '') as writes, s.datid is not null as strangers
  from pg_stat_database d
  left join (select distinct datid from pg_stat_activity
    where datid is not null and application_name not like 'modular-gateway%') s on s.datid = d.datid
  where d.datname is not null`;

const figuresSql = `
  select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      - coalesce(current_setting('reserved_connections', true)::int, 0) as total,
    (select rolconnlimit from pg_roles where rolname = current_user) as "roleLimit",
    current_setting('track_counts')::bool as counts,
    (select count(*)::int from pg_stat_activity where datid is not null) as used,
    (select count(*)::int from pg_stat_activity
      where datid is not null and application_name not like 'modular-gateway%') as strangers,
    i.gateways, i.sharing
  from (select count(distinct objid)::int as gateways,
      coalesce(array_agg(distinct objid::bigint::int) filter (where database = (
        select oid from pg_database where datname = current_database())), '{}') as sharing
    from pg_locks
    where locktype = 'advisory' and objsubid = 2 and classid = ${instanceLockClass} and objid <> 0) i`;

interface FiguresRow extends ConnectionFigures {
  readonly roleLimit: number;
  readonly counts: boolean;
}

export function createServerWatch(options: ServerWatchOptions): ServerWatch {
  const { logger } = options;
  const budget = createConnectionBudget(options.limit ?? firstLimit);
  let client: pg.Client | undefined;
  let connecting: Promise<void> | undefined;
  let stopped = false;
  let server: ServerAddress | undefined;
  let activity = new Map<string, DatabaseActivity>();
  let readAtMs = -Infinity;
  let figuresAtMs = -Infinity;
  let figures: FiguresRow | undefined;
  let polling: Promise<void> | undefined;
  let isLeader = false;

  const isStopped = () => stopped;

  async function connect(): Promise<void> {
    let failure: unknown = new Error('there is no database to connect to');
    for (const url of options.urls()) {
      const database = createDatabase({
        url,
        logger,
        applicationName: 'modular-gateway watch',
        maxConnections: 1,
      });
      try {
        const fresh = await database.connect();
        try {
          await fresh.query(`select pg_advisory_lock_shared(${instanceLockClass}, ${options.instance})`);
          if (isStopped()) throw new Error('the gateway is stopping');
        } catch (thrown) {
          await fresh.end().catch(() => undefined);
          throw thrown;
        }
        fresh.once('end', () => {
          if (client !== fresh) return;
          client = undefined;
          isLeader = false;
        });
        client = fresh;
        noteServer(url);
        return;
      } catch (thrown) {
        failure = databaseUnreachable(thrown, url);
      } finally {
        await database.stop();
      }
    }
    throw failure;
  }

  /** Of the servers that an address names, another one takes the writes now. */
  function noteServer(url: string): void {
    const now = serverInUse(url);
    if (server && now && now !== server) {
      logger.warn('database.failed_over', 'the database is used on another server from now on', {
        server: nameServer(now),
        before: nameServer(server),
      });
    }
    server = now;
  }

  function ensureConnected(): Promise<void> {
    if (client) return Promise.resolve();
    connecting ??= connect().finally(() => {
      connecting = undefined;
    });
    return connecting;
  }

  async function pollOnce(): Promise<void> {
    try {
      await ensureConnected();
      const asked = client;
      if (!asked) return;
      // A server that hangs must not keep its last word in force.
      const timer = setTimeout(() => void asked.end().catch(() => undefined), answerWithinMs);
      try {
        const now = performance.now();
        if (now - figuresAtMs >= figuresEveryMs) {
          const { rows } = await asked.query<FiguresRow>(figuresSql);
          figures = rows[0];
          figuresAtMs = now;
          isLeader ||= await tryToLead(asked);
          if (figures) budget.setLimit(shareOf(figures, options));
        }
        const { rows } = await asked.query<{ name: string; writes: string; strangers: boolean }>(activitySql);
        activity = new Map(
          rows.map(({ name, writes, strangers }) => [name, { writes, hasStrangers: strangers }]),
        );
        readAtMs = now;
      } finally {
        clearTimeout(timer);
      }
    } catch (thrown) {
      logger.debug('database.watch_failed', 'the database server does not say what happens in it', {
        error: errorText(thrown),
      });
    }
  }

  const poll = (): Promise<void> => {
    polling ??= pollOnce().finally(() => {
      polling = undefined;
    });
    return polling;
  };
  const timer = setInterval(() => void poll(), pollEveryMs);

  return {
    budget,
    async ready() {
      await ensureConnected();
      if (figures === undefined) await poll();
    },
    activityOf(databaseUrl) {
      if (performance.now() - readAtMs > staleAfterMs || figures?.counts !== true) return undefined;
      return activity.get(databaseNameOf(databaseUrl));
    },
    figures: () => figures,
    leads: () => isLeader,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await connecting?.catch(() => undefined);
      await polling;
      await client?.end().catch(() => undefined);
    },
  };
}

async function tryToLead(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ leads: boolean }>(
    `select pg_try_advisory_lock(${leaderLock}) as leads`,
  );
  return rows[0]?.leads === true;
}

/**
 * What one gateway's pools may open: its part of what the server allows, less what others use. Some is left for
 * commands, for the customers' own application and for whoever looks after the server.
 */
export function shareOf(
  figures: Omit<FiguresRow, 'used' | 'counts' | 'sharing'>,
  options: Pick<ServerWatchOptions, 'limit' | 'reserved'>,
): number {
  const allowed = figures.roleLimit >= 0 ? Math.min(figures.total, figures.roleLimit) : figures.total;
  const leftAlone = Math.max(Math.min(20, Math.ceil(allowed / 10)), figures.strangers + 2);
  const share = Math.floor((allowed - leftAlone) / Math.max(1, figures.gateways));
  return Math.max(leastLimit, Math.min(options.limit ?? Infinity, share) - options.reserved);
}

/** What a server's connections are at this moment, asked by any session there. */
export async function readConnectionFigures(database: Queryable): Promise<ConnectionFigures | undefined> {
  const rows = await database.query<FiguresRow>({ name: 'server.connections', text: figuresSql });
  return rows[0];
}

/** Those of the same system database; this one does not count before its watch is ready. */
export async function countLivingGateways(system: Queryable): Promise<number> {
  const rows = await system.query<{ count: number }>({
    name: 'gateways.living',
    text: `select count(distinct l.objid) as count from pg_locks l join pg_database b on b.oid = l.database
      where l.locktype = 'advisory' and l.objsubid = 2 and l.classid = ${instanceLockClass} and l.objid <> 0
        and b.datname = current_database()`,
  });
  return rows[0]?.count ?? 0;
}
