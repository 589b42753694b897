import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '../errors';

/** Smaller bodies cost next to nothing, and are most of them. */
const smallBytes = 256 * 1024;
/** Of one customer, or of one address that has proven nothing yet: two of the largest batches, or documents. */
const mostOfOwner = 192 * 1024 * 1024;
/** Of all: what is read from them takes about as much again, twice. */
const mostOfAll = 512 * 1024 * 1024;
/** What a body that does not tell its length sets aside at a time. */
const stepBytes = 1024 * 1024;

/** Large bodies in memory, this process' own: bytes set aside by whose they are. */
const held = new Map<string, number>();
let heldByAll = 0;

/**
 * Sets memory aside for a body before it is read, until its answer is out: many large ones at once would end the
 * process, and nobody may take the room of all others.
 * @param owner the customer, once it is proven; else the address counts
 * @returns what has to be told how many bytes have come: a body without a length sets aside as it grows.
 * Both throw GatewayError `busy` (503)
 */
export function reserveBodyMemory(request: IncomingMessage, owner?: string): (receivedBytes: number) => void {
  const name = owner === undefined ? `address ${request.socket.remoteAddress ?? ''}` : `customer ${owner}`;
  let own = 0;

  function setAside(bytes: number): void {
    const ofOwner = held.get(name) ?? 0;
    if (ofOwner + bytes > mostOfOwner || heldByAll + bytes > mostOfAll) {
      throw new GatewayError('busy', 'Too many large requests at once. Send it again in a moment.', 503);
    }
    // Express keeps the answer at its request; what was parsed lives until that has left.
    const { res: response } = request as IncomingMessage & { res?: ServerResponse };
    if (own === 0) (response ?? request).once('close', release);
    own += bytes;
    held.set(name, ofOwner + bytes);
    heldByAll += bytes;
  }

  function release(): void {
    const left = (held.get(name) ?? 0) - own;
    if (left > 0) held.set(name, left);
    else held.delete(name);
    heldByAll -= own;
  }

  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > smallBytes) setAside(declared);
  return (receivedBytes) => {
    if (receivedBytes > Math.max(smallBytes, own)) {
      setAside(Math.ceil((receivedBytes - own) / stepBytes) * stepBytes);
    }
  };
}
