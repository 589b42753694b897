import { BlockList, isIP } from 'node:net';
import type { TrustedSource } from '../config/config';

export interface TrustedSources {
  /** May this address speak for this tenant? */
  speaksFor(address: string, customerId: string): boolean;
  /** Is the address in any of the ranges? */
  knows(address: string): boolean;
  /** The one tenant that this address speaks for; undefined when there is none, or any (`*`), or several. */
  onlyTenant(address: string): string | undefined;
}

export function createTrustedSources(sources: readonly TrustedSource[]): TrustedSources {
  const rules = sources.map((source) => ({ customerId: source.customerId, list: toBlockList(source) }));
  const matching = (address: string) => {
    const plain = plainAddress(address);
    const family = isIP(plain);
    if (family === 0) return [];
    return rules.filter((rule) => rule.list.check(plain, family === 6 ? 'ipv6' : 'ipv4'));
  };
  return {
    knows: (address) => rules.length > 0 && matching(address).length > 0,
    speaksFor: (address, customerId) =>
      rules.length > 0 &&
      matching(address).some((rule) => rule.customerId === '*' || rule.customerId === customerId),
    onlyTenant(address) {
      const tenants = new Set(matching(address).map((rule) => rule.customerId));
      const [first] = tenants;
      return tenants.size === 1 && first !== '*' ? first : undefined;
    },
  };
}

function toBlockList(source: TrustedSource): BlockList {
  const list = new BlockList();
  list.addSubnet(source.address, source.prefixLength, source.family);
  return list;
}

/** A dual-stack socket reports IPv4 peers as `::ffff:192.168.1.10`. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}
