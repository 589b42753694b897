import { z } from 'zod';
import { channelNameSchema, deliveryStatusSchema, eventStatusSchema } from '../../contracts/statuses';
import { GatewayError } from '../errors';

const largestId = 2_147_483_647;
const wholeNumber = (from: number, to: number) => {
  const error = `must be a whole number from ${from} to ${to}`;
  return z.coerce.number({ error }).int({ error }).min(from, { error }).max(to, { error });
};
const idSchema = wholeNumber(1, largestId);
/** Text that goes into a query: PostgreSQL takes neither U+0000 nor half a surrogate pair. */
const storableText = (maximum: number) =>
  z
    .string()
    .max(maximum)
    .refine((text) => !text.includes('\u0000') && text.isWellFormed(), 'is not valid text');
const moment = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}([T ].*)?$/, 'must be a time such as 2026-03-01T00:00:00Z')
  .transform((given, context) => {
    // A + that was not encoded has become a space on the way: `…T17:00:00+02:00` as PHP's date('c') writes it.
    const text = given.replace(/^(.{10}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?) (\d{2}:?\d{2})$/, '$1+$2');
    const hasZone = /(Z|[+-]\d{2}:?\d{2})$/.test(text.slice(10));
    const time = new Date(`${text.replace(' ', 'T')}${text.length > 10 && !hasZone ? 'Z' : ''}`);
    // Date rolls 30 February over into March.
    const day = new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDate();
    if (Number.isNaN(time.getTime()) || day !== Number(text.slice(8, 10))) {
      context.addIssue({ code: 'custom', message: 'is not a date that exists' });
      return z.NEVER;
    }
    return time;
  });
const page = {
  limit: wholeNumber(1, 500).default(50),
  cursor: z
    .string()
    .transform((text, context) => {
      const id = Number(Buffer.from(text, 'base64url').toString('utf8').replace(/^id:/, ''));
      if (Number.isInteger(id) && id >= 1 && id <= largestId) return id;
      context.addIssue({ code: 'custom', message: 'is not a cursor of this list' });
      return z.NEVER;
    })
    .optional(),
};

export const eventQuerySchema = z.object({
  event_id: idSchema.optional(),
  event_type: storableText(100).optional(),
  channel: channelNameSchema.optional(),
  recipient: storableText(255).optional(),
  status: eventStatusSchema.optional(),
  from: moment.optional(),
  to: moment.optional(),
  ...page,
});

export const deliveryFilterSchema = z.object({
  channel: channelNameSchema.optional(),
  status: deliveryStatusSchema.optional(),
  event_id: idSchema.optional(),
  event_type: storableText(100).optional(),
  recipient: storableText(255).optional(),
  from: moment.optional(),
  to: moment.optional(),
});

export const deliveryQuerySchema = deliveryFilterSchema.extend(page);

export const auditQuerySchema = z.object({ action: storableText(100).optional(), ...page });

/** Keyset pages: the cursor is the last id shown. */
export function toCursor(rows: readonly { id: number }[], limit: number): string | null {
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return last ? Buffer.from(`id:${last.id}`).toString('base64url') : null;
}

/** @throws GatewayError `invalid_query` (422) that names each field; empty texts count as absent */
export function parseFields<T extends z.ZodType>(
  schema: T,
  fields: unknown,
  code = 'invalid_query',
): z.output<T> {
  const given: unknown =
    typeof fields === 'object' && fields !== null
      ? Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
      : fields;
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => ({
    path: issue.path.join('.') || 'body',
    message: issue.message,
  }));
  throw new GatewayError(
    code,
    `Not understood: ${problems.map((problem) => `${problem.path}: ${problem.message}`).join('; ')}.`,
    422,
    problems,
  );
}

/** A path's id; one that cannot be an id is simply not there. */
export function parseId(text: unknown, notFound: () => GatewayError): number {
  const parsed = idSchema.safeParse(text);
  if (!parsed.success) throw notFound();
  return parsed.data;
}
