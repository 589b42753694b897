import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { createSerialQueue } from '../concurrency/serial-queue';
import { GatewayError } from '../errors';

/**
 * 32 MB and about a quarter of a second: one of OWASP's settings for scrypt
 * (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html).
 */
const cost = { N: 2 ** 15, r: 8, p: 3 };
const saltBytes = 16;
const hashBytes = 32;
/** Each takes a thread of the few that files and names are read with: one at a time, and no long queue. */
const longestQueue = 10;

const inTurn = createSerialQueue();
let waiting = 0;

function derive(password: string, salt: Buffer, { N, r, p }: typeof cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // NFKC: the same letters typed on another keyboard are the same password.
    scrypt(password.normalize('NFKC'), salt, hashBytes, { N, r, p, maxmem: 256 * N * r }, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

/** @throws GatewayError `busy` (503) when many wait already */
async function deriveInTurn(password: string, salt: Buffer, asCosted: typeof cost): Promise<Buffer> {
  if (waiting >= longestQueue) {
    throw new GatewayError('busy', 'Too many people sign in at once. Try again in a moment.', 503);
  }
  waiting += 1;
  try {
    return await inTurn(() => derive(password, salt, asCosted));
  } finally {
    waiting -= 1;
  }
}

const shortestPassword = 10;
export const longestPassword = 1_000;

/** @throws GatewayError `invalid_password` (422) */
export function requireFitPassword(password: string): void {
  if (password.length >= shortestPassword && password.length <= longestPassword) return;
  const range = `${shortestPassword} to ${longestPassword.toLocaleString('en')} characters`;
  throw new GatewayError('invalid_password', `A password must have ${range}.`, 422, [
    { path: 'password', message: `must have ${range}` },
  ]);
}

/** `scrypt$32768$8$3$salt$hash`, with what it was made with, so that stronger ones can follow. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await deriveInTurn(password, salt, cost);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** Takes as long, and says no, where there is no hash: nobody learns by the clock whether there is one. */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [scheme, N, r, p, salt = '', hash = ''] = (stored ?? '').split('$');
  if (scheme !== 'scrypt') {
    await deriveInTurn(password, randomBytes(saltBytes), cost);
    return false;
  }
  const asCosted = { N: Number(N), r: Number(r), p: Number(p) };
  const derived = await deriveInTurn(password, Buffer.from(salt, 'base64url'), asCosted);
  const expected = Buffer.from(hash, 'base64url');
  return derived.length === expected.length && timingSafeEqual(derived, expected);
}
