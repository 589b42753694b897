/** A word may be a reference, an address or a number: `inv-2026-16`, `thandi@example.com`, `1250.5`. */
const separators = /[^\p{L}\p{N}\p{M}]+/gu;
const firstOfWord = /[\p{L}\p{N}]/u;
const lastOfWord = /[\p{L}\p{N}\p{M}]/u;
/** So that `user:clockedIn` is found by "clocked in". */
const camelBoundary = /(?<=\p{Ll})(?=\p{Lu})/gu;

const longestWord = 64;
/** A chunk of more parts (a long address of a web page) is found by its first ones. */
const mostParts = 8;
const mostWords = 300;
/** Nothing beyond is looked at: what somebody writes without a blank is shorter. */
const longestChunk = 1_000;
/** As deep as an event may be, and some more; rows that somebody inserts may be deeper. */
const deepestValue = 64;

function normalize(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', ' ').normalize('NFKC').toLowerCase();
}

/** Without what surrounds them: brackets, quotes, full stops. */
function chunksOf(text: string): string[] {
  return normalize(text)
    .split(/\s+/u)
    .map(trimChunk)
    .filter((chunk) => chunk !== '');
}

/** Not by a regular expression: on a long run of dashes it would take quadratic time. */
function trimChunk(chunk: string): string {
  const letters = Array.from(chunk.slice(0, longestChunk));
  const first = letters.findIndex((letter) => firstOfWord.test(letter));
  const last = letters.findLastIndex((letter) => lastOfWord.test(letter));
  return first === -1 ? '' : letters.slice(first, last + 1).join('');
}

/**
 * The words that a row is found by: each chunk, and what is left of it after each separator, so that the beginning of
 * any part of it finds it: `inv-2026-16`, `2026-16`, `16`.
 */
export function listSearchWords(texts: Iterable<string>): string[] {
  const words = new Set<string>();
  for (const text of texts) {
    for (const chunk of chunksOf(text)) {
      let parts = 0;
      for (let from = 0; from < chunk.length && parts < mostParts; parts += 1) {
        words.add(
          chunk
            .slice(from, from + longestWord)
            .toWellFormed()
            .replaceAll('\ufffd', ''),
        );
        separators.lastIndex = from;
        const found = separators.exec(chunk);
        if (!found) break;
        from = found.index + found[0].length;
      }
      if (words.size >= mostWords) return [...words].slice(0, mostWords).filter((word) => word !== '');
    }
  }
  return [...words].filter((word) => word !== '');
}

/** An event type in words: `user:clockedIn` also as `user clocked In`. */
export function spellOut(eventType: string): string {
  return `${eventType} ${eventType.replace(camelBoundary, ' ').replace(/[:_.-]+/gu, ' ')}`;
}

/** A string, number or flag anywhere in the data is searched for; names of fields are not. */
export function* listValues(data: unknown, depth = 0): Generator<string> {
  if (typeof data === 'string') yield data.slice(0, 1_000);
  else if (typeof data === 'number') yield String(data);
  else if (typeof data === 'object' && data !== null && depth < deepestValue) {
    for (const value of Object.values(data)) yield* listValues(value, depth + 1);
  }
}

/** How near a word must come: see `buildSearchQueries`. */
interface SearchQueries {
  /** as people mean it */
  readonly whole: string;
  /** where nothing fits that: a number, too, by its beginning */
  readonly beginnings: string;
}

/** What may follow a number that is meant as a whole: `INV-2026-16` is not looked for as `INV-2026-160`. */
const afterNumber = ['-', '.', ',', '/', '_', '@', ':', '#'];

/**
 * The queries (PostgreSQL's tsquery) for what somebody typed; all its words must be there. A word is found by its
 * beginning; one that ends with a digit is a number or reference and is found as a whole. Undefined: there is no
 * word in it.
 */
export function buildSearchQueries(typed: string): SearchQueries | undefined {
  const words = [...new Set(chunksOf(typed).map((chunk) => chunk.slice(0, longestWord)))].slice(0, 12);
  if (words.length === 0) return undefined;
  const quote = (word: string) => `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
  const beginning = (word: string) => `${quote(word)}:*`;
  const meant = (word: string) =>
    /\p{N}$/u.test(word)
      ? `(${[quote(word), ...afterNumber.map((mark) => beginning(`${word}${mark}`))].join(' | ')})`
      : beginning(word);
  return {
    whole: words.map(meant).join(' & '),
    beginnings: words.map(beginning).join(' & '),
  };
}
