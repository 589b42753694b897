import pg from 'pg';
import { errorCode, errorText } from '../errors';
import type { BudgetOwner, ConnectionBudget, Permit } from './connection-budget';
import type { Database, Queryable } from './database';
import { clientConfig, runQuery, type DatabaseOptions, type Statement } from './database-client';
import { connectClient, readOnlyCode } from './writable-server';

/**
 * What a connection is used for: `durable` waits for the disk at each commit, `bookkeeping` does not, and no
 * statement of `reading` lasts longer than its time.
 */
type ConnectionUse = 'durable' | 'bookkeeping' | 'reading';

/** All connections to one tenant's database, whatever they are used for: few, and none when nobody needs one. */
export interface TenantConnections {
  as(use: ConnectionUse): Database;
  /** Keeps one open, for what the database's triggers say. It goes where others need its place. */
  listen(listening: Listening): void;
  /** Runs what looks whether there is anything to do: it counts as no use, and opens nothing further. */
  quietly<T>(work: () => Promise<T>): Promise<T>;
  /** when one was last used, but for what ran quietly (`performance.now()`) */
  lastUsedMs(): number;
  stop(): Promise<void>;
}

interface Listening {
  readonly channel: string;
  /** run on the connection first, in the same go: session locks that say "this process lives" */
  readonly prepareSql?: string;
  readonly onNotification: (payload: string) => void;
  /** after each connect: notifications may have been missed before */
  readonly onConnected: () => void;
}

interface TenantConnectionsOptions extends Omit<
  DatabaseOptions,
  'maxConnections' | 'synchronousCommit' | 'statementTimeoutMs'
> {
  readonly budget: ConnectionBudget;
  /** connected to this database with the same address, search path included */
  readonly first?: { readonly client: pg.Client; readonly permit: Permit };
  /** waiting for a place included */
  readonly connectTimeoutMs: number;
  readonly readWithinMs: number;
}

interface Connection {
  readonly client: pg.Client;
  readonly permit: Permit;
  use: ConnectionUse;
  isBusy: boolean;
  isLost: boolean;
  isListening: boolean;
  /** since when it is idle */
  idleSinceMs: number;
  /** since when it goes from hand to hand without having been idle */
  busySinceMs: number | undefined;
}

interface Waiter {
  readonly use: ConnectionUse;
  readonly resolve: (connection: Connection) => void;
  readonly reject: (thrown: unknown) => void;
  /** has a connection: its time for waiting is over */
  readonly served: () => void;
}

/** What each use may have at once: what people look at takes no connection from intake. */
const most: Readonly<Record<ConnectionUse, number>> = { durable: 4, bookkeeping: 2, reading: 2 };
const uses = ['durable', 'bookkeeping', 'reading'] as const;
const mostOpen = most.durable + most.bookkeeping + most.reading;
/** Where others wait, a connection goes from hand to hand for no longer than this. */
const sliceMs = 250;
/** Switched so often within a second from one use to another, a connection gets company. */
const mostSwitches = 4;
const closeIdleAfterMs = 20_000;
const lookEveryMs = 5_000;
const reconnectFirstMs = 200;
const reconnectLongestMs = 10_000;
const fullRetryMs = 250;
/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const tooManyConnections = '53300';

const leave: Readonly<Record<ConnectionUse, string>> = {
  durable: '',
  bookkeeping: 'reset synchronous_commit;',
  reading: 'reset statement_timeout; reset jit;',
};

