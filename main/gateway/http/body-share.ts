import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '../errors';

/** Smaller bodies cost next to nothing, and are most of them. */
const smallBytes = 256 * 1024;
/** Of one customer, or of one address that has proven nothing yet: two of the largest batches, or documents. */
const mostOfOwner = 192 * 1024 * 1024;
/** Of all: what is read from them takes about as much again, twice. */
const mostOfAll = 512 * 1024 * 1024;

/** Large bodies in memory, this process' own: declared bytes by whose they are. */
const held = new Map<string, number>();
let heldByAll = 0;

/**
 * Sets memory aside for a body before it is read, until its answer is out: many large ones at once would end the
 * process, and nobody may take the room of all others. One without a length counts as the longest that is allowed.
 * @param owner the customer, once it is proven; else the address counts
 * @throws GatewayError `busy` (503)
 */
export function holdBody(request: IncomingMessage, limitBytes: number, owner?: string): void {
  const declared = request.headers['content-length'];
  const bytes = declared === undefined && !hasBody(request) ? 0 : Number(declared ?? limitBytes);
  if (!(bytes > smallBytes)) return;
  const name = owner === undefined ? `address ${request.socket.remoteAddress ?? ''}` : `customer ${owner}`;
  const ofOwner = held.get(name) ?? 0;
  if (ofOwner + bytes > mostOfOwner || heldByAll + bytes > mostOfAll) {
    throw new GatewayError('busy', 'Too many large requests at once. Send it again in a moment.', 503);
  }
  held.set(name, ofOwner + bytes);
  heldByAll += bytes;
  const release = () => {
    const left = (held.get(name) ?? 0) - bytes;
    if (left > 0) held.set(name, left);
    else held.delete(name);
    heldByAll -= bytes;
  };
  // Express keeps the answer at its request; what was parsed lives until that has left.
  const { res: response } = request as IncomingMessage & { res?: ServerResponse };
  (response ?? request).once('close', release);
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined;
}
