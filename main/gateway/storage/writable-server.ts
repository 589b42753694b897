import pg from 'pg';
import type { ServerAddress } from '../config/gateway-config';
import { errorCode } from '../errors';
import { serversOf, withServers } from './server-addresses';

/** read_only_sql_transaction (https://www.postgresql.org/docs/current/errcodes-appendix.html) */
export const readOnlyCode = '25006';

/** Servers of which one takes writes: what one connection finds out serves all that are opened later. */
interface ServerList {
  readonly servers: readonly ServerAddress[];
  /** the place of the one to try first */
  next: number;
  /** the place of the one that took writes when it was asked last */
  writable: number | undefined;
  readonly clients: Map<pg.Client, number>;
}

type Configure = (url: string) => pg.ClientConfig;

/** For each server of a list: there is another to try. */
const answerWithinMs = 2_000;

/** Of this process, by their servers: the databases of one server go over together. */
const lists = new Map<string, ServerList>();

function listOf(url: string): ServerList | undefined {
  if (!URL.canParse(url)) return undefined;
  const servers = serversOf(new URL(url));
  if (servers.length < 2) return undefined;
  const key = servers.map(({ host, port }) => `${host}:${port}`).join();
  const found = lists.get(key) ?? { servers, next: 0, writable: undefined, clients: new Map() };
  lists.set(key, found);
  return found;
}

/** The server that connections to this address go to; undefined: it names no list, or none was found yet. */
export function serverInUse(url: string): ServerAddress | undefined {
  const list = listOf(url);
  return list?.writable === undefined ? undefined : list.servers[list.writable];
}

/**
 * Connects to the server of the address, or to that of its list which takes writes; @returns it connected, with a
 * listener for errors. @throws what the only server said; of a list's, what tells most
 */
export async function connectClient(url: string, configure: Configure): Promise<pg.Client> {
  const list = listOf(url);
  if (!list) {
    const client = new pg.Client(configure(url));
    // A connection that breaks fails the query under way; without a listener it would end the process.
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch (thrown) {
      void client.end().catch(() => undefined);
      throw thrown;
    }
    return client;
  }
  const failures: unknown[] = [];
  for (let turn = 0, first = list.next; turn < list.servers.length; turn += 1) {
    const client = new ListedClient(list, (first + turn) % list.servers.length, url, configure);
    try {
      await client.connect();
      return client;
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  throw mostTelling(failures);
}

/** What a pool is to have, so that it connects to the server that takes writes: its kind of client, and how often to try. */
export function poolClients(
  url: string,
  configure: Configure,
): { readonly Client?: new () => pg.Client; readonly tries: number } {
  const found = listOf(url);
  if (!found) return { tries: 1 };
  const list = found;
  return {
    tries: list.servers.length,
    Client: class extends ListedClient {
      constructor() {
        super(list, list.next, url, configure);
      }
    },
  };
}

/** Connects to one server of a list, and only where that takes writes. */
class ListedClient extends pg.Client {
  readonly #list: ServerList;
  readonly #place: number;

  constructor(list: ServerList, place: number, url: string, configure: Configure) {
    const config = configure(withServers(url, list.servers.slice(place, place + 1)));
    super({
      ...config,
      connectionTimeoutMillis: Math.min(config.connectionTimeoutMillis ?? answerWithinMs, answerWithinMs),
    });
    this.#list = list;
    this.#place = place;
    this.on('error', () => undefined);
  }

  override connect(): Promise<this>;
  override connect(callback: ((error: Error) => void) | ((error: null, client: pg.Client) => void)): void;
  override connect(
    callback?: ((error: Error) => void) | ((error: null, client: pg.Client) => void),
  ): Promise<this> | undefined {
    const opened = this.#open();
    if (!callback) return opened;
    const answer = callback as (error: Error | null, client?: pg.Client) => void;
    opened.then(
      () => answer(null, this),
      (thrown: unknown) => answer(thrown as Error),
    );
    return undefined;
  }

  async #open(): Promise<this> {
    const list = this.#list;
    try {
      await super.connect();
      await this.#checkWritable();
    } catch (thrown) {
      if (list.next === this.#place) list.next = (this.#place + 1) % list.servers.length;
      void this.end().catch(() => undefined);
      throw thrown;
    }
    list.next = this.#place;
    list.writable = this.#place;
    list.clients.set(this, this.#place);
    this.once('end', () => list.clients.delete(this));
    for (const [client, place] of list.clients) if (place !== this.#place) cutOff(client);
    return this;
  }

  async #checkWritable(): Promise<void> {
    const timer = setTimeout(() => cutOff(this), answerWithinMs);
    try {
      const { rows } = await this.query<{ closed: boolean }>(
        `select pg_is_in_recovery() or current_setting('transaction_read_only')::bool as closed`,
      );
      if (rows[0]?.closed === false) return;
    } finally {
      clearTimeout(timer);
    }
    throw Object.assign(new Error('the server takes no writes'), { code: readOnlyCode });
  }
}

/**
 * The former primary may be gone without a word, or stand still, or have become a standby: whoever still waits for it
 * hears that the connection is lost, and connects again.
 */
function cutOff(client: pg.Client): void {
  client.connection.stream.destroy(new Error('Connection terminated: the server takes no writes any more'));
}

/** What a server that let itself be asked said of the account or the database, before what only says: not this one. */
function mostTelling(failures: readonly unknown[]): unknown {
  const isWord = (thrown: unknown) => thrown instanceof pg.DatabaseError && thrown.code !== '57P03';
  return (
    failures.find(isWord) ??
    failures.find((thrown) => errorCode(thrown) === readOnlyCode) ??
    failures.find((thrown) => errorCode(thrown) === '57P03') ??
    failures[0]
  );
}
