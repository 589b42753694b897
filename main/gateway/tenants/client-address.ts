import type { IncomingMessage } from 'node:http';
import proxyAddr from 'proxy-addr';
import type { GatewayConfig } from '../config';
import { plainAddress } from './trusted-sources';

/** The address that a request really comes from. */
export type ReadClientAddress = (request: IncomingMessage) => string;

/** The peer's own address; X-Forwarded-For is believed only from the proxies that the operator named. */
export function createClientAddressReader(trustProxy: GatewayConfig['trustProxy']): ReadClientAddress {
  if (trustProxy === false) return (request) => plainAddress(request.socket.remoteAddress ?? '');
  const trust =
    typeof trustProxy === 'number'
      ? (_address: string, hop: number) => hop < trustProxy
      : proxyAddr.compile([...trustProxy]);
  return (request) => plainAddress(proxyAddr(request, trust));
}
