import { hostname } from 'node:os';
import { domainToAscii } from '../../../contracts/email-address';

/** What many servers take where nothing better is known; `localhost` alone and `[127.0.0.1]` many refuse. */
const lastResort = 'localhost.localdomain';

/** The part after the @, in ASCII. */
export function domainOf(address: string): string | undefined {
  return domainToAscii(address.slice(address.lastIndexOf('@') + 1));
}

/**
 * What the gateway introduces itself as (EHLO): the name that was set, else the sender's domain, else this machine's
 * full name. Servers refuse names without a dot.
 */
export function chooseEhloName(setName: string | null | undefined, senderAddress: string): string {
  const candidates = [setName?.trim(), domainOf(senderAddress), hostname()];
  const isFull = (name: string | undefined): name is string =>
    name !== undefined &&
    (/^\[.+\]$/.test(name) || /^[a-z\d](?:[a-z\d.-]*[a-z\d])?\.[a-z\d-]*[a-z\d]$/i.test(name));
  return candidates.find(isFull) ?? lastResort;
}
