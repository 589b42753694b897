import { z } from 'zod';
import { cleanEmailAddress, isEmailAddress } from './email-address';

/** Fields of an event's data that say who else gets its emails, and who answers go to. */
export const mailCopyFields = ['cc', 'bcc', 'reply_to'] as const;

/** In one field of an event. */
export const maxCopies = 20;

/** Addresses as people and programs give them: a list, or a text with commas or semicolons in between. */
export function splitAddresses(value: unknown): unknown[] {
  if (value === null || value === undefined) return [];
  const parts: unknown[] =
    typeof value === 'string' ? value.split(/[,;]/) : Array.isArray(value) ? value : [value];
  return parts.filter((part) => part !== null && !(typeof part === 'string' && part.trim() === ''));
}

const expectation = 'must be an email address, or a list of them, without names';

/** One field: every address is checked, what is empty counts as absent. */
export const mailCopySchema = z.unknown().superRefine((value, context) => {
  const parts = splitAddresses(value);
  if (parts.length > maxCopies) {
    context.addIssue({ code: 'custom', message: `must have at most ${maxCopies} addresses` });
  } else if (!parts.every(isEmailAddress)) {
    context.addIssue({ code: 'custom', message: expectation });
  }
});

/** The addresses of one field; none where it holds something else, such as a field of that name with a meaning of its own. */
function readAddresses(value: unknown): string[] {
  const parts = splitAddresses(value);
  return parts.length <= maxCopies && parts.every(isEmailAddress) ? parts.map(cleanEmailAddress) : [];
}

/** Who gets copies of an event's emails, and who is answered to. */
export function readMailCopies(data: Readonly<Record<string, unknown>>): {
  cc: string[];
  bcc: string[];
  replyTo: string[];
} {
  return {
    cc: readAddresses(data['cc']),
    bcc: readAddresses(data['bcc']),
    replyTo: readAddresses(data['reply_to']),
  };
}
