import { GatewayError } from '../errors';
import { readServerList, serversOf } from '../storage/server-addresses';

/** Options of pg's addresses that name files or sockets of this machine, or change what the session may do. */
const localOptions = [
  'host',
  'sslcert',
  'sslkey',
  'sslrootcert',
  'sslpassword',
  'options',
  'service',
  'passfile',
];

/**
 * Refuses the address of a tenant's database that names something of this machine, where whoever gives it is not this
 * machine's account.
 * @param source who gives it, in words
 * @throws GatewayError `invalid_database_url` (422)
 */
export function refuseLocalFiles(databaseUrl: string, source: string): void {
  const given = databaseUrl.trim();
  const text = readServerList(given);
  if (!URL.canParse(text)) return;
  const url = new URL(text);
  const isSocket = serversOf(url).some(({ host }) => host === '' || host.startsWith('/'));
  // That of a list was put there just now.
  if (text !== given) url.searchParams.delete('host');
  const option = localOptions.find((name) => url.searchParams.has(name));
  if (option === undefined && !isSocket) return;
  throw new GatewayError(
    'invalid_database_url',
    `The database's address names ${option ?? 'a socket'} of this machine, which ${source} may not: ` +
      'add such a tenant by the command line.',
    422,
    [{ path: 'databaseUrl', message: 'names something of this machine' }],
  );
}
