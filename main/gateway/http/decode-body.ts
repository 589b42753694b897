import type { IncomingMessage } from 'node:http';
import { Transform, type Readable, type TransformCallback } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { errorText, GatewayError } from '../errors';

/** Content-Encoding → what undoes it. */
const inflaters: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createAnyInflate(),
  br: () => createBrotliDecompress(),
};
const mostEncodings = 3;

/**
 * The body of a request as UTF-8, whatever compression and charset it came in: the request itself where there is
 * nothing to undo. What is inflated must be counted by whoever reads it; no more is inflated than is read.
 * @throws GatewayError `unsupported_encoding` or `unsupported_charset` (415) at once; what is not what it says is an
 * `error` of the stream: GatewayError `invalid_encoding` (400)
 */
export function openBody(request: IncomingMessage): Readable {
  const stages = [...contentEncodings(request).reverse().map(createInflater), ...createCharsetStage(request)];
  let source: Readable = request;
  for (const stage of stages) {
    const before = source;
    const fail = (thrown: Error) => stage.destroy(thrown);
    before.on('error', fail);
    // A request that is cut off ends without an end.
    before.on('close', () => {
      if (!before.readableEnded)
        stage.destroy(new GatewayError('body_cut_off', 'The body was cut off.', 400));
    });
    source = before.pipe(stage);
  }
  return source;
}

/** The charset that the content type names, in small letters; undefined: none, which means UTF-8 (RFC 8259, 8.1). */
export function charsetOf(request: IncomingMessage): string | undefined {
  return /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(request.headers['content-type'] ?? '')?.[1]?.toLowerCase();
}

/** Turns bytes that must be UTF-8 into text, piece by piece. */
export function createUtf8Decoder(): { write(chunk: Uint8Array): string; end(): string } {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const decode = (chunk?: Uint8Array): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw notIn('UTF-8');
    }
  };
  return { write: decode, end: () => decode() };
}

function notIn(charset: string): GatewayError {
  const hint =
    charset === 'UTF-8'
      ? ' Encode it as UTF-8, or name its charset: Content-Type: application/json; charset=ISO-8859-1.'
      : '';
  return new GatewayError('invalid_encoding', `The body is not ${charset}.${hint}`, 400);
}

function contentEncodings(request: IncomingMessage): string[] {
  const named = (request.headers['content-encoding'] ?? '')
    .split(',')
    .map((encoding) => encoding.trim().toLowerCase())
    .filter((encoding) => encoding !== '' && encoding !== 'identity');
  const unknown = named.find((encoding) => !Object.hasOwn(inflaters, encoding));
  if (unknown === undefined && named.length <= mostEncodings) return named;
  throw new GatewayError(
    'unsupported_encoding',
    `Content-Encoding ${(unknown ?? named.join(', ')).slice(0, 100)} is not supported: send the body as it is, or as gzip, deflate or br.`,
    415,
  );
}

function createInflater(encoding: string): Transform {
  const inflater = inflaters[encoding]?.() ?? createGunzip();
  const destroy = inflater.destroy.bind(inflater);
  // Zlib's own words (`incorrect header check`) say nothing about whose fault it is.
  inflater.destroy = (thrown) =>
    destroy(
      thrown && !(thrown instanceof GatewayError)
        ? new GatewayError(
            'invalid_encoding',
            `The body is not ${encoding}, as its Content-Encoding says.`,
            400,
            {
              reason: errorText(thrown),
            },
          )
        : thrown,
    );
  return inflater;
}

/** `deflate` means zlib's format (RFC 9110, 8.4.1.2), and some send the bare one: the first byte tells. */
function createAnyInflate(): Transform {
  let inner: Transform | undefined;
  const outer = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      inner ??= connect(((chunk[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw());
      if (inner.write(chunk)) done();
      else inner.once('drain', done);
    },
    flush(done: TransformCallback) {
      if (!inner) {
        done();
        return;
      }
      inner.once('end', () => done());
      inner.end();
    },
    destroy(thrown, done) {
      inner?.destroy();
      done(thrown);
    },
  });
  function connect(stage: Transform): Transform {
    stage.on('data', (chunk: Buffer) => {
      if (outer.push(chunk)) return;
      stage.pause();
    });
    stage.on('error', (thrown) => outer.destroy(thrown));
    const read = outer._read.bind(outer);
    outer._read = (size) => {
      stage.resume();
      read(size);
    };
    return stage;
  }
  return outer;
}

/** From the charset that was named to UTF-8. UTF-16 is known by its mark even where nobody named it. */
function createCharsetStage(request: IncomingMessage): Transform[] {
  const charset = charsetOf(request);
  if (charset === undefined || /^(utf-?8|us-ascii|ascii)$/.test(charset)) return [];
  if (!isKnownCharset(charset)) {
    throw new GatewayError(
      'unsupported_charset',
      `The charset ${charset.slice(0, 100)} is not supported: send the body in UTF-8.`,
      415,
    );
  }
  let decoder: TextDecoder | undefined;
  const decode = (chunk?: Buffer): Buffer => {
    decoder ??= new TextDecoder(markedCharset(chunk, charset), { fatal: true });
    try {
      return Buffer.from(decoder.decode(chunk, { stream: chunk !== undefined }));
    } catch {
      throw notIn(charset);
    }
  };
  return [
    new Transform({
      transform(chunk: Buffer, _encoding, done: TransformCallback) {
        answer(done, () => decode(chunk));
      },
      flush(done: TransformCallback) {
        answer(done, () => (decoder ? decode() : Buffer.alloc(0)));
      },
    }),
  ];
}

function answer(done: TransformCallback, work: () => Buffer): void {
  try {
    done(null, work());
  } catch (thrown) {
    done(thrown as Error);
  }
}

function isKnownCharset(charset: string): boolean {
  try {
    new TextDecoder(charset, { fatal: true });
    return true;
  } catch {
    return false;
  }
}

/** `utf-16` may be either: its mark tells, or the zero before the first character, which is ASCII in JSON. */
function markedCharset(start: Buffer | undefined, charset: string): string {
  if (!charset.startsWith('utf-16') || !start || start.length < 2) return charset;
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  return charset === 'utf-16' && start[0] === 0 ? 'utf-16be' : charset;
}
