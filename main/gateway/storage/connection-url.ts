import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { ServerAddress } from '../config/gateway-config';
import { errorText, GatewayError } from '../errors';
import { serversOf } from './server-addresses';

/** The parameters of a connection address that libpq knows, as far as they mean something here. */
const meaningful = new Set([
  'host',
  'port',
  'user',
  'password',
  'options',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'connect_timeout',
]);
/** Those of libpq that change nothing here, with the values that are as good as not said. */
const harmless: Readonly<Record<string, RegExp>> = {
  application_name: /.*/,
  fallback_application_name: /.*/,
  keepalives: /.*/,
  keepalives_idle: /.*/,
  keepalives_interval: /.*/,
  keepalives_count: /.*/,
  tcp_user_timeout: /.*/,
  client_encoding: /^(auto|utf-?8|unicode)$/i,
  gssencmode: /^(disable|prefer)$/,
  channel_binding: /^(disable|prefer)$/,
  target_session_attrs: /^(any|read-write|primary|prefer-standby)$/,
  sslnegotiation: /^postgres$/,
  uselibpqcompat: /^true$/,
};
const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof sslModes)[number];
const hints: Readonly<Record<string, string>> = {
  search_path: ' Write options=-c%20search_path%3DSCHEMA.',
  schema: ' Write options=-c%20search_path%3DSCHEMA.',
  currentSchema: ' Write options=-c%20search_path%3DSCHEMA.',
  ssl: ' Write sslmode=require.',
};

/** Of a connection address, as libpq means it. */
export interface ConnectionParameters {
  /** the address without what stands in the other fields */
  readonly url: string;
  /** the server's start options, as they stand */
  readonly options: string;
  readonly ssl: false | ConnectionOptions | undefined;
  readonly connectTimeoutMs: number | undefined;
}

/**
 * Refuses what would not be obeyed: parameters that libpq does not know or this gateway does not, and schemas whose
 * names need quotes.
 * @throws GatewayError `invalid_database_url`
 */
export function checkConnectionUrl(url: string): void {
  const { searchParams } = new URL(url);
  for (const [name, value] of searchParams) {
    const pattern = Object.hasOwn(harmless, name) ? harmless[name] : undefined;
    if (meaningful.has(name) || pattern?.test(value)) continue;
    const what = pattern ? `${name}=${value}` : name;
    const hint = Object.hasOwn(hints, name) ? hints[name] : '';
    throw refused(`its parameter ${what.slice(0, 100)} is not supported.${hint}`);
  }
  const seconds = searchParams.get('connect_timeout');
  if (seconds !== null && !/^-?\d{1,9}$/.test(seconds)) {
    throw refused(`its connect_timeout ${seconds.slice(0, 40)} is no number of seconds.`);
  }
  sslModeOf(searchParams);
  for (const schema of searchPathOf(url) ?? []) {
    if (/^(?:"?[a-z_][a-z0-9_]*"?|"?\$user"?)$/.test(schema)) continue;
    throw refused(`the schema ${schema} needs quotes: only names of small letters, digits and _ work here.`);
  }
  readParameters(url);
}

/** The schemas that the address's own `options` put into the search path; undefined where they say nothing of it. */
export function searchPathOf(url: string): string[] | undefined {
  const options = new URL(url).searchParams.get('options') ?? '';
  const found = [...options.matchAll(/(?:^|\s)(?:-c\s*|--)search[_-]path\s*=\s*((?:\\.|[^\s\\])*)/g)].at(
    -1,
  )?.[1];
  if (found === undefined) return undefined;
  return found
    .replace(/\\(.)/g, '$1')
    .split(',')
    .map((schema) => schema.trim())
    .filter((schema) => schema !== '');
}

