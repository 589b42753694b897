import type { Command } from 'commander';
import { readConfig, type GatewayConfig } from '../gateway/config/config';
import { buildGatewayUrl } from '../gateway/console/network-addresses';
import { GatewayError } from '../gateway/errors';
import { loadTlsCertificate } from '../gateway/secrets/tls-certificate';
import { printResult } from './command-output';
import { checkNetwork } from './doctor/check-network';
import { getJson } from './doctor/get-json';

export function addPhpCheckCommand(program: Command): void {
  program
    .command('php-check')
    .description('says which address the PHP application should use, and what to paste there')
    .option('--json', 'prints one JSON object')
    .action(checkPhp);
}

async function checkPhp(options: { readonly json?: boolean }): Promise<void> {
  const config = readConfig(process.env, process.cwd(), undefined, 'command');
  const certificate = await loadTlsCertificate(config, false);
  const isRunning = await answers(config, certificate?.cert);
  const url = buildGatewayUrl({ host: config.host, port: config.port, tls: config.tls !== undefined });
  const network = checkNetwork(config);
  const pin = certificate?.selfMade === true ? certificate.publicKeyPin : undefined;
  printResult(
    options.json,
    {
      running: isRunning,
      url,
      connect_url: `${url}/connect`,
      hints: network.status === 'ok' ? [] : [network.message],
      ...(pin === undefined ? {} : { pin }),
    },
    [
      `Address for the PHP application: ${url}`,
      ...(pin === undefined ? [] : [`Pin of its certificate: ${pin}`]),
      network.message,
      ...(isRunning
        ? [`Open ${url}/connect on the machine of the PHP application: it says whether it gets through.`]
        : []),
    ],
  );
  if (!isRunning) {
    throw new GatewayError('not_running', `No gateway answers on port ${config.port}: start it first.`);
  }
}

/** Asked on this machine: whether other machines get through is for them to try. */
async function answers({ host, port, tls }: GatewayConfig, ca: string | undefined): Promise<boolean> {
  const name =
    host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  try {
    const answer = await getJson(`${tls === undefined ? 'http' : 'https'}://${name}:${port}/connect`, ca);
    return (answer as { reached?: unknown } | null)?.reached === true;
  } catch {
    return false;
  }
}
