import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJsonScanner } from '../../main/gateway/events/json-scanner';

/** In pieces of that many bytes. @returns whether it may be parsed */
function passes(text: string, values: number, pieceBytes = 7): boolean {
  const bytes = Buffer.from(text);
  const scanner = createJsonScanner({ values, code: 'too_much' });
  try {
    for (let at = 0; at < bytes.length; at += pieceBytes) scanner.add(bytes.subarray(at, at + pieceBytes));
    return true;
  } catch {
    return false;
  }
}

/** Lists and objects, and the commas between what is in them. */
function count(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const parts: unknown[] = Array.isArray(value) ? value : Object.values(value);
  return parts.reduce<number>((sum, part) => sum + count(part), 1 + Math.max(0, parts.length - 1));
}

describe('the scanner', () => {
  it('counts what is there, wherever the pieces end, and nothing that stands in a text', () => {
    const nasty = fc.oneof(
      fc.string({ unit: fc.constantFrom('"', '\\', ',', '[', '{', 'ก', '\n', 'x') }),
      fc.constant('x'.repeat(200)),
    );
    const json = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        nasty,
        fc.integer(),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(nasty, tie('value'), { maxKeys: 4 }),
      ),
    })).value;
    fc.assert(
      fc.property(json, fc.integer({ min: 1, max: 150 }), (value, pieceBytes) => {
        const text = JSON.stringify(value);
        // Names that are there twice are counted twice.
        const there = count(JSON.parse(text));
        expect(passes(text, there, pieceBytes)).toBe(true);
        if (there > 0) expect(passes(text, there - 1, pieceBytes)).toBe(false);
      }),
    );
  });

  it('knows depth as well', () => {
    expect(passes('['.repeat(4_000), 5_000)).toBe(true);
    expect(passes('['.repeat(4_001), 5_000)).toBe(false);
    expect(passes('[]'.repeat(500), 1_000)).toBe(true);
  });
});