/** Takes the address apart. @throws GatewayError `invalid_database_url` where a file of it cannot be read */
export function readParameters(url: string): ConnectionParameters {
  // What is no address is for the driver to refuse.
  if (!URL.canParse(url)) return { url, options: '', ssl: undefined, connectTimeoutMs: undefined };
  const plain = new URL(url);
  const { searchParams } = plain;
  const options = searchParams.get('options') ?? '';
  const ssl = sslOptions(searchParams);
  const seconds = Number(searchParams.get('connect_timeout') ?? 0);
  for (const name of [...searchParams.keys()]) {
    if (!/^(host|port|user|password)$/.test(name)) searchParams.delete(name);
  }
  return {
    url: plain.href,
    options,
    ssl,
    connectTimeoutMs: seconds > 0 ? Math.max(seconds, 2) * 1000 : undefined,
  };
}

function sslModeOf(parameters: URLSearchParams): SslMode | undefined {
  const mode = parameters.get('sslmode');
  if (mode === null) return parameters.has('sslrootcert') ? 'verify-ca' : undefined;
  // The driver's own word for what libpq calls require.
  const known = mode === 'no-verify' ? 'require' : sslModes.find((name) => name === mode);
  if (known) return known;
  throw refused(`sslmode ${mode.slice(0, 40)} is none of ${sslModes.join(', ')}.`);
}

/** https://www.postgresql.org/docs/current/libpq-ssl.html */
function sslOptions(parameters: URLSearchParams): false | ConnectionOptions | undefined {
  const mode = sslModeOf(parameters);
  if (mode === undefined) return undefined;
  // Where the server was not asked (`withTlsDecided`), the safe side of both.
  if (mode === 'disable' || mode === 'allow') return false;
  const root = parameters.get('sslrootcert');
  const files: ConnectionOptions = {
    ...(root === null || root === 'system' ? {} : { ca: readFile('sslrootcert', root) }),
    ...fileOption(parameters, 'sslcert', 'cert'),
    ...fileOption(parameters, 'sslkey', 'key'),
  };
  const checksAuthority = mode.startsWith('verify') || (mode === 'require' && root !== null);
  if (!checksAuthority) return { ...files, rejectUnauthorized: false };
  return mode === 'verify-full' ? files : { ...files, checkServerIdentity: () => undefined };
}

function fileOption(parameters: URLSearchParams, name: string, option: 'cert' | 'key'): ConnectionOptions {
  const path = parameters.get(name);
  return path === null ? {} : { [option]: readFile(name, path) };
}

function readFile(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw refused(`the file of ${name} cannot be read: ${errorText(thrown)}.`);
  }
}

function refused(reason: string): GatewayError {
  return new GatewayError('invalid_database_url', `The database's address cannot be used: ${reason}`, 422);
}

/** PostgreSQL's SSLRequest: its length and its code. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const askWithinMs = 5_000;

/**
 * `sslmode=prefer` and `allow` leave it to the server: asks it, and names the mode that follows. Other addresses
 * come back as they are, and so does that of a server that does not answer: connecting says why.
 */
export async function withTlsDecided(url: string): Promise<string> {
  if (!URL.canParse(url)) return url;
  const decided = new URL(url);
  const mode = decided.searchParams.get('sslmode');
  if (mode !== 'prefer' && mode !== 'allow') return url;
  // A list's servers are set up alike; one of them may be away.
  const offers = mode === 'prefer' ? await Promise.all(serversOf(decided).map(offersTls)) : [];
  const takesTls = offers.includes(true);
  decided.searchParams.set('sslmode', takesTls ? 'require' : 'disable');
  // Not verified in these modes, whatever certificate is named.
  decided.searchParams.delete('sslrootcert');
  return decided.href;
}

function offersTls({ host, port }: ServerAddress): Promise<boolean> {
  // Through a socket of this machine there is no TLS.
  if (host.startsWith('/')) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect({ host: host || 'localhost', port, timeout: askWithinMs });
    const answer = (offers: boolean) => {
      socket.destroy();
      resolve(offers);
    };
    socket.once('connect', () => socket.write(sslRequest));
    socket.once('data', (reply) => answer(reply[0] === 0x53));
    for (const end of ['error', 'timeout', 'close'] as const) socket.once(end, () => answer(false));
  });
}
