import type { FieldProblem } from './field-problem';

/** No invoice is nested deeper, and recursion over it could end the process. */
const deepestNesting = 32;
/** By contract: any single text over 1 MB is refused, attachments excepted. */
const longestText = 1_000_000;
/** Names that reach an object's prototype when data is copied carelessly further on. */
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype']);
const largestSafe = Number.MAX_SAFE_INTEGER;

/**
 * Finds what no schema asks about but what a database or a mail would stumble over: NUL characters and half
 * surrogate pairs (PostgreSQL refuses them in jsonb), over-long texts, deep nesting, prototype keys.
 * @returns the first problem, with its path such as `event_data.items.0.name`
 */
export function inspectData(data: unknown, path: string): FieldProblem | undefined {
  const found = inspectValue(data, 0);
  return found && { path: [path, ...found.way.reverse()].join('.'), message: found.message };
}

/** Paths are made for what is wrong only: most data is right, and there is much of it. */
interface Found {
  readonly message: string;
  /** the names that lead there, the innermost first */
  readonly way: string[];
}

const problem = (message: string): Found => ({ message, way: [] });

function inspectValue(data: unknown, depth: number): Found | undefined {
  if (typeof data === 'string') return inspectText(data);
  if (typeof data === 'number') {
    return Number.isFinite(data) && Math.abs(data) <= Number.MAX_VALUE && !isLostInteger(data)
      ? undefined
      : problem('is a number too large to be kept exactly; send it as a text');
  }
  if (typeof data !== 'object' || data === null) return undefined;
  // Sockets carry binary too; its bytes would be looked at one by one.
  if (ArrayBuffer.isView(data) || data instanceof ArrayBuffer) {
    return problem('is binary; files go into attachments as base64');
  }
  if (depth >= deepestNesting) return problem(`is nested deeper than ${deepestNesting} levels`);
  return Array.isArray(data)
    ? inspectList(data, depth)
    : inspectObject(data as Record<string, unknown>, depth);
}

function inspectList(list: readonly unknown[], depth: number): Found | undefined {
  for (let index = 0; index < list.length; index += 1) {
    const found = inspectValue(list[index], depth + 1);
    if (found) return below(String(index), found);
  }
  return undefined;
}

function inspectObject(fields: Readonly<Record<string, unknown>>, depth: number): Found | undefined {
  for (const key of Object.keys(fields)) {
    const found = inspectKey(key) ?? inspectField(key, fields[key], depth + 1);
    if (found) return below(key.slice(0, 100), found);
  }
  return undefined;
}

function inspectField(key: string, value: unknown, depth: number): Found | undefined {
  // An attachment may be longer than any text.
  if (key === 'content_base64' && typeof value === 'string') return undefined;
  return inspectValue(value, depth);
}

function inspectKey(key: string): Found | undefined {
  if (forbiddenKeys.has(key)) return problem('is not allowed as a name');
  if (key.length > 1_000) return problem('is too long for a name');
  return inspectText(key);
}

function below(name: string, found: Found): Found {
  found.way.push(name);
  return found;
}

/** JSON numbers beyond 2^53 have lost digits by the time they are here. */
function isLostInteger(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) > largestSafe && Math.abs(value) < 1e21;
}

function inspectText(text: string): Found | undefined {
  if (text.length > longestText) {
    return problem(`is longer than ${longestText.toLocaleString('en')} characters`);
  }
  if (text.includes('\u0000')) return problem('must not contain the character U+0000');
  if (!text.isWellFormed()) return problem('holds half a surrogate pair: it is not valid Unicode');
  return undefined;
}
