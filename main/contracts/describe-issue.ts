import type { z } from 'zod';

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  date: 'a date',
};

/**
 * What is wrong with a value, as the end of a sentence that begins with its name: `must not be empty`. Schemas' own
 * messages are kept; zod's ("Too small: expected string to have >=1 characters") are said in plain words.
 */
export function describeIssue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      return describeBound(issue.origin, 'at least', Number(issue.minimum));
    case 'too_big':
      return describeBound(issue.origin, 'at most', Number(issue.maximum));
    case 'invalid_type':
      if (issue.input === undefined && /received undefined$/.test(issue.message)) return 'is missing';
      return /^Invalid input/.test(issue.message)
        ? `must be ${kinds[issue.expected] ?? issue.expected}`
        : issue.message;
    case 'invalid_value':
      return /^Invalid (option|input)/.test(issue.message)
        ? `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`
        : issue.message;
    case 'unrecognized_keys':
      return `has fields that are not known: ${issue.keys.join(', ')}`;
    case 'invalid_union': {
      const nested = issue.errors.flat().map(describeIssue);
      return nested.find((message) => message.startsWith('must')) ?? nested[0] ?? 'cannot be used';
    }
    default:
      return issue.message;
  }
}

function describeBound(origin: string, bound: 'at least' | 'at most', limit: number): string {
  if (origin === 'string') {
    if (bound === 'at least' && limit === 1) return 'must not be empty';
    return `must be ${bound} ${limit} ${limit === 1 ? 'character' : 'characters'} long`;
  }
  if (origin === 'array' || origin === 'set') {
    if (bound === 'at least' && limit === 1) return 'must not be empty';
    return `must have ${bound} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  }
  return `must be ${bound} ${limit}`;
}
