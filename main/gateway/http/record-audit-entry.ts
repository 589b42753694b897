import type { Caller } from '../auth/authentication';
import type { RequestHead } from '../auth/client-address';
import type { HttpParts } from './http-parts';
import { readCredentials } from './identify-caller';

/** As much of a key as `key list` shows. */
const keyPrefixLength = 12;

/** Tells the audit log what a caller did to its customer; it is done, whether that can be stored or not. */
export function recordAuditEntry(
  parts: Pick<HttpParts, 'audit' | 'clientAddress'>,
  request: RequestHead,
  caller: Caller,
  action: string,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { bearer, address } = readCredentials(parts, request);
  return parts.audit.record({
    actor: describeActor(caller, bearer, address),
    action,
    customerId: caller.customerId,
    detail: { ...detail, address },
  });
}

/** `key mgw_AbCdEfGh`, `token (user 7)`, `session (user 7)`, `trusted address 192.168.1.10` */
function describeActor(caller: Caller, bearer: string | undefined, address: string): string {
  const user = caller.userId === undefined ? '' : ` (user ${caller.userId})`;
  if (caller.via === 'trusted-source') return `trusted address ${address}${user}`;
  if (caller.via !== 'key' || bearer === undefined) return `${caller.via}${user}`;
  return `key ${bearer.slice(0, keyPrefixLength)}`;
}
