import type { IncomingMessage } from 'node:http';
import proxyAddr from 'proxy-addr';
import type { GatewayConfig } from '../config/config';
import { plainAddress } from './trusted-sources';

/** What is known of a request before anything of its body is read. */
export type RequestHead = Pick<IncomingMessage, 'headers' | 'socket'>;

/** The address that a request really comes from. */
export type ReadClientAddress = (request: RequestHead) => string;

/** Is this the address of a proxy that the operator named? `hop` 0: the peer itself. */
function createProxyTrust(
  trustProxy: Exclude<GatewayConfig['trustProxy'], false>,
): (address: string, hop: number) => boolean {
  return typeof trustProxy === 'number'
    ? (_address, hop) => hop < trustProxy
    : proxyAddr.compile([...trustProxy]);
}

/** The peer's own address; X-Forwarded-For is believed only from the proxies that the operator named. */
export function createClientAddressReader(trustProxy: GatewayConfig['trustProxy']): ReadClientAddress {
  if (trustProxy === false) return (request) => plainAddress(request.socket.remoteAddress ?? '');
  const trust = createProxyTrust(trustProxy);
  // Of a request it takes the head only.
  return (request) => plainAddress(proxyAddr(request as IncomingMessage, trust));
}

/** Whether X-Forwarded-Host and -Proto of a request are to be believed. */
export function createForwardingReader(
  trustProxy: GatewayConfig['trustProxy'],
): (request: RequestHead) => boolean {
  if (trustProxy === false) return () => false;
  const trust = createProxyTrust(trustProxy);
  return (request) => trust(request.socket.remoteAddress ?? '', 0);
}
