import type { Caller } from '../auth/authentication';
import type { RequestHead } from '../auth/client-address';
import type { HttpParts } from './http-parts';
import { hasBearer, readCredentials } from './identify-caller';

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
  const address = parts.clientAddress(request);
  return parts.audit.record({
    actor: describeActor(parts, request, caller),
    action,
    customerId: caller.customerId,
    detail: { ...detail, address },
  });
}

/** `key mgw_AbCdEfGh`, `token (user 7)`, `session (user 7)`, `trusted address 192.168.1.10` */
function describeActor(
  parts: Pick<HttpParts, 'clientAddress'>,
  request: RequestHead,
  caller: Caller,
): string {
  const user = caller.userId === undefined ? '' : ` (user ${caller.userId})`;
  if (caller.via === 'trusted-source') return `trusted address ${parts.clientAddress(request)}${user}`;
  if (caller.via !== 'key' || !hasBearer(request)) return `${caller.via}${user}`;
  const { bearer = '' } = readCredentials(parts, request);
  return `key ${bearer.slice(0, keyPrefixLength)}`;
}
