import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { createServer } from 'node:net';
import type { GatewayConfig } from '../../gateway/config/config';
import { errorCode, errorText } from '../../gateway/errors';
import { loadTlsCertificate } from '../../gateway/secrets/tls-certificate';
import { fail, ok, type Check } from './check';

const timeoutMs = 3_000;

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

/** @param ca trusted besides the known authorities, whatever name the certificate is for: it is this machine's */
function getJson(address: string, ca: string | undefined): Promise<unknown> {
  const options = { signal: AbortSignal.timeout(timeoutMs), ca, checkServerIdentity: () => undefined };
  return new Promise((resolve, reject) => {
    const request = (ca === undefined ? getPlain : getSecure)(address, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve(JSON.parse(text));
        } catch (thrown) {
          reject(thrown instanceof Error ? thrown : new Error(errorText(thrown)));
        }
      });
    });
    request.on('error', reject);
  });
}

function tryToListen(host: string, port: number): Promise<unknown> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
