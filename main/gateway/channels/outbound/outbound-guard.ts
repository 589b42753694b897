import { lookup as lookupByDns } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { createKeyedFlight } from '../../concurrency/single-flight';
import { errorCode, GatewayError } from '../../errors';
import { isPrivateAddress } from './private-addresses';

/** One address of a host, as Node's `dns.lookup` gives it. */
export interface HostAddress {
  readonly address: string;
  readonly family: number;
}

/** Finds all addresses of a host; the operating system's way unless a test hands in another. */
export type LookupHost = (hostname: string) => Promise<readonly HostAddress[]>;

export type OutboundRefusalCode =
  | 'url_invalid'
  | 'url_scheme_refused'
  | 'url_credentials_refused'
  | 'private_address_refused'
  | 'host_unknown';

/** An address that the gateway does not call; the message is a sentence for the operator. */
export class OutboundRefusedError extends GatewayError {
  override readonly name = 'OutboundRefusedError';

  constructor(
    override readonly code: OutboundRefusalCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(code, message, 422, undefined, options);
  }
}

export interface OutboundRules {
  /** the tenant's `allow_private_urls`: machines of the office's own network may be called */
  readonly allowPrivate: boolean;
}

function refusePrivate(host: string, address: string): OutboundRefusedError {
  const where = host === address ? address : `${host} (${address})`;
  return new OutboundRefusedError(
    'private_address_refused',
    `${where} is an address of a private network, and this customer's settings do not let the gateway call those. ` +
      'Set allow_private_urls to true for this customer if the machine is one of yours.',
  );
}

/** `[::1]` → `::1`; the URL parser has turned decimal, octal and hexadecimal notations into dotted ones. */
function withoutBrackets(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/**
 * Reads a URL that the gateway is asked to call. Checks everything that needs no name lookup.
 * @throws OutboundRefusedError for what is no http(s) URL, carries a user name or password, or names a
 * private IP address in any notation
 */
export function parseOutboundUrl(url: string, rules: OutboundRules): URL {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (thrown) {
    throw new OutboundRefusedError(
      'url_invalid',
      'The address is not a complete URL such as https://example.com/hook.',
      {
        cause: thrown,
      },
    );
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw new OutboundRefusedError(
      'url_scheme_refused',
      `The gateway calls only http and https addresses, not ${parsed.protocol.slice(0, -1)}.`,
    );
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new OutboundRefusedError(
      'url_credentials_refused',
      'The address holds a user name or password, which would end up in logs. Take it out of the address.',
    );
  }
  const host = withoutBrackets(parsed.hostname);
  if (!rules.allowPrivate && isIP(host) !== 0 && isPrivateAddress(host)) throw refusePrivate(host, host);
  return parsed;
}

const lookupHost: LookupHost = (hostname) => lookupByDns(hostname, { all: true, verbatim: true });

/**
 * One lookup at a time for each host. The system's lookups share four threads with the rest of the
 * process, so that one host whose name server is silent must not take more than one of them.
 */
function shareLookups(lookup: LookupHost): LookupHost {
  const share = createKeyedFlight<readonly HostAddress[]>();
  return (hostname) => share(hostname, () => lookup(hostname));
}

async function findAllowedAddresses(
  hostname: string,
  rules: OutboundRules,
  lookup: LookupHost,
): Promise<readonly HostAddress[]> {
  let found: readonly HostAddress[];
  try {
    found = await lookup(hostname);
  } catch (thrown) {
    throw new OutboundRefusedError(
      'host_unknown',
      errorCode(thrown) === 'ENOTFOUND'
        ? `There is no host named ${hostname}.`
        : `The name ${hostname} could not be looked up.`,
      { cause: thrown },
    );
  }
  const [first] = found;
  if (first === undefined)
    throw new OutboundRefusedError('host_unknown', `There is no host named ${hostname}.`);
  if (rules.allowPrivate) return found;
  const allowed = found.filter(({ address }) => !isPrivateAddress(address));
  if (allowed.length === 0) throw refusePrivate(hostname, first.address);
  return allowed;
}

/**
 * A lookup for `net.connect` that resolves, checks and hands on the checked addresses in one step: the
 * socket connects to exactly what was checked, whatever the name server answers a moment later.
 * Hosts that are IP addresses never come here; `parseOutboundUrl` checks those.
 */
export function createPinnedLookup(rules: OutboundRules, lookup: LookupHost = lookupHost): LookupFunction {
  const sharedLookup = shareLookups(lookup);
  return (hostname, options, callback) => {
    findAllowedAddresses(hostname, rules, sharedLookup).then(
      (addresses) => {
        const wanted = addresses.filter(({ family }) => !options.family || family === options.family);
        const usable = wanted.length > 0 ? wanted : addresses;
        if (options.all === true) callback(null, [...usable]);
        else callback(null, usable[0]?.address ?? '', usable[0]?.family);
      },
      (thrown: unknown) => {
        callback(thrown as NodeJS.ErrnoException, '');
      },
    );
  };
}
