import { z } from 'zod';
import { consoleRoles } from '../../contracts/console/roles';
import { audienceSchema, eventTypeSchema } from '../../contracts/event-types';
import { numberUsedSchema } from '../../contracts/office-number';
import {
  channelNameSchema,
  deliveryStatusSchema,
  eventStatusSchema,
  whatsAppStatusSchema,
} from '../../contracts/statuses';

/** What routes answer; the tests hold real answers against these. */

const time = z.string().meta({ format: 'date-time' });
const id = z.number().int().min(1);
const cursor = z.string().nullable().describe('Give it back as `cursor` for the next page; null: the last');
const success = z.literal(true);

export const errorSchema = z
  .looseObject({
    error: z.string().describe('A sentence for people'),
    code: z
      .string()
      .regex(/^[a-z][a-z0-9_]*$/)
      .describe('For programs'),
    details: z.unknown().optional().describe('Often a list of {path, message}, one for each field'),
  })
  .meta({ id: 'Error' });

const deliverySummarySchema = z
  .looseObject({ id, channel: channelNameSchema, recipient: z.string(), status: deliveryStatusSchema })
  .meta({ id: 'DeliverySummary' });

export const acceptedSchema = z
  .looseObject({
    success,
    event_id: id,
    status: eventStatusSchema,
    deliveries: z.array(deliverySummarySchema),
    duplicate: z.literal(true).optional().describe('The idempotency key was used before'),
  })
  .meta({ id: 'Accepted' });

export const batchAnswerSchema = z.looseObject({
  success: z.boolean().describe('Every event was accepted'),
  results: z.array(
    z.looseObject({
      index: z.number().int().min(0),
      status: z.number().int().describe('What the event alone would have been answered'),
      event_id: id.optional(),
      error: z.string().optional(),
      code: z.string().optional(),
      details: z.unknown().optional(),
    }),
  ),
});

const eventSchema = z
  .looseObject({
    event_id: id,
    event_type: z.string(),
    status: eventStatusSchema,
    event_data: z.unknown().optional(),
    source: z.string(),
    idempotency_key: z.string().nullable(),
    error: z.string().nullable(),
    expires_at: time.nullable(),
    created_at: time,
    updated_at: time,
    deliveries: z.array(z.looseObject({ id })),
  })
  .meta({ id: 'Event' });

const deliverySchema = z
  .looseObject({
    id,
    event_id: id.nullable(),
    event_type: z.string().nullable(),
    channel: channelNameSchema,
    recipient: z.string(),
    status: deliveryStatusSchema,
    retry_count: z.number().int(),
    message_id: z.string().nullable(),
    number: numberUsedSchema
      .nullable()
      .optional()
      .describe('Of WhatsApp: the number that it left by, the customer’s own or the office’s'),
    error: z.string().nullable(),
    held_reason: z.string().nullable(),
    next_attempt_at: time.nullable(),
    created_at: time,
    attempts: z.array(z.looseObject({})).optional(),
  })
  .meta({ id: 'Delivery' });

export const eventListSchema = z.looseObject({ success, events: z.array(eventSchema), next_cursor: cursor });
export const eventAnswerSchema = eventSchema.extend({ success });
export const deliveryListSchema = z.looseObject({
  success,
  deliveries: z.array(deliverySchema),
  next_cursor: cursor,
});
export const deliveryAnswerSchema = deliverySchema.extend({ success });
export const deliveryChangedSchema = z.looseObject({
  success,
  delivery_id: id,
  status: deliveryStatusSchema,
});
export const replayedSchema = z.looseObject({
  success,
  replayed: z.number().int().min(0),
  more: z.literal(true).optional().describe('A limit was reached: ask again later for the rest'),
});

export const eventTypesSchema = z.looseObject({
  success,
  event_types: z.array(
    eventTypeSchema.omit({ sample: true }).extend({
      built_in: z.boolean(),
      audiences: z.array(
        audienceSchema.omit({ templates: true }).extend({
          channels: z.array(z.enum(['email', 'whatsapp'])).describe('Those that it has a template for'),
        }),
      ),
    }),
  ),
});
export const oneEventTypeSchema = z.looseObject({
  success,
  event_type: eventTypeSchema.extend({ built_in: z.boolean() }),
});
export const eventTypeAnswerSchema = z.looseObject({ success, event_type: eventTypeSchema });
export const previewAnswerSchema = z.looseObject({
  success,
  preview: z.looseObject({ problems: z.array(z.unknown()), unknownFields: z.array(z.string()) }),
});
export const templateResetSchema = z.looseObject({ success, changed: z.boolean() });
export const doneSchema = z.looseObject({ success });

const signInMethod = z.enum(['password', 'link']);
export const consoleSessionSchema = z.looseObject({
  success,
  signed_in: z.boolean(),
  method: signInMethod.nullable(),
  password_set: z.boolean().describe('Whether signing in by password is possible'),
  names_used: z.boolean().describe('Whether people sign in by a name, too'),
});
export const consoleLoginAnswerSchema = z.looseObject({ success, method: signInMethod });
export const consoleInvitationAnswerSchema = z.looseObject({
  success,
  name: z.string(),
  role: z.enum(consoleRoles),
});

export const databaseAddressSchema = z.object({
  success: z.literal(true),
  host: z.string(),
  port: z.int(),
  database: z.string(),
  user: z.string(),
  embedded: z.boolean().meta({ description: 'The gateway runs the server: its port may move' }),
  schema: z.string().meta({ description: 'Where the tables are' }),
});

export const tokenAnswerSchema = z.looseObject({
  token: z.string(),
  expires_in: z.number().int().describe('seconds'),
});
export const healthSchema = z.looseObject({
  status: z.enum(['ok', 'degraded']),
  timestamp: time,
  version: z.string(),
});

export const connectSchema = z.looseObject({
  success,
  reached: z.literal(true),
  address: z.string().describe('Where the request comes from, as the gateway sees it'),
  url: z.string().describe('What the gateway was called by'),
  same_machine: z.boolean(),
  version: z.string(),
  hints: z.array(z.string()).describe('What to mind, in sentences'),
  client_url: z.string().describe('The PHP client as one file'),
  php: z.string().describe('What to paste'),
});

export const qrSchema = z.looseObject({
  success,
  qr_code: z.string().describe('A data: URL of a PNG'),
  expires_in: z.number().optional().describe('Seconds until WhatsApp replaces the code, once that is known'),
  offer_ends_in: z.number().optional().describe('Seconds until no more codes are offered'),
  status: whatsAppStatusSchema,
});
export const whatsAppStateSchema = z.looseObject({
  success,
  status: whatsAppStatusSchema,
  last_updated: time,
  phone: z.string().optional(),
});
export const loggedOutSchema = z.looseObject({
  success,
  message: z.string(),
  status: z.literal('logged_out'),
});
export const pairingAnswerSchema = z.looseObject({ success, code: z.string() });
export const documentAnswerSchema = z.looseObject({
  success,
  message_id: z.string().nullable(),
  delivery_id: id,
  status: z.enum(['sent', 'pending', 'held']),
});

export const auditListSchema = z.looseObject({
  success,
  entries: z.array(
    z.looseObject({
      id,
      at: time,
      actor: z.string(),
      action: z.string(),
      detail: z.record(z.string(), z.unknown()),
    }),
  ),
  next_cursor: cursor,
});

export const openApiSchema = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) });
