import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createSeal, isSealed, openSeal, sealHeadBytes } from '../../main/gateway/backup/seal-stream';

const passphrase = 'correct horse battery';
const pieceBytes = 64 * 1024;

async function seal(plain: Buffer, chunkBytes = 10_000): Promise<Buffer> {
  const { head, stream } = await createSeal(passphrase);
  return Buffer.concat([head, await buffer(Readable.from(cut(plain, chunkBytes)).pipe(stream))]);
}

async function open(sealed: Buffer, chunkBytes = 9_999, word = passphrase): Promise<Buffer> {
  const stream = await openSeal(sealed.subarray(0, sealHeadBytes), word);
  return buffer(Readable.from(cut(sealed.subarray(sealHeadBytes), chunkBytes)).pipe(stream));
}

function* cut(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('what a passphrase closes', () => {
  it('opens again, whatever its length', async () => {
    for (const length of [
      0,
      1,
      pieceBytes - 1,
      pieceBytes,
      pieceBytes + 1,
      3 * pieceBytes,
      3 * pieceBytes + 5,
    ]) {
      const plain = randomBytes(length);
      const sealed = await seal(plain);
      expect(isSealed(sealed)).toBe(true);
      expect((await open(sealed)).equals(plain), String(length)).toBe(true);
    }
  });

  it('shows nothing of what is in it, and never looks the same', async () => {
    const plain = Buffer.from('payslip of Thandi '.repeat(100));
    const [first, second] = [await seal(plain), await seal(plain)];
    expect(first.includes('payslip')).toBe(false);
    expect(first.subarray(sealHeadBytes).equals(second.subarray(sealHeadBytes))).toBe(false);
  });

  it('stays closed to another passphrase', async () => {
    const sealed = await seal(Buffer.from('x'));
    await expect(open(sealed, 100, 'another passphrase')).rejects.toMatchObject({ code: 'passphrase_wrong' });
  });

  it('notices what was changed, cut off, swapped or added', async () => {
    const sealed = await seal(randomBytes(3 * pieceBytes));
    const piece = (number: number) => {
      const at = sealHeadBytes + number * (pieceBytes + 16);
      return sealed.subarray(at, at + pieceBytes + 16);
    };
    const head = sealed.subarray(0, sealHeadBytes);
    const flipped = Buffer.from(sealed);
    flipped[sealHeadBytes + pieceBytes + 500]! ^= 1;
    for (const [what, bad] of Object.entries({
      flipped,
      'cut in a piece': sealed.subarray(0, -1),
      'cut between pieces': Buffer.concat([head, piece(0), piece(1)]),
      swapped: Buffer.concat([head, piece(1), piece(0), piece(2)]),
      repeated: Buffer.concat([head, piece(0), piece(0), piece(1), piece(2)]),
      'something behind it': Buffer.concat([sealed, Buffer.from('x')]),
      'nothing but a head': head,
    })) {
      await expect(open(bad), what).rejects.toMatchObject({ code: expect.stringMatching(/_/) as string });
    }
  });

  it('asks for no more memory than it must: a head that wants it all is refused', async () => {
    const sealed = await seal(Buffer.from('x'));
    sealed[9] = 40;
    await expect(open(sealed)).rejects.toMatchObject({ code: 'backup_unreadable' });
  });
});