export function createTenantConnections(options: TenantConnectionsOptions): TenantConnections {
  const { budget, logger } = options;
  const connect = () => connectClient(options.url, (url) => clientConfig({ ...options, url }));
  const enter: Readonly<Record<ConnectionUse, string>> = {
    durable: '',
    bookkeeping: 'set synchronous_commit = off;',
    // What is looked at by people is over before a compiler has warmed up.
    reading: `set statement_timeout = ${options.readWithinMs}; set jit = off;`,
  };
  const connections = new Set<Connection>();
  const waiting: Waiter[] = [];
  const busy = { durable: 0, bookkeeping: 0, reading: 0 };
  const stopping = new AbortController();
  const closing = new Set<Promise<void>>();
  const cancels: AbortController[] = [];
  let onChange: (() => void) | undefined;
  let opening = 0;
  let openNoneUntilMs = 0;
  let quiet = 0;
  let switches = 0;
  let switchesSinceMs = 0;
  let listening: Listening | undefined;
  let reconnectMs = reconnectFirstMs;
  let reconnectTimer: NodeJS.Timeout | undefined;
  let lastUsedMs = performance.now();

  const idle = () => [...connections].filter((entry) => !entry.isBusy && !entry.isLost);

  /** The one to give away: further ones before the one that listens, then the one that was idle longest. */
  function leastNeeded(): Connection | undefined {
    const free = idle();
    const further = free.filter((entry) => !entry.isListening);
    return (further.length > 0 ? further : free).sort((a, b) => a.idleSinceMs - b.idleSinceMs)[0];
  }

  const owner: BudgetOwner = {
    idleSinceMs: () => leastNeeded()?.idleSinceMs,
    closeIdle() {
      const entry = leastNeeded();
      if (entry) close(entry);
    },
  };

  function close(entry: Connection): void {
    forget(entry);
    const end = entry.client
      .end()
      .catch(() => undefined)
      .finally(() => closing.delete(end));
    closing.add(end);
  }

  function forget(entry: Connection): void {
    entry.isLost = true;
    connections.delete(entry);
    onChange?.();
  }

  function adopt(client: pg.Client, permit: Permit): Connection {
    const entry: Connection = {
      client,
      permit,
      use: 'durable',
      isBusy: false,
      isLost: false,
      isListening: false,
      idleSinceMs: performance.now(),
      busySinceMs: undefined,
    };
    client.on('notification', ({ payload }) => {
      if (!stopping.signal.aborted && entry.isListening) listening?.onNotification(payload ?? '');
    });
    // A restart of the database must not end the process.
    client.on('error', (thrown) => {
      if (entry.isLost) return;
      forget(entry);
      logger.warn('database.connection_lost', 'database connection lost', {
        database: options.applicationName,
        error: errorText(thrown),
      });
      if (entry.isListening) reconnectSoon();
    });
    client.once('end', () => {
      permit.release();
      if (entry.isLost) return;
      forget(entry);
      if (entry.isListening) reconnectSoon();
    });
    connections.add(entry);
    return entry;
  }

  if (options.first) {
    options.first.permit.handTo(owner);
    adopt(options.first.client, options.first.permit);
  }

  async function connectOnce(abort: AbortSignal): Promise<Connection> {
    const permit = await budget.acquire(owner, abort);
    let client: pg.Client | undefined;
    try {
      client = await connect();
      if (stopping.signal.aborted) throw new Error('the database is being closed');
    } catch (thrown) {
      void client?.end().catch(() => undefined);
      permit.release();
      throw thrown;
    }
    const entry = adopt(client, permit);
    entry.isBusy = true;
    try {
      await listenOn(entry);
    } catch (thrown) {
      close(entry);
      throw thrown;
    }
    entry.isBusy = false;
    entry.idleSinceMs = performance.now();
    return entry;
  }

  async function listenOn(entry: Connection): Promise<void> {
    if (!listening || [...connections].some((other) => other.isListening)) return;
    const { channel, prepareSql = '', onConnected } = listening;
    entry.isListening = true;
    try {
      await entry.client.query(`${prepareSql}; listen ${channel}`);
    } catch (thrown) {
      entry.isListening = false;
      throw thrown;
    }
    reconnectMs = reconnectFirstMs;
    setImmediate(() => {
      if (!stopping.signal.aborted) onConnected();
    });
  }

  function reconnectSoon(): void {
    if (stopping.signal.aborted || !listening) return;
    reconnectTimer ??= setTimeout(() => {
      reconnectTimer = undefined;
      void reconnect();
    }, reconnectMs).unref();
    reconnectMs = Math.min(reconnectMs * 2, reconnectLongestMs);
  }

  /** Only where there is room: otherwise the sweep's turn opens it. */
  async function reconnect(): Promise<void> {
    if (stopping.signal.aborted || [...connections].some((entry) => entry.isListening)) return;
    const free = idle()[0];
    try {
      if (free) {
        free.isBusy = true;
        busy[free.use] += 1;
        try {
          await listenOn(free);
        } finally {
          release(free, false);
        }
      } else if (budget.isAmple() && opening === 0) {
        const tooLate = new AbortController();
        const timer = setTimeout(
          () => tooLate.abort(new Error('no connection in time')),
          options.connectTimeoutMs,
        );
        try {
          await connectOnce(AbortSignal.any([stopping.signal, tooLate.signal]));
        } finally {
          clearTimeout(timer);
        }
        dispatch();
      }
    } catch {
      reconnectSoon();
    }
  }

  const mayOpen = (): boolean =>
    connections.size + opening < mostOpen && performance.now() >= openNoneUntilMs;

  /** Which of the idle ones serves best; one of another use is switched. */
  function pick(use: ConnectionUse): Connection | undefined {
    const free = idle();
    const fitting = free.filter((entry) => entry.use === use);
    const further = fitting.filter((entry) => !entry.isListening);
    if (use === 'reading') {
      if (further.length > 0) return further[0];
      // A long look would keep the one that listens from hearing what the triggers say.
      if (quiet === 0 && mayOpen() && budget.isAmple()) return free.find((entry) => !entry.isListening);
    }
    return (
      fitting.find((entry) => entry.isListening) ??
      further.at(-1) ??
      free.find((entry) => !entry.isListening) ??
      free[0]
    );
  }

  /** Switching costs a round trip: where it goes to and fro, another connection is opened beside. */
  function noteSwitch(): void {
    const now = performance.now();
    if (now - switchesSinceMs > 1_000) {
      switchesSinceMs = now;
      switches = 0;
    }
    switches += 1;
    if (switches > mostSwitches && quiet === 0 && opening === 0 && mayOpen() && budget.isAmple()) {
      switches = 0;
      void open();
    }
  }

  function dispatch(): void {
    // In the order in which they came, whatever they want: where connections are few, no use starves another.
    for (const waiter of [...waiting]) {
      const at = waiting.indexOf(waiter);
      const entry = at >= 0 && busy[waiter.use] < most[waiter.use] ? pick(waiter.use) : undefined;
      if (!entry) continue;
      waiting.splice(at, 1);
      take(entry, waiter);
    }
    const servable = uses.reduce(
      (sum, use) =>
        sum +
        Math.min(waiting.filter((waiter) => waiter.use === use).length, Math.max(0, most[use] - busy[use])),
      0,
    );
    while (opening < servable && mayOpen()) void open();
  }

  function take(entry: Connection, { use, resolve, reject, served }: Waiter): void {
    served();
    entry.isBusy = true;
    entry.busySinceMs ??= performance.now();
    busy[use] += 1;
    if (entry.use === use) {
      resolve(entry);
      return;
    }
    const sql = `${leave[entry.use]} ${enter[use]}`;
    entry.use = use;
    noteSwitch();
    entry.client.query(sql).then(
      () => resolve(entry),
      (thrown: unknown) => {
        busy[use] -= 1;
        close(entry);
        reject(thrown);
        dispatch();
      },
    );
  }

  async function open(): Promise<void> {
    opening += 1;
    const enough = new AbortController();
    const abort = AbortSignal.any([stopping.signal, enough.signal]);
    cancels.push(enough);
    let failed: unknown;
    try {
      await connectOnce(abort);
    } catch (thrown) {
      failed = thrown;
    }
    opening -= 1;
    cancels.splice(cancels.indexOf(enough), 1);
    onChange?.();
    if (failed !== undefined && !abort.aborted) {
      // Those that are open go on serving; the server has no more just now.
      if (errorCode(failed) === tooManyConnections) openLater();
      else waiting.shift()?.reject(failed);
    }
    dispatch();
    if (idle().length > 0) budget.noteIdle();
  }

  function openLater(): void {
    openNoneUntilMs = performance.now() + fullRetryMs;
    setTimeout(dispatch, fullRetryMs + 1).unref();
  }

  function checkOut(use: ConnectionUse): Promise<Connection> {
    if (stopping.signal.aborted) return Promise.reject(new Error('the database is closed'));
    return new Promise((resolve, reject) => {
      const leaveQueue = () => {
        clearTimeout(timer);
        const at = waiting.indexOf(waiter);
        if (at >= 0) waiting.splice(at, 1);
        // Nobody needs what was asked for any more.
        if (waiting.length < cancels.length) cancels.at(-1)?.abort(new Error('no longer needed'));
      };
      const timer = setTimeout(() => {
        leaveQueue();
        reject(new Error('timeout exceeded when trying to connect'));
      }, options.connectTimeoutMs);
      const waiter: Waiter = {
        use,
        served: leaveQueue,
        resolve,
        reject(thrown) {
          leaveQueue();
          reject(thrown instanceof Error ? thrown : new Error(errorText(thrown)));
        },
      };
      waiting.push(waiter);
      dispatch();
      if (quiet === 0) lastUsedMs = performance.now();
    });
  }

  function release(entry: Connection, isBroken: boolean): void {
    busy[entry.use] -= 1;
    entry.isBusy = false;
    const now = performance.now();
    if (isBroken || entry.isLost || stopping.signal.aborted) {
      if (!entry.isLost) close(entry);
      dispatch();
      return;
    }
    const isOver = connections.size > 1 || now - (entry.busySinceMs ?? now) > sliceMs;
    if (isOver && waiting.length > 0 && budget.shouldYield(owner)) {
      close(entry);
      dispatch();
      return;
    }
    entry.idleSinceMs = now;
    dispatch();
    if (idle().includes(entry)) {
      entry.busySinceMs = undefined;
      budget.noteIdle();
    }
  }

  async function withConnection<T>(use: ConnectionUse, work: (client: pg.Client) => Promise<T>): Promise<T> {
    const entry = await checkOut(use);
    let isBroken = false;
    try {
      return await work(entry.client);
    } catch (thrown) {
      // What the server said of a statement leaves the connection as it was.
      isBroken = !isStatementError(thrown);
      throw thrown;
    } finally {
      release(entry, isBroken);
    }
  }

  async function transaction<T>(use: ConnectionUse, work: (tx: Queryable) => Promise<T>): Promise<T> {
    const entry = await checkOut(use);
    let isBroken = false;
    try {
      await entry.client.query('begin');
      const result = await work({ query: (statement) => runQuery(entry.client, statement, logger) });
      await entry.client.query('commit');
      return result;
    } catch (thrown) {
      isBroken = errorCode(thrown) === readOnlyCode;
      await entry.client.query('rollback').catch(() => {
        isBroken = true;
      });
      throw thrown;
    } finally {
      release(entry, isBroken);
    }
  }

  /** For whoever needs a session of its own (COPY, migrations); the caller ends it. */
  async function connectOwn(): Promise<pg.Client> {
    const permit = await budget.acquire(
      { idleSinceMs: () => undefined, closeIdle: () => undefined },
      AbortSignal.timeout(options.connectTimeoutMs),
    );
    try {
      const client = await connect();
      client.on('error', (thrown) =>
        logger.warn('database.connection_lost', 'database connection lost', {
          database: options.applicationName,
          error: errorText(thrown),
        }),
      );
      client.once('end', () => permit.release());
      return client;
    } catch (thrown) {
      permit.release();
      throw thrown;
    }
  }

  const timer = setInterval(() => {
    const now = performance.now();
    for (const entry of idle()) {
      if (entry.isListening || now - entry.idleSinceMs < closeIdleAfterMs) continue;
      close(entry);
    }
  }, lookEveryMs);
  timer.unref();

  return {
    as: (use): Database => ({
      query: <Row extends object>(statement: Statement) =>
        withConnection(use, (client) => runQuery<Row>(client, statement, logger)),
      transaction: (work) => transaction(use, work),
      connect: connectOwn,
      stop: () => Promise.resolve(),
    }),
    listen(wanted) {
      listening = wanted;
      void reconnect();
    },
    async quietly(work) {
      quiet += 1;
      try {
        return await work();
      } finally {
        quiet -= 1;
      }
    },
    lastUsedMs: () => lastUsedMs,
    async stop() {
      stopping.abort(new Error('the database is being closed'));
      clearInterval(timer);
      clearTimeout(reconnectTimer);
      for (const waiter of [...waiting]) waiter.reject(new Error('the database is closed'));
      for (const entry of idle()) close(entry);
      await new Promise<void>((resolve) => {
        onChange = () => {
          if (connections.size === 0 && opening === 0) resolve();
        };
        onChange();
      });
      await Promise.all(closing);
    },
  };
}

/**
 * PostgreSQL's own error of a statement; the connection stays good after it, unlike after its FATAL ones. A server that
 * takes no writes any more has become a standby.
 */
function isStatementError(thrown: unknown): boolean {
  return thrown instanceof pg.DatabaseError && thrown.severity === 'ERROR' && thrown.code !== readOnlyCode;
}
