import type { ServerResponse } from 'node:http';
import { GatewayError } from '../errors';

/** What the system takes over at once takes no memory here. */
const smallBytes = 256 * 1024;
const mostOfOwner = 96 * 1024 * 1024;
const mostOfAll = 256 * 1024 * 1024;
/** Whoever does not read for so long does not want it. */
const readWithinMs = 60_000;

const owners = new WeakMap<ServerResponse, string>();
/** Large answers in memory, this process' own: bytes by whose they are. */
const unsent = new Map<string, number>();
let unsentOfAll = 0;

/** Says whose an answer is going to be. */
export function answerAsOf(response: ServerResponse, customerId: string): void {
  owners.set(response, customerId);
}

/**
 * Sets memory aside for an answer until it has left, and ends the connection of whoever does not read it: answers
 * that nobody reads would fill the memory.
 * @throws GatewayError `busy` (503) while too many wait to be read
 */
export function reserveAnswerMemory(response: ServerResponse, bytes: number): void {
  if (bytes <= smallBytes) return;
  const owner = owners.get(response) ?? `address ${response.req.socket.remoteAddress ?? ''}`;
  const ofOwner = unsent.get(owner) ?? 0;
  const isTooMuch =
    (ofOwner > 0 && ofOwner + bytes > mostOfOwner) || (unsentOfAll > 0 && unsentOfAll + bytes > mostOfAll);
  if (isTooMuch) {
    throw new GatewayError(
      'busy',
      'Too many large answers have not been read yet. Ask again in a moment.',
      503,
    );
  }
  unsent.set(owner, ofOwner + bytes);
  unsentOfAll += bytes;
  const timer = setTimeout(() => response.destroy(), readWithinMs);
  response.once('close', () => {
    clearTimeout(timer);
    const left = (unsent.get(owner) ?? 0) - bytes;
    if (left > 0) unsent.set(owner, left);
    else unsent.delete(owner);
    unsentOfAll -= bytes;
  });
}
