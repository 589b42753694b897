import { createServer } from 'node:net';
import type { GatewayConfig } from '../../gateway/config/config';
import { errorCode, errorText } from '../../gateway/errors';
import { loadTlsCertificate } from '../../gateway/secrets/tls-certificate';
import { fail, ok, type Check } from './check';
import { getJson } from './get-json';

type PortConfig = Pick<GatewayConfig, 'host' | 'port' | 'tls' | 'dataDir'>;

/** Either our gateway answers on the port, or nobody does. */
export async function checkPort(config: PortConfig): Promise<Check> {
  const { host, port } = config;
  if (port === 0) return ok('port', 'Any free port is taken at the start (PORT is 0).');
  const health = await askHealth(config);
  if (health !== undefined) return health;
  const trouble = await tryToListen(host, port);
  if (trouble === undefined) return ok('port', `${port} is free: the gateway is not running.`);
  return errorCode(trouble) === 'EADDRINUSE'
    ? fail('port', `${port} is taken by another program.`)
    : fail('port', `The gateway cannot listen on ${host}:${port}: ${errorText(trouble)}.`);
}

/** Undefined: nobody answers, or somebody else. */
export async function askHealth({ host, port, tls, dataDir }: PortConfig): Promise<Check | undefined> {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const address = `${tls ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${port}/health`;
  try {
    const health = (await getJson(address, (await loadTlsCertificate({ tls, dataDir }, false))?.cert)) as {
      status?: unknown;
      version?: unknown;
      error?: unknown;
    };
    const version = typeof health.version === 'string' ? health.version : 'of an unknown version';
    if (health.status === 'ok') return ok('port', `The gateway ${version} answers on ${port}.`);
    if (health.status !== 'degraded') return undefined;
    const reason = typeof health.error === 'string' ? health.error : 'no reason given';
    return fail('port', `The gateway ${version} on ${port} is degraded: ${reason}`);
  } catch {
    return undefined;
  }
}

function tryToListen(host: string, port: number): Promise<unknown> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
