/**
 * The text of any value that a template prints. Absent values are empty; lists are joined as Liquid
 * joins them; an object shows its data instead of `[object Object]`.
 */
export function printValue(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null) return '';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
  return Array.isArray(value) ? value.map(printValue).join('') : JSON.stringify(value);
}
