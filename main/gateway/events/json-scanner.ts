import { GatewayError } from '../errors';

/** What a text of JSON may be made of; beyond, it is not parsed. */
export interface JsonLimits {
  /** numbers, texts, lists, objects, and so on, together */
  readonly values: number;
  /** the code of the refusal */
  readonly code: string;
}

/** Far more than an event may have: what is too deep is refused by its path, and one event of a batch spoils no other. */
const deepest = 4_000;
/** A text of fewer bytes cannot hold enough values to keep anybody waiting. */
export const unscannedBytes = 64 * 1024;
/** After so many bytes of a text without an end, the end is searched for instead. */
const stepBytes = 64;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

export interface JsonScanner {
  /** Looks at the next piece. @throws GatewayError (422) once there is too much in it */
  add(chunk: Uint8Array): void;
}

/**
 * Counts values and depth in the bytes of a JSON text, piece by piece as they come: 30 MB of `[],[],[],` take
 * seconds to parse and to look at, and nobody else is served meanwhile. What is no JSON is left to the parser.
 */
export function createJsonScanner(limits: JsonLimits): JsonScanner {
  let values = 0;
  let depth = 0;
  let inText = false;
  let isEscaped = false;

  function check(): void {
    if (values > limits.values) {
      throw refuse(limits, `holds more than ${limits.values.toLocaleString('en')} values`);
    }
    if (depth > deepest) throw refuse(limits, `is nested deeper than ${deepest} levels`);
  }

  return {
    add(chunk) {
      const { length } = chunk;
      // Each search goes on where the last one of its kind ended, so that a piece is gone through once.
      let quoteAt = -1;
      let escapeAt = -1;
      let found = 0;
      let at = 0;
      while (at < length) {
        if (!inText) {
          const byte = chunk[at];
          at += 1;
          if (byte === quote) inText = true;
          else if (byte === comma) found += 1;
          else if (byte === openBracket || byte === openBrace) {
            found += 1;
            depth += 1;
            if (depth > deepest) check();
          } else if (byte === closeBracket || byte === closeBrace) depth -= 1;
          continue;
        }
        if (isEscaped) {
          isEscaped = false;
          at += 1;
        }
        const end = Math.min(at + stepBytes, length);
        while (at < end) {
          const byte = chunk[at];
          at += 1;
          if (byte === quote) {
            inText = false;
            break;
          }
          if (byte === backslash) {
            isEscaped = at === length;
            at += 1;
          }
        }
        if (!inText || at >= length) continue;
        // Attachments are megabytes without a quote.
        if (quoteAt < at) quoteAt = findByte(chunk, quote, at);
        if (escapeAt < at) escapeAt = findByte(chunk, backslash, at);
        at = Math.min(quoteAt, escapeAt);
      }
      values += found;
      check();
    },
  };
}

function findByte(chunk: Uint8Array, byte: number, from: number): number {
  const found = chunk.indexOf(byte, from);
  return found === -1 ? chunk.length : found;
}

function refuse(limits: JsonLimits, message: string): GatewayError {
  return new GatewayError(limits.code, `The body ${message}.`, 422, [{ path: 'body', message }]);
}
