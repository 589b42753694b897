import { once } from 'node:events';
import { createReadStream, createWriteStream, type ReadStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import type { Transform } from 'node:stream';
import { createGunzip, createGzip, type Gunzip } from 'node:zlib';
import { errorCode, errorText, GatewayError } from '../errors';
import { renamePatiently } from '../system/patient-rename';
import { createSeal, isSealed, openSeal, sealHeadBytes } from './seal-stream';

/** One file of a .tar.gz; small enough to be held in memory. */
export interface ArchiveEntry {
  readonly name: string;
  readonly content: Buffer;
}

export interface ArchiveWriter {
  add(name: string, content: Buffer): Promise<void>;
  /** Puts the archive in its place, synced. Returns its size in bytes. */
  finish(): Promise<number>;
  /** Leaves nothing behind. */
  abort(): Promise<void>;
}

// https://www.gnu.org/software/tar/manual/html_node/Standard.html: the ustar header
const blockBytes = 512;
const nameBytes = 100;
const prefixBytes = 155;
/** Some 4 MB of rows and then one with a document of 64 MB, as text: more is no backup of ours. */
const largestEntryBytes = 128 * 1024 * 1024;
const mostEntries = 1_000_000;
/** Archives end in blocks of zeros. */
const mostTrailingBytes = 64 * 1024;
/** Rows that are all alike shrink to a hundredth; what grows further than this is made to fill a machine. */
const largestGrowth = 300;
const alwaysAllowedBytes = 256 * 1024 * 1024;

/**
 * Writes a .tar.gz that any tar opens, readable for this user only; with a passphrase, closed by it. It appears whole or
 * not at all.
 */
export async function createArchiveWriter(path: string, passphrase?: string): Promise<ArchiveWriter> {
  const unfinished = `${path}.${process.pid}.partial`;
  const seal = passphrase === undefined ? undefined : await createSeal(passphrase);
  const file = createWriteStream(unfinished, { flags: 'wx', mode: 0o600 });
  const gzip = createGzip();
  let failure: Error | undefined;
  const fail = (thrown: Error) => {
    failure ??= thrown;
    gzip.destroy();
    seal?.stream.destroy();
    file.destroy();
  };
  gzip.on('error', fail);
  file.on('error', fail);
  if (seal) {
    file.write(seal.head);
    seal.stream.on('error', fail);
    gzip.pipe(seal.stream).pipe(file);
  } else {
    gzip.pipe(file);
  }
  const closed = new Promise<void>((resolve) => file.once('close', resolve));

  async function write(bytes: Buffer): Promise<void> {
    // A stream that failed never drains: its end is awaited as well.
    if (!gzip.destroyed && !gzip.write(bytes)) await Promise.race([once(gzip, 'drain'), closed]);
    if (failure) throw failure;
  }

  return {
    async add(name, content) {
      await write(tarHeader(name, content.length));
      await write(content);
      await write(Buffer.alloc(paddingOf(content.length)));
    },
    async finish() {
      await write(Buffer.alloc(2 * blockBytes));
      gzip.end();
      await closed;
      if (failure) throw failure;
      const handle = await open(unfinished, 'r+');
      try {
        await handle.sync();
        const { size } = await handle.stat();
        await renamePatiently(unfinished, path);
        return size;
      } finally {
        await handle.close();
      }
    },
    async abort() {
      fail(new Error('the backup was given up'));
      await closed;
      await rm(unfinished, { force: true });
    },
  };
}

/** What an archive is read with. */
export interface ArchiveReading {
  /** the content of other entries is passed over, and empty */
  readonly isWanted?: (name: string) => boolean;
  /** of an archive that one closes */
  readonly passphrase?: string;
}

/**
 * Reads an archive entry by entry. It may be anybody's work: sizes and counts are bounded while it is read.
 * @throws GatewayError `backup_unreadable`, `passphrase_missing`, `passphrase_wrong`
 */
export async function* readArchive(
  path: string,
  { isWanted = () => true, passphrase }: ArchiveReading = {},
): AsyncGenerator<ArchiveEntry> {
  const opened = await openArchive(path, passphrase);
  const { file, gunzip } = opened;
  const bytes = createByteReader(gunzip);
  try {
    const { size: packedBytes } = await stat(path);
    const mostBytes = Math.max(alwaysAllowedBytes, packedBytes * largestGrowth);
    let allBytes = 0;
    for (let entries = 0; ; entries += 1) {
      const header = await bytes.take(blockBytes);
      if (header.every((byte) => byte === 0)) {
        // Up to gzip's own checksum: a bit that flipped in the middle is noticed there.
        await bytes.finish();
        return;
      }
      const { name, size } = parseTarHeader(header);
      allBytes += blockBytes + size;
      if (entries >= mostEntries || allBytes > mostBytes) throw new Error('it grows without end');
      const content = isWanted(name) ? await bytes.take(size) : await bytes.skip(size);
      await bytes.skip(paddingOf(size));
      yield { name, content };
    }
  } catch (thrown) {
    throw toUnreadable(path, thrown);
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}

async function openArchive(
  path: string,
  passphrase: string | undefined,
): Promise<{ file: ReadStream; gunzip: Gunzip }> {
  let head: Buffer;
  let unseal: Transform | undefined;
  try {
    head = await readHead(path);
    if (isSealed(head)) {
      if (passphrase === undefined) {
        throw new GatewayError(
          'passphrase_missing',
          'The backup is encrypted: set GATEWAY_BACKUP_PASSPHRASE to its passphrase.',
        );
      }
      unseal = await openSeal(head, passphrase);
    }
  } catch (thrown) {
    throw toUnreadable(path, thrown);
  }
  const file = createReadStream(path, { start: unseal ? sealHeadBytes : 0 });
  const gunzip = createGunzip();
  const fail = (thrown: Error) => gunzip.destroy(thrown);
  file.on('error', fail);
  unseal?.on('error', fail);
  (unseal ? file.pipe(unseal) : file).pipe(gunzip);
  return { file, gunzip };
}

async function readHead(path: string): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(sealHeadBytes), 0, sealHeadBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function toUnreadable(path: string, thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const reason = errorCode(thrown) === 'ENOENT' ? 'it is not there' : errorText(thrown);
  return new GatewayError(
    'backup_unreadable',
    `The backup ${path} cannot be read: ${reason}.`,
    400,
    undefined,
    { cause: thrown },
  );
}

function paddingOf(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(blockBytes);
  const [prefix, base] = splitName(name);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  header.write(base, 0, 'utf8');
  header.write(octal(0o600, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(Math.floor(Date.now() / 1000), 11), 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\0' + '00', 257, 'latin1');
  header.write(prefix, 345, 'utf8');
  header.write(`${octal(checksum(header), 6)}\0 `, 148, 'latin1');
  return header;
}

function splitName(name: string): [prefix: string, base: string] {
  const parts = findSplit(name);
  if (parts === undefined) throw new Error(`the name ${name} is too long for an archive`);
  return parts;
}

/** Can the header of an archive hold this name? */
export function fitsArchive(name: string): boolean {
  return findSplit(name) !== undefined;
}

function findSplit(name: string): [prefix: string, base: string] | undefined {
  if (Buffer.byteLength(name) <= nameBytes) return ['', name];
  for (let slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
    const [prefix, base] = [name.slice(0, slash), name.slice(slash + 1)];
    if (Buffer.byteLength(base) > nameBytes) return undefined;
    if (Buffer.byteLength(prefix) <= prefixBytes) return [prefix, base];
  }
  return undefined;
}

/** The sum of the header's bytes, its own field counted as blanks. */
function checksum(header: Buffer): number {
  let sum = 8 * 0x20;
  header.forEach((byte, at) => {
    if (at < 148 || at >= 156) sum += byte;
  });
  return sum;
}

function parseTarHeader(header: Buffer): { name: string; size: number } {
  const text = (from: number, length: number) =>
    header.toString('utf8', from, from + length).replace(/\0.*$/s, '');
  const size = parseInt(text(124, 12), 8);
  // Plain files only: no links, no folders.
  const isTar =
    text(257, 5) === 'ustar' && text(156, 1) === '0' && parseInt(text(148, 8), 8) === checksum(header);
  if (!isTar || !(size >= 0 && size <= largestEntryBytes)) throw new Error('it is no archive of a gateway');
  const prefix = text(345, prefixBytes);
  const base = text(0, nameBytes);
  return { name: prefix === '' ? base : `${prefix}/${base}`, size };
}

/** Hands out exactly as many bytes as are asked for. */
function createByteReader(source: AsyncIterable<Buffer>): {
  take(count: number): Promise<Buffer>;
  /** Passes over as many; returns nothing of them. */
  skip(count: number): Promise<Buffer>;
  /** Waits for the end. @throws Error where more comes than fills an archive up */
  finish(): Promise<void>;
} {
  const chunks = source[Symbol.asyncIterator]();
  let pending: Buffer[] = [];
  let available = 0;

  async function fetchMore(): Promise<void> {
    const next = await chunks.next();
    if (next.done) throw new Error('it ends too early');
    pending.push(next.value);
    available += next.value.length;
  }

  return {
    async finish() {
      let trailing = available;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
        trailing += next.value.length;
        if (trailing > mostTrailingBytes) throw new Error('something follows its end');
      }
    },
    async skip(count) {
      let left = count;
      while (available < left) {
        left -= available;
        pending = [];
        available = 0;
        await fetchMore();
      }
      await this.take(left);
      return Buffer.alloc(0);
    },
    async take(count) {
      while (available < count) await fetchMore();
      const all = pending.length === 1 ? pending[0] : Buffer.concat(pending);
      const whole = all ?? Buffer.alloc(0);
      pending = [whole.subarray(count)];
      available -= count;
      return whole.subarray(0, count);
    },
  };
}
