import type { ServerAddress } from '../config/gateway-config';
import { GatewayError } from '../errors';

const usualPort = 5432;

/**
 * The servers that a connection address names, in its order: one, or a primary and its standbys
 * (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS).
 */
export function serversOf(url: URL): ServerAddress[] {
  const hosts = (url.searchParams.get('host') ?? decode(url.hostname)).split(',');
  const ports = (url.searchParams.get('port') ?? url.port).split(',');
  return hosts.map((host, place) => ({
    host: host.replace(/^\[(.+)\]$/, '$1'),
    port: Number((ports.length === 1 ? ports[0] : ports[place]) || usualPort),
  }));
}

/** The same address with these servers in place of its own. A list stands in its parameters: URL knows no such hosts. */
export function withServers(url: string, servers: readonly ServerAddress[]): string {
  const changed = new URL(url);
  const [first] = servers;
  const isPlain = servers.length === 1 && first && !first.host.startsWith('/');
  changed.hostname = isPlain ? (first.host.includes(':') ? `[${first.host}]` : first.host) : 'localhost';
  changed.port = isPlain ? String(first.port) : '';
  changed.searchParams.delete('host');
  changed.searchParams.delete('port');
  if (!isPlain) {
    changed.searchParams.set('host', servers.map(({ host }) => host).join(','));
    changed.searchParams.set('port', servers.map(({ port }) => port).join(','));
  }
  return changed.href;
}

/**
 * People write lists as libpq takes them (`postgres://ann@a:5432,b:5433/shop`), which URL cannot read: puts the list
 * into the parameters. Other addresses come back as they are.
 * @throws GatewayError `invalid_database_url` for a list that names no server in one of its places
 */
export function readServerList(text: string): string {
  const parts = /^([a-z]+:\/\/)((?:[^/?#]*@)?)([^/?#@]*)(.*)$/i.exec(text);
  const list = parts?.[3];
  if (!parts || !list?.includes(',')) return text;
  const plain = `${parts[1]}${parts[2]}localhost${parts[4]}`;
  if (!URL.canParse(plain)) return text;
  return withServers(
    plain,
    list.split(',').map((entry) => readServer(entry)),
  );
}

function readServer(entry: string): ServerAddress {
  const parts = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i.exec(entry);
  const host = parts?.[1]?.replace(/^\[(.+)\]$/, '$1');
  const port = Number(parts?.[2] ?? usualPort);
  if (host !== undefined && port >= 1 && port <= 65_535) return { host: decode(host), port };
  throw new GatewayError(
    'invalid_database_url',
    `The database's address cannot be used: ${JSON.stringify(entry.slice(0, 100))} in its list is no HOST or HOST:PORT.`,
    422,
  );
}

/** A name with a lone `%` in it means itself: connecting says that nobody has it. */
function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** An address that leads to servers of the list means the list: it was given before there was a standby. */
export function joinServerList(url: string, listUrl: string): string {
  if (!URL.canParse(url) || !URL.canParse(listUrl)) return url;
  const list = serversOf(new URL(listUrl)).map(serverKey);
  const own = serversOf(new URL(url)).map(serverKey);
  if (list.length < 2 || !own.every((key) => list.includes(key))) return url;
  return withServers(url, serversOf(new URL(listUrl)));
}

/** The same for two spellings of one server. */
export function serverKey({ host, port }: ServerAddress): string {
  const isHere = host === '' || host === 'localhost' || host === '::1' || host.startsWith('127.');
  return `${isHere ? 'localhost' : host.toLowerCase()}:${port}`;
}

/** `host:port`, or the socket's folder: what may be shown of a server. */
export function nameServer({ host, port }: ServerAddress): string {
  if (host.startsWith('/')) return host;
  return `${host.includes(':') ? `[${host}]` : host || 'localhost'}:${port}`;
}
