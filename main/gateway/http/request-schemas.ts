import { z } from 'zod';
import { attachmentSchema, eventTypeSchema } from '../../contracts/event-types';
import { templateKeySchema, templateTextsSchema } from '../events/edit-catalogue';
import { deliveryFilterSchema } from './read-query';

/** What bodies hold. Those that a route parses by hand, for speed, are checked against these by a test. */

const name = (what: string, maximum: number) => z.string().min(1).max(maximum).describe(what);
/** PHP sends ids as numbers too. */
const idText = (what: string) => z.union([z.string().min(1), z.number()]).describe(what);

/** Names the customer that the caller speaks for anyway; another one is refused with 403. */
const customerId = name('The customer, where the address or a session proves it', 50).optional();

export const eventEnvelopeSchema = z.object({
  event_type: name('One of GET /api/event-types', 100),
  event_data: z
    .union([z.record(z.string(), z.unknown()), z.tuple([])])
    .describe('The fields of the event type, and `attachments`; PHP sends an empty object as []'),
  idempotency_key: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[\x21-\x7e]+( [\x21-\x7e]+)*$/)
    .nullish()
    .describe('The same key again gets the first answer again; the header Idempotency-Key does the same'),
  expires_at: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/)
    .nullish()
    .describe('ISO 8601; what has not left by then is not sent any more'),
  customer_id: customerId,
});

export const batchSchema = z.object({
  events: z.array(eventEnvelopeSchema).max(1_000),
  customer_id: customerId,
});

export const tokenRequestSchema = z.object({
  customer_id: idText('The customer that the token is for'),
  user_id: idText('Who uses the page'),
  session_id: idText('The session of the PHP application'),
});

export const replaySchema = z.object({ filter: deliveryFilterSchema.strict().default({}) });
export const resolveSchema = z.object({ action: z.enum(['resend', 'close']) });

export const saveTemplateSchema = templateKeySchema.extend({ template: templateTextsSchema });
export const previewSchema = templateKeySchema.extend({
  template: templateTextsSchema.optional(),
  event_data: z.record(z.string(), z.unknown()).optional(),
});
export { eventTypeSchema, templateKeySchema };

/** Ids of a session of the PHP application, where that is what proves who calls. */
export const sessionIdsSchema = z.object({
  user_id: idText('Who uses the page').optional(),
  session_id: idText('The session of the PHP application').optional(),
});

export const pairingSchema = sessionIdsSchema.extend({
  phone: idText('With or without the country code of the tenant'),
});

export const documentSchema = sessionIdsSchema.extend({
  recipient: idText('A phone number, or a WhatsApp chat id'),
  caption: z.string().optional(),
  filename: attachmentSchema.shape.filename.optional(),
  document_base64: z.string().optional().describe('With filename'),
  document_url: attachmentSchema.shape.url,
  document_path: z.string().optional().describe("A file in one of the operator's folders"),
});

export const uploadSchema = sessionIdsSchema.extend({
  recipient: idText('A phone number, or a WhatsApp chat id'),
  caption: z.string().optional(),
  filename: attachmentSchema.shape.filename.optional(),
  file: z.string().meta({ format: 'binary' }),
});

export const consoleLoginSchema = z.union([
  z.strictObject({
    password: z.string().min(1).max(1_000),
    name: z.string().max(1_000).optional().describe('Empty: the password is the console’s own'),
  }),
  z.strictObject({ link_token: z.string().min(1).max(200).describe('Of a one-time link') }),
]);

export const consoleInvitationSchema = z.strictObject({
  token: z.string().min(1).max(200).describe('Of an invitation’s link'),
  password: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .describe('Accepts it; without one it is only told whose it is'),
});
