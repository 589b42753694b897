import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../errors';
import { inspectData } from '../events/inspect-data';
import { reserveBodyMemory } from './body-memory-quota';
import { charsetOf, createUtf8Decoder, openBody } from './decode-body';
import { parseForm } from './parse-form';
import { parseJson } from './parse-json';

/** 20 MB of attachments as base64, and the event around them. */
export const eventBodyLimit = 32 * 1024 * 1024;
/** A batch may hold several such events, but not a thousand. */
export const batchBodyLimit = 64 * 1024 * 1024;
export const smallBodyLimit = 256 * 1024;
/** A body that trickles in keeps nobody waiting for longer. */
const bodyTimeoutMs = 60_000;

/**
 * Reads and parses a JSON body, whatever its content type says (the PHP client is not particular); forms are
 * taken too.
 * @param owner the customer whose body it is, once that is proven
 * @throws GatewayError `body_too_large` (413), `invalid_json` and `invalid_encoding` (400), `unsupported_encoding` and
 * `unsupported_charset` (415), `body_timeout` (408), `busy` (503)
 */
export async function readBody(
  request: IncomingMessage,
  limitBytes: number,
  owner?: string,
): Promise<unknown> {
  const raw = await readRawBody(request, limitBytes, owner);
  return raw.length === 0 ? {} : parseBody(request, raw);
}

function parseBody(request: IncomingMessage, raw: Buffer): unknown {
  const decoder = createUtf8Decoder();
  // PHP files saved with a byte order mark put it in front of what they send; JSON.parse takes none.
  const text = (decoder.write(raw) + decoder.end()).replace(/^\ufeff/, '');
  const type = request.headers['content-type'];
  const isForm = type?.toLowerCase().startsWith('application/x-www-form-urlencoded') === true;
  return isForm && !/^\s*[{["]/.test(text) ? parseForm(text, charsetOf(request)) : parseJson(text, type);
}

/**
 * The same for what is not an event: nothing in it that a query, a template or a recursion would stumble over.
 * @throws GatewayError `invalid_body` (422) that names the field, besides what readBody throws
 */
export async function readCheckedBody(request: IncomingMessage, limitBytes: number): Promise<unknown> {
  const body = await readBody(request, limitBytes);
  refuseUnfit(body);
  return body;
}

/** @throws GatewayError `invalid_body` (422) */
export function refuseUnfit(body: unknown): void {
  const problem = inspectData(body, 'body');
  if (!problem) return;
  const path = problem.path.replace(/^body\./, '');
  const named = { ...problem, path };
  throw new GatewayError('invalid_body', `Not understood: ${path} ${problem.message}.`, 422, [named]);
}

async function readRawBody(request: IncomingMessage, limitBytes: number, owner?: string): Promise<Buffer> {
  const tooLarge = () =>
    new GatewayError(
      'body_too_large',
      `The body is larger than ${Math.floor(limitBytes / 1024 / 1024) || '0.25'} MB.`,
      413,
    );
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge();
  const hold = reserveBodyMemory(request, owner);
  const source = openBody(request);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(
      () => fail(new GatewayError('body_timeout', 'The body did not arrive in time.', 408)),
      bodyTimeoutMs,
    );
    const fail = (thrown: Error) => {
      clearTimeout(timer);
      source.removeAllListeners('data');
      if (source !== request) source.destroy();
      reject(thrown);
    };
    source.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limitBytes) {
        fail(tooLarge());
        return;
      }
      try {
        hold(size);
      } catch (thrown) {
        fail(thrown as GatewayError);
        return;
      }
      chunks.push(chunk);
    });
    source.on('end', () => {
      clearTimeout(timer);
      const [first] = chunks;
      resolve(chunks.length === 1 && first ? first : Buffer.concat(chunks));
    });
    source.on('error', fail);
    request.on('close', () => {
      if (!request.complete) fail(new GatewayError('body_cut_off', 'The body was cut off.', 400));
    });
  });
}
