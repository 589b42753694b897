import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeIssue } from '../../main/contracts/describe-issue';

const describeFirst = (schema: z.ZodType, value: unknown): string | undefined => {
  const issue = schema.safeParse(value).error?.issues[0];
  return issue && describeIssue(issue);
};

test.each([
  [z.string().min(1), '', 'must not be empty'],
  [z.string().min(3), 'a', 'must be at least 3 characters long'],
  [z.string().max(1), 'ab', 'must be at most 1 character long'],
  [z.array(z.string()).min(1), [], 'must not be empty'],
  [z.array(z.string()).max(2), ['a', 'b', 'c'], 'must have at most 2 entries'],
  [z.number().min(5), 4, 'must be at least 5'],
  [z.number().max(5), 6, 'must be at most 5'],
  [z.string(), 7, 'must be text'],
  [z.string(), undefined, 'is missing'],
  [z.int(), 'x', 'must be a number'],
  [z.boolean(), 'yes', 'must be true or false'],
  [z.enum(['qr', 'visible']), 'x', 'must be "qr" or "visible"'],
  [z.strictObject({ a: z.string() }), { a: '', b: 1 }, 'has fields that are not known: b'],
  [z.union([z.string().min(2), z.number()]), '', 'must be at least 2 characters long'],
  [z.string().refine(() => false, 'must be a colour'), 'x', 'must be a colour'],
])('a value that fails %#: said in plain words', (schema, value, words) => {
  expect(describeFirst(schema, value)).toBe(words);
});

test('no sentence of zod gets through', () => {
  const schema = z.object({ name: z.string().min(1), count: z.int().min(1), list: z.array(z.int()) });
  const issues = schema.safeParse({ name: '', count: 0.5, list: ['x'] }).error?.issues ?? [];
  expect(issues).not.toHaveLength(0);
  for (const issue of issues) expect(describeIssue(issue)).not.toMatch(/expected|Too |Invalid/);
});
