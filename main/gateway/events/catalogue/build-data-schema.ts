import { z } from 'zod';
import { base64Bytes } from '../../../contracts/base64';
import {
  maxAttachmentBytes,
  newAttachmentSchema,
  type Attachment,
  type EventType,
} from '../../../contracts/event-types';
import { mailCopyFields, mailCopySchema } from '../../../contracts/mail-copies';
import { isZeroDate } from '../../messages/parse-timestamp';
import { buildFieldSchema } from './build-field-schema';

/** One thing that is wrong with an event: where (`event_data.client_email`) and what (`must be an email address`). */
export interface DataProblem {
  readonly path: string;
  readonly message: string;
}

/**
 * What the data of an event of this type must look like. Required fields must be there and fit their
 * kind, optional ones only fit (null, empty texts and MySQL's zero date count as absent, and are left out of the result);
 * other fields pass as they are, `attachments`, `cc`, `bcc` and `reply_to` are checked for every type. Nothing is converted.
 * Build it once for each type: parsing is fast, building is not.
 */
export function buildDataSchema(
  eventType: Pick<EventType, 'required' | 'optional'>,
): z.ZodType<Record<string, unknown>> {
  const shape: Record<string, z.ZodType> = {};
  for (const [name, kind] of Object.entries(eventType.required)) shape[name] = buildFieldSchema(kind);
  for (const [name, kind] of Object.entries(eventType.optional)) {
    shape[name] ??= buildFieldSchema(kind).optional();
  }
  // A type may have a field of that name with a meaning of its own.
  for (const name of mailCopyFields) shape[name] ??= mailCopySchema.optional();
  const attachments = z
    .array(newAttachmentSchema, { error: 'must be a list of files' })
    .refine((files) => sumBytes(files) <= maxAttachmentBytes, 'must not come to more than 20 MB');
  shape['attachments'] = Object.hasOwn(eventType.required, 'attachments')
    ? attachments
    : attachments.optional();

  const optionalNames = Object.keys(shape).filter((name) => !Object.hasOwn(eventType.required, name));
  const schema = z.looseObject(shape, { error: 'must be an object' });
  return z.preprocess((data) => withoutEmpty(data, optionalNames), schema);
}

function sumBytes(files: readonly Attachment[]): number {
  return files.reduce((sum, { content_base64: content }) => sum + base64Bytes(content ?? ''), 0);
}

function withoutEmpty(data: unknown, names: readonly string[]): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  const fields = data as Record<string, unknown>;
  const empty = names.filter(
    (name) => fields[name] === null || fields[name] === '' || isZeroDate(fields[name]),
  );
  if (empty.length === 0) return data;
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !empty.includes(name)));
}

/**
 * Every problem of a failed check, for the `details` of a 422; `root` is what the checked value is
 * called, null where paths start with the value's own fields.
 */
export function describeProblems(error: z.ZodError, root: string | null = 'event_data'): DataProblem[] {
  return error.issues.map(({ path, message }) => ({
    path: [...(root === null ? [] : [root]), ...path.map(String)].join('.'),
    message,
  }));
}
