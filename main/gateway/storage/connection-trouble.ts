import type { ServerDatabaseConfig } from '../config/gateway-config';
import { errorCode, errorText, GatewayError } from '../errors';
import { nameServer, serversOf, withServers } from './server-addresses';
import { readOnlyCode } from './writable-server';

/** `host:port`, or the socket's folder, of each server: what an address may show in an error. */
export function databaseLocation(url: string): string {
  try {
    return serversOf(new URL(url)).map(nameServer).join(' or ');
  } catch {
    return 'the given address';
  }
}

export function databaseNameOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

export function withDatabaseName(url: string, databaseName: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(databaseName)}`;
  return changed.href;
}

/** An address of the parts that DB_HOST and its companions give. */
export function buildDatabaseUrl(server: Omit<ServerDatabaseConfig, 'kind'>): string {
  const credentials = `${encodeURIComponent(server.user)}:${encodeURIComponent(server.password)}`;
  const name = encodeURIComponent(server.name);
  const { host, port, standbys = [] } = server;
  if (standbys.length > 0) {
    return withServers(`postgres://${credentials}@localhost/${name}`, [{ host, port }, ...standbys]);
  }
  if (host.startsWith('/')) {
    const socket = new URLSearchParams({ host, port: String(port) });
    return `postgres://${credentials}@localhost/${name}?${socket.toString()}`;
  }
  return `postgres://${credentials}@${host.includes(':') ? `[${host}]` : host}:${port}/${name}`;
}

/** PostgreSQL's and Node's error codes that mean "no connection", each as one sentence. */
function describeTrouble(thrown: unknown, url: string): string {
  if (!URL.canParse(url)) return 'The address of the database cannot be read.';
  const where = databaseLocation(url);
  const user = decodeURIComponent(new URL(url).username) || 'the user';
  // A name with several addresses fails once for each of them.
  const first: unknown = thrown instanceof AggregateError ? thrown.errors[0] : thrown;
  // node-pg-migrate wraps what the database said into a text with a stack.
  const [text = ''] = errorText(thrown).split('\n');
  const code = errorCode(first) ?? (/permission denied/i.test(text) ? '42501' : '');
  switch (code) {
    case 'ECONNREFUSED':
    case 'ENOENT':
      return `No PostgreSQL answers at ${where}.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The host of the database ${where} is not known.`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return `The host of the database ${where} cannot be reached.`;
    case '28P01':
    case '28000':
      return `The PostgreSQL at ${where} does not let ${user} in: wrong user or password.`;
    case '3D000':
      return `The PostgreSQL at ${where} has no database ${databaseNameOf(url)}.`;
    case '42501':
      return `${user} has not the rights it needs in the database ${databaseNameOf(url)} at ${where}.`;
    case '53300':
      return `The PostgreSQL at ${where} has no connections left.`;
    case readOnlyCode:
      return `The PostgreSQL at ${where} takes no writes.`;
    case '57P03':
      return `The PostgreSQL at ${where} is starting or stopping.`;
    default:
      break;
  }
  if (/timeout/i.test(text)) return `The PostgreSQL at ${where} does not answer in time.`;
  return `The database ${databaseNameOf(url)} at ${where} cannot be used: ${text}`;
}

/** One clear sentence, without the password, for whatever kept a database from being opened. */
export function databaseUnreachable(thrown: unknown, url: string): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  return new GatewayError('database_unreachable', describeTrouble(thrown, url), 503, undefined, {
    cause: thrown,
  });
}
