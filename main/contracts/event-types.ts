import { z } from 'zod';
import { isBase64 } from './base64';

/**
 * What a field of an event's data holds.
 * - `id`: a number or a short text (PHP sends both)
 * - `amount`: a number, or a text that is one (`"1500.00"`)
 * - `datetime`: ISO 8601, PHP's `YYYY-MM-DD HH:MM:SS`, or a day or a time of day (`07:58`) alone
 * - `date`: the same with a day in it
 */
export const fieldKinds = [
  'id',
  'text',
  'email',
  'phone',
  'amount',
  'number',
  'boolean',
  'datetime',
  'date',
  'url',
  'list',
  'any',
] as const;
const fieldKindSchema = z.enum(fieldKinds);
export type FieldKind = z.infer<typeof fieldKindSchema>;

export const emailTemplateSchema = z.object({
  subject: z.string().min(1).max(2_000),
  text: z.string().min(1).max(100_000),
  html: z.string().max(500_000).optional(),
});
export type EmailTemplate = z.infer<typeof emailTemplateSchema>;

export const whatsAppTemplateSchema = z.object({ text: z.string().min(1).max(60_000) });
export type WhatsAppTemplate = z.infer<typeof whatsAppTemplateSchema>;

const fieldName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, 'must be a name such as client_email')
  // `constructor` and `__proto__` are there in every object, whatever the event says.
  .refine((name) => !(name in Object.prototype), 'must not be a name that JavaScript gives to every object');

/** One group of people who are told of an event, and where in its data their addresses are. */
export const audienceSchema = z.object({
  /** such as `client`, `employee`, `manager`; unique within the event type */
  name: z.string().regex(/^[a-z][a-z0-9_]{0,48}$/, 'must be lower case, such as client'),
  email_field: fieldName.optional(),
  phone_field: fieldName.optional(),
  templates: z.object({
    email: emailTemplateSchema.optional(),
    whatsapp: whatsAppTemplateSchema.optional(),
  }),
});
export type Audience = z.infer<typeof audienceSchema>;

/** An event type as data: the eleven of the catalogue and those that a tenant defines have this one shape. */
export const eventTypeSchema = z.object({
  type: z
    .string()
    .max(100)
    .regex(/^[A-Za-z][A-Za-z0-9_.-]*(:[A-Za-z0-9_.-]+)*$/, 'must look like invoice:sent'),
  title: z.string().min(1).max(200),
  description: z.string().max(2_000).default(''),
  required: z.record(fieldName, fieldKindSchema),
  /** Other fields are welcome too; these are checked when they are there. */
  optional: z.record(fieldName, fieldKindSchema).default({}),
  audiences: z.array(audienceSchema).max(10),
  /** When WhatsApp cannot take a message for long, send the email instead of waiting. */
  fallback: z.enum(['none', 'email']).default('none'),
  /** Data for previews and documentation. */
  sample: z.record(z.string(), z.unknown()),
});
export type EventType = z.infer<typeof eventTypeSchema>;

/** A file that goes with a message; exactly one of `content_base64` and `url`. */
export const attachmentSchema = z
  .object(
    {
      filename: z
        .string({ error: 'must be a file name' })
        .min(1, 'must be a file name')
        .max(255, 'must be at most 255 characters')
        // It goes into a header of the mail.
        .regex(/^\P{Cc}*$/u, 'must not contain control characters or line breaks'),
      content_type: z
        .string({ error: 'must be a content type such as application/pdf' })
        .max(200, 'must be at most 200 characters')
        .regex(/^[\w.+-]+\/[\w.+-]+(?:;\P{Cc}*)?$/u, 'must be a content type such as application/pdf')
        .optional(),
      content_base64: z.string({ error: 'must be a text in base64' }).optional(),
      url: z
        .url({ protocol: /^https?$/, error: 'must be an http or https address' })
        .max(2_000, 'must be at most 2000 characters')
        .optional(),
    },
    { error: 'must be an object with filename and content_base64 or url' },
  )
  .refine((value) => (value.content_base64 === undefined) !== (value.url === undefined), {
    message: 'must have either content_base64 or url',
  });
export type Attachment = z.infer<typeof attachmentSchema>;

/** An attachment as it comes in: its content is read, which takes a while where it is long. */
export const newAttachmentSchema = attachmentSchema.refine(
  ({ content_base64: content }) => content === undefined || isBase64(content),
  { path: ['content_base64'], message: 'must be a text in base64' },
);

/** Of one event together, decoded; files given by address are measured when they are fetched. */
export const maxAttachmentBytes = 20 * 1024 * 1024;
