import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { GatewayConfig } from '../../gateway/config/config';
import { buildGatewayUrl, listNetworkAddresses } from '../../gateway/console/network-addresses';
import { errorCode } from '../../gateway/errors';
import { fail, ok, warn, type Check } from './check';

const lookupTimeoutMs = 3_000;

type NetworkConfig = Pick<GatewayConfig, 'host' | 'port' | 'tls'>;

/** Which address other machines use: the first thing that goes wrong between PHP and gateway. */
export function checkNetwork({ host, port, tls }: NetworkConfig): Check {
  const addresses = listNetworkAddresses(host).filter(
    ({ address }) => !/^127\.|^::1$|^localhost$/.test(address),
  );
  const url = buildGatewayUrl({ host, port, tls: tls !== undefined });
  if (addresses.length === 0) {
    return /^127\.|^::1$|^localhost$/.test(host)
      ? warn(
          'network',
          `HOST is ${host}: other machines cannot reach the gateway. Set HOST=0.0.0.0 if they should.`,
        )
      : warn('network', 'This machine is in no network: other machines cannot reach the gateway.');
  }
  return addresses[0]?.address.startsWith('169.254.')
    ? warn(
        'network',
        `No router gave this machine an address (${addresses[0].address}). Check the cable or the Wi-Fi.`,
      )
    : ok('network', `Other machines reach the gateway at ${url}. Reserve that address in the router.`);
}

/** The names that the configuration holds can be looked up. Nothing where it holds addresses only. */
export async function checkNames(
  config: Pick<GatewayConfig, 'systemSmtp' | 'sessionVerifyUrl'>,
  find: (name: string) => Promise<unknown> = (name) => lookup(name),
): Promise<Check[]> {
  const names = [config.systemSmtp?.host, hostOf(config.sessionVerifyUrl)].filter(
    (name): name is string => name !== undefined && name !== 'localhost' && isIP(name) === 0,
  );
  return Promise.all(
    [...new Set(names)].map(async (name) => {
      const tooLong = new Promise((_resolve, reject) => {
        setTimeout(() => reject(new Error('no answer')), lookupTimeoutMs).unref();
      });
      try {
        await Promise.race([find(name), tooLong]);
        return ok('names', `${name} is found.`);
      } catch (thrown) {
        return errorCode(thrown) === 'ENOTFOUND'
          ? fail('names', `There is no ${name}: check its spelling, and the DNS server of this machine.`)
          : fail('names', `${name} cannot be looked up: the DNS server of this machine does not answer.`);
      }
    }),
  );
}

function hostOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).hostname : undefined;
}
