import { UsageError } from './command-error';

/** @throws UsageError for a word that is no NAME=VALUE, or one name given twice */
export function parseAssignments(assignments: readonly string[]): Record<string, string> {
  const changes = new Map<string, string>();
  for (const assignment of assignments) {
    const separator = assignment.indexOf('=');
    const name = assignment.slice(0, separator);
    if (separator < 1) throw new UsageError(`${JSON.stringify(assignment)} is not NAME=VALUE.`);
    if (changes.has(name)) throw new UsageError(`${name} is given twice.`);
    changes.set(name, assignment.slice(separator + 1));
  }
  return Object.fromEntries(changes);
}

/** For people: a text without quotes. */
export function showValue(value: unknown): string {
  if (value === null) return '(none)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
