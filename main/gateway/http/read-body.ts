import type { IncomingMessage } from 'node:http';
import type { CpuBudget } from '../auth/cpu-budget';
import type { HeavyTurns } from '../concurrency/heavy-turns';
import { GatewayError } from '../errors';
import { inspectData } from '../events/inspect-data';
import { createJsonScanner, unscannedBytes, type JsonLimits, type JsonScanner } from '../events/json-scanner';
import { reserveBodyMemory } from './body-memory-quota';
import { charsetOf, createUtf8Decoder, openBody } from './decode-body';
import { parseForm } from './parse-form';
import { parseJson } from './parse-json';

/** What a body may be: its bytes, and what is made of them. */
export interface BodyLimits extends JsonLimits {
  readonly bytes: number;
}

/** Whose body it is, and who does the work. */
export interface BodyReader {
  /** the customer, once it is proven; else the address counts */
  readonly customerId: string | undefined;
  readonly address: string;
  readonly turns: HeavyTurns;
  readonly budget: CpuBudget;
}

/** A body that trickles in keeps nobody waiting for longer. */
const bodyTimeoutMs = 60_000;

/**
 * Reads and parses a JSON body, whatever its content type says (the PHP client is not particular); forms are
 * taken too. A large one is looked at while it comes and parsed when it is its turn, at its owner's cost.
 * @throws GatewayError `body_too_large` (413), `invalid_json` and `invalid_encoding` (400), `unsupported_encoding` and
 * `unsupported_charset` (415), `body_timeout` (408), `busy` (503), the code of the limits (422); RateLimitError
 * @param reader absent where the limits let no body be large
 */
export async function readBody(
  request: IncomingMessage,
  limits: BodyLimits,
  reader?: BodyReader,
): Promise<unknown> {
  const account = reader && accountOf(reader);
  if (account !== undefined && Number(request.headers['content-length'] ?? 0) > unscannedBytes) {
    reader?.budget.check(account);
  }
  const text = await readText(request, limits, reader?.customerId);
  if (!reader || account === undefined || text.length <= unscannedBytes) return parseText(request, text);
  return reader.turns.run(account, () => reader.budget.spend(account, () => parseText(request, text)));
}

/** @throws GatewayError `invalid_body` (422) */
export function refuseUnfit(body: unknown): void {
  const problem = inspectData(body, 'body');
  if (!problem) return;
  const path = problem.path.replace(/^body\./, '');
  const named = { ...problem, path };
  throw new GatewayError('invalid_body', `Not understood: ${path} ${problem.message}.`, 422, [named]);
}

export function accountOf({ customerId, address }: Pick<BodyReader, 'customerId' | 'address'>): string {
  return customerId ?? `address ${address}`;
}

function parseText(request: IncomingMessage, raw: string): unknown {
  if (raw === '') return {};
  // PHP files saved with a byte order mark put it in front of what they send; JSON.parse takes none.
  const text = raw.replace(/^\ufeff/, '');
  const type = request.headers['content-type'];
  const isForm = type?.toLowerCase().startsWith('application/x-www-form-urlencoded') === true;
  return isForm && !/^\s*[{["]/.test(text) ? parseForm(text, charsetOf(request)) : parseJson(text, type);
}

function readText(
  request: IncomingMessage,
  limits: BodyLimits,
  customerId: string | undefined,
): Promise<string> {
  const tooLarge = () =>
    new GatewayError('body_too_large', `The body is larger than ${describeSize(limits.bytes)}.`, 413);
  if (Number(request.headers['content-length'] ?? 0) > limits.bytes) throw tooLarge();
  const hold = reserveBodyMemory(request, customerId);
  const source = openBody(request);
  return new Promise((resolve, reject) => {
    const collected = createTextCollector(limits);
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
      try {
        if (size > limits.bytes) throw tooLarge();
        hold(size);
        collected.add(chunk);
      } catch (thrown) {
        fail(thrown as GatewayError);
      }
    });
    source.on('end', () => {
      clearTimeout(timer);
      try {
        resolve(collected.text());
      } catch (thrown) {
        fail(thrown as GatewayError);
      }
    });
    source.on('error', fail);
    request.on('close', () => {
      if (!request.complete) fail(new GatewayError('body_cut_off', 'The body was cut off.', 400));
    });
  });
}

/** Small bodies are decoded at once; large ones piece by piece, which holds nobody up, and counted on the way. */
function createTextCollector(limits: JsonLimits): { add(chunk: Buffer): void; text(): string } {
  let chunks: Buffer[] = [];
  let size = 0;
  let texts: string[] = [];
  let scanner: JsonScanner | undefined;
  const decoder = createUtf8Decoder();

  function take(chunk: Buffer): void {
    scanner?.add(chunk);
    texts.push(decoder.write(chunk));
  }

  return {
    add(chunk) {
      size += chunk.length;
      if (scanner) {
        take(chunk);
        return;
      }
      chunks.push(chunk);
      if (size <= unscannedBytes) return;
      scanner = createJsonScanner(limits);
      chunks.forEach(take);
      chunks = [];
    },
    text() {
      if (scanner) {
        const text = texts.join('') + decoder.end();
        texts = [];
        return text;
      }
      const [first] = chunks;
      return decoder.write(chunks.length === 1 && first ? first : Buffer.concat(chunks)) + decoder.end();
    },
  };
}

function describeSize(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.floor(bytes / 1024)} KB` : `${Math.floor(bytes / 1024 / 1024)} MB`;
}
