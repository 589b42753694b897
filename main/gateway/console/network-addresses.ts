import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { GatewayInfo } from '../../contracts/console/gateway-calls';

export type NetworkAddress = GatewayInfo['addresses'][number];

/** Bridges, tunnels and other networks that no other machine of the office is in. */
const virtualNames = /^(docker|br-|veth|virbr|vmnet|vboxnet|utun|tun|tap|wg|zt|tailscale|lxc|cni|flannel)/i;
const virtualDescriptions = /virtual|hyper-v|vethernet|vmware|wsl|loopback|bluetooth/i;

function rank(name: string, address: string): number {
  const isVirtual = virtualNames.test(name) || virtualDescriptions.test(name);
  const isPrivate = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address);
  // Given by the machine to itself where no router answered.
  const isSelfAssigned = address.startsWith('169.254.');
  return (isVirtual ? 4 : 0) + (isSelfAssigned ? 2 : 0) + (isPrivate ? 0 : 1);
}

/**
 * Where other machines reach a gateway that listens on `host`: IPv4, those of the office's network first and the
 * first one recommended. Only what it listens on, where that is one address.
 */
export function listNetworkAddresses(host: string, interfaces = networkInterfaces()): NetworkAddress[] {
  const all = Object.entries(interfaces)
    .flatMap(([name, addresses = []]) =>
      addresses.map(({ address, internal, family }) => ({ interface: name, address, internal, family })),
    )
    .filter(({ family }) => family === 'IPv4');
  const listensEverywhere = host === '0.0.0.0' || host === '::';
  const reachable = listensEverywhere
    ? all.filter(({ internal }) => !internal)
    : all.filter(({ address }) => address === host);
  if (!listensEverywhere && reachable.length === 0) {
    return [{ address: host, interface: isIPv4(host) ? '' : host, recommended: true }];
  }
  return reachable
    .map((found) => ({ ...found, rank: rank(found.interface, found.address) }))
    .sort((a, b) => a.rank - b.rank)
    .map((found, at) => ({
      address: found.address,
      interface: found.interface,
      recommended: at === 0,
    }));
}

/** What to give to programs on other machines; this machine's own name for itself where it is in no network. */
export function buildGatewayUrl(options: {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}): string {
  const address = listNetworkAddresses(options.host)[0]?.address ?? '127.0.0.1';
  const shown = address.includes(':') ? `[${address}]` : address;
  return `${options.tls ? 'https' : 'http'}://${shown}:${options.port}`;
}
