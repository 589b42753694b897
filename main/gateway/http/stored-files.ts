import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** A file as it lies in memory, in the encodings that browsers may ask for. */
interface StoredFile {
  readonly etag: string;
  readonly plain: Buffer;
  /** absent where it would gain nothing */
  readonly gzip?: Buffer;
  readonly br?: Buffer;
}

type FileRequest = Pick<IncomingMessage, 'headers' | 'method'>;

export interface StoredFiles {
  /** Undefined: not there. Read again when the file has changed. */
  find(path: string): Promise<StoredFile | undefined>;
  /** Answers, with 304 where the browser has it; Cache-Control is the caller's. */
  send(request: FileRequest, response: ServerResponse, file: StoredFile, contentType: string): void;
}

const compressGzip = promisify(gzip);
const compressBrotli = promisify(brotliCompress);
/** Half a second for a script of 1 MB, once; the highest takes ten times that for two percent. */
const brotliQuality = 9;
const leastToCompress = 1_000;

/** Few files that are asked for often: compressed once and kept. */
export function createStoredFiles(): StoredFiles {
  const kept = new Map<string, { readonly version: string; readonly file: Promise<StoredFile> }>();
  return {
    async find(path) {
      const facts = await stat(path).catch(() => undefined);
      if (!facts?.isFile()) {
        kept.delete(path);
        return undefined;
      }
      const version = `${facts.mtimeMs} ${facts.size}`;
      const known = kept.get(path);
      if (known?.version === version) return known.file;
      const file = readStored(path);
      kept.set(path, { version, file });
      file.catch(() => kept.delete(path));
      return file;
    },
    send: sendStored,
  };
}

async function readStored(path: string): Promise<StoredFile> {
  const plain = await readFile(path);
  const etag = createHash('sha256').update(plain).digest('base64url').slice(0, 27);
  if (plain.length < leastToCompress) return { etag, plain };
  const [gzip, br] = await Promise.all([
    compressGzip(plain, { level: 9 }),
    compressBrotli(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality } }),
  ]);
  return gzip.length < plain.length ? { etag, plain, gzip, br } : { etag, plain };
}

function sendStored(
  request: FileRequest,
  response: ServerResponse,
  file: StoredFile,
  contentType: string,
): void {
  const encoding = (['br', 'gzip'] as const).find((name) => file[name] && accepts(request, name));
  const body = (encoding && file[encoding]) ?? file.plain;
  const etag = `"${file.etag}${encoding === undefined ? '' : `-${encoding}`}"`;
  response.setHeader('ETag', etag);
  response.appendHeader('Vary', 'Accept-Encoding');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (namesTag(request.headers['if-none-match'], etag)) {
    response.statusCode = 304;
    response.end();
    return;
  }
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', body.length);
  if (encoding) response.setHeader('Content-Encoding', encoding);
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** RFC 9110 12.5.3; `gzip;q=0` refuses it. */
function accepts(request: FileRequest, encoding: string): boolean {
  const header = request.headers['accept-encoding'];
  const accepted = (Array.isArray(header) ? header.join(',') : (header ?? '')).toLowerCase().split(',');
  return accepted.some((entry) => {
    const [name = '', ...parameters] = entry.split(';').map((part) => part.trim());
    return name === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

/** RFC 9110 13.1.2: a list of tags, compared without their `W/`. */
function namesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((entry) => ['*', etag].includes(entry.trim().replace(/^W\//, '')));
}
