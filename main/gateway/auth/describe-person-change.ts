import type { ConsolePerson } from './console-people';

type Sides = readonly [before: unknown, after: unknown];

/** What the audit log says of a change to a person, with before and after; undefined: there was or is none. */
export function describePersonChange(
  { name }: Pick<ConsolePerson, 'name'>,
  changes: Readonly<Record<string, Sides>>,
): Record<string, unknown> {
  const lines = Object.entries(changes).map(([what, [before, after]]) => ({
    name: what,
    before: before ?? 'not set',
    after: after ?? 'not set',
  }));
  return { person: name, ...(lines.length === 0 ? {} : { changes: lines }) };
}
