import {
  createCipheriv,
  createDecipheriv,
  randomBytes,
  scrypt,
  timingSafeEqual,
  type ScryptOptions,
} from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { promisify } from 'node:util';
import { GatewayError } from '../errors';

/**
 * A file that a passphrase closes. Its head is `MGSEALED`, one byte each for the version and log2 of scrypt's N, and 16
 * bytes of salt. Then come pieces of 64 KB, each AES-256-GCM with its tag behind it. A piece's nonce is its number,
 * and whether it is the last: pieces that were swapped, repeated or cut off are noticed (the STREAM construction,
 * Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015).
 * A key is used for one file only, because its salt is random.
 */
const magic = Buffer.from('MGSEALED');
const version = 1;
const saltBytes = 16;
export const sealHeadBytes = magic.length + 2 + saltBytes;
const pieceBytes = 64 * 1024;
const tagBytes = 16;
/** 128 MB and a third of a second: what it costs to try one passphrase. */
const costLog2 = 17;
/** More is made to fill a machine. */
const highestCostLog2 = 20;

const deriveKey = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

export function isSealed(head: Buffer): boolean {
  return head.length >= magic.length && timingSafeEqual(head.subarray(0, magic.length), magic);
}

/** @returns what is written first, and the stream that everything after it goes through */
export async function createSeal(passphrase: string): Promise<{ head: Buffer; stream: Transform }> {
  const salt = randomBytes(saltBytes);
  const key = await toKey(passphrase, salt, costLog2);
  let number = 0;
  return {
    head: Buffer.concat([magic, Buffer.from([version, costLog2]), salt]),
    stream: createPieceStream(pieceBytes, (piece, isLast) => {
      const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number, isLast));
      number += 1;
      return Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()]);
    }),
  };
}

/**
 * @param head the file's first `sealHeadBytes`
 * @throws GatewayError `backup_unreadable`; the stream fails with `passphrase_wrong` or `backup_unreadable`
 */
export async function openSeal(head: Buffer, passphrase: string): Promise<Transform> {
  const cost = head[magic.length + 1] ?? 0;
  const isKnown = head.length === sealHeadBytes && head[magic.length] === version;
  if (!isKnown || cost < 10 || cost > highestCostLog2) {
    throw new GatewayError(
      'backup_unreadable',
      'The backup was encrypted by a newer gateway, or is damaged.',
    );
  }
  const key = await toKey(passphrase, head.subarray(magic.length + 2), cost);
  let number = 0;
  return createPieceStream(pieceBytes + tagBytes, (piece, isLast) => {
    try {
      if (piece.length < tagBytes) throw new Error('too short');
      const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(number, isLast));
      decipher.setAuthTag(piece.subarray(-tagBytes));
      const plain = Buffer.concat([decipher.update(piece.subarray(0, -tagBytes)), decipher.final()]);
      number += 1;
      return plain;
    } catch {
      throw number === 0
        ? new GatewayError(
            'passphrase_wrong',
            'The passphrase does not open this backup, or the file is damaged.',
          )
        : new GatewayError('backup_unreadable', 'The backup is damaged, or was cut off.');
    }
  });
}

function toKey(passphrase: string, salt: Buffer, cost: number): Promise<Buffer> {
  const N = 2 ** cost;
  // The same letters typed on another keyboard are the same passphrase.
  return deriveKey(passphrase.normalize('NFC'), salt, 32, { N, r: 8, p: 1, maxmem: 256 * N * 8 });
}

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(number, 5, 6);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

/** Cuts what comes into pieces of one size; the last may be shorter, and is known to be the last. */
function createPieceStream(bytes: number, change: (piece: Buffer, isLast: boolean) => Buffer): Transform {
  let waiting: Buffer[] = [];
  let length = 0;
  function take(stream: Transform, isLast: boolean): void {
    const all = Buffer.concat(waiting);
    let at = 0;
    // One is always kept back: whether it is the last shows when more comes.
    for (; all.length - at > bytes; at += bytes) stream.push(change(all.subarray(at, at + bytes), false));
    const rest = all.subarray(at);
    if (isLast) stream.push(change(rest, true));
    waiting = isLast ? [] : [rest];
    length = isLast ? 0 : rest.length;
  }
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      waiting.push(chunk);
      length += chunk.length;
      attempt(done, () => {
        if (length > bytes) take(this, false);
      });
    },
    flush(done: TransformCallback) {
      attempt(done, () => {
        take(this, true);
      });
    },
  });
}

function attempt(done: TransformCallback, work: () => void): void {
  try {
    work();
    done();
  } catch (thrown) {
    done(thrown as Error);
  }
}
