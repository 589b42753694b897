import { BlockList, isIPv4, isIPv6 } from 'node:net';

/**
 * IPv4 ranges that are not on the public internet.
 * Source: IANA IPv4 Special-Purpose Address Registry (RFC 6890), multicast (RFC 5771), class E (RFC 1112).
 */
const closedIPv4Ranges: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8], // "this network"
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local; cloud metadata services live here
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // former 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarks between networks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
];

/**
 * Closed ranges inside 2000::/3, the only part of IPv6 that is handed out for the public internet;
 * everything outside it (loopback, mapped, unique local, link-local, multicast, …) is closed anyway.
 * Source: IANA IPv6 Special-Purpose Address Registry and IPv6 Global Unicast Address Assignments.
 */
const closedIPv6Ranges: readonly (readonly [network: string, prefix: number])[] = [
  ['2001::', 23], // protocol assignments, Teredo among them
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4: carries any IPv4 address, private ones too
  ['3fff::', 20], // documentation
];

const closedIPv4 = new BlockList();
const publicIPv6 = new BlockList();
const closedIPv6 = new BlockList();
const translatedIPv4 = new BlockList();

// Two lists, one a family: in one list an IPv6 rule for mapped addresses would match every IPv4 address.
publicIPv6.addSubnet('2000::', 3, 'ipv6');
translatedIPv4.addSubnet('64:ff9b::', 96, 'ipv6');
for (const [network, prefix] of closedIPv6Ranges) closedIPv6.addSubnet(network, prefix, 'ipv6');
for (const [network, prefix] of closedIPv4Ranges) {
  closedIPv4.addSubnet(network, prefix, 'ipv4');
  // NAT64 (RFC 6052): networks without IPv4 reach public IPv4 hosts by this prefix; private ones stay closed.
  closedIPv6.addSubnet(`64:ff9b::${network}`, 96 + prefix, 'ipv6');
}

/**
 * Is this address anything but a host on the public internet: private, loopback, link-local, multicast,
 * reserved, IPv4 in an IPv6 wrapping? What is no IP address counts as private, so that a mistake refuses.
 */
export function isPrivateAddress(address: string): boolean {
  const zone = address.indexOf('%');
  const plain = zone === -1 ? address : address.slice(0, zone);
  if (isIPv4(plain)) return closedIPv4.check(plain, 'ipv4');
  if (!isIPv6(plain)) return true;
  if (closedIPv6.check(plain, 'ipv6')) return true;
  return !publicIPv6.check(plain, 'ipv6') && !translatedIPv4.check(plain, 'ipv6');
}
