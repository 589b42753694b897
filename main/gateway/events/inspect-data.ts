import type { FieldProblem } from './field-problem';

/** Deeper data is nobody's invoice, and recursion over it could end the process. */
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
export function inspectData(data: unknown, path: string, depth = 0): FieldProblem | undefined {
  if (typeof data === 'string') return inspectText(data, path);
  if (typeof data === 'number') {
    return Number.isFinite(data) && Math.abs(data) <= Number.MAX_VALUE && !isLostInteger(data)
      ? undefined
      : { path, message: 'is a number too large to be kept exactly; send it as a text' };
  }
  if (typeof data !== 'object' || data === null) return undefined;
  // Sockets carry binary too; its bytes would be looked at one by one.
  if (ArrayBuffer.isView(data) || data instanceof ArrayBuffer) {
    return { path, message: 'is binary; files go into attachments as base64' };
  }
  if (depth >= deepestNesting) return { path, message: `is nested deeper than ${deepestNesting} levels` };
  if (Array.isArray(data)) {
    for (let index = 0; index < data.length; index += 1) {
      const problem = inspectData(data[index], `${path}.${index}`, depth + 1);
      if (problem) return problem;
    }
    return undefined;
  }
  for (const [key, value] of Object.entries(data)) {
    const keyPath = `${path}.${key.slice(0, 100)}`;
    if (forbiddenKeys.has(key)) return { path: keyPath, message: 'is not allowed as a name' };
    if (key.length > 1_000) return { path: keyPath, message: 'is too long for a name' };
    const problem =
      inspectText(key, keyPath) ??
      (key === 'content_base64' && typeof value === 'string'
        ? undefined
        : inspectData(value, keyPath, depth + 1));
    if (problem) return problem;
  }
  return undefined;
}

/** JSON numbers beyond 2^53 have lost digits by the time they are here. */
function isLostInteger(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) > largestSafe && Math.abs(value) < 1e21;
}

function inspectText(text: string, path: string): FieldProblem | undefined {
  if (text.length > longestText) {
    return { path, message: `is longer than ${longestText.toLocaleString('en')} characters` };
  }
  if (text.includes('\u0000')) return { path, message: 'must not hold the character U+0000' };
  if (!text.isWellFormed()) return { path, message: 'holds half a surrogate pair: it is not valid Unicode' };
  return undefined;
}
