const plainDecimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** Longest numeric text: far beyond any sum of money, and short enough to format at once. */
const maxAmountLength = 60;

/**
 * Reads a number, or a text that is one (`"1500.00"`); null for anything else, infinities included.
 * A text stays a text, so that `"1.005"` is rounded as written and not as its nearest binary fraction.
 */
export function parseAmount(value: unknown): number | `${number}` | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (text.length > maxAmountLength || !plainDecimal.test(text)) return null;
  return Number.isFinite(Number(text)) ? (text as `${number}`) : null;
}
