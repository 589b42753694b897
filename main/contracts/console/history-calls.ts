import { z } from 'zod';
import { numberUsedSchema } from '../office-number';
import { channelNameSchema, deliveryStatusSchema, eventStatusSchema } from '../statuses';
import { defineCall } from './define-call';
import { customerIdSchema, id, nothing, startedOperation, time } from './parts';

/** Every field narrows; the address of the history page holds the same names. */
export const historyFilterSchema = z.strictObject({
  /** without it: all tenants, merged by time */
  customerId: customerIdSchema.optional(),
  channel: channelNameSchema.optional(),
  status: z.array(deliveryStatusSchema).max(8).optional(),
  eventType: z.string().max(100).optional(),
  /** the beginning of an address or number, or the whole */
  recipient: z.string().max(255).optional(),
  /** the messages of one event */
  eventId: z
    .string()
    .regex(/^[1-9][0-9]{0,9}$/)
    .refine((text) => Number(text) <= 2_147_483_647)
    .optional(),
  from: time.optional(),
  to: time.optional(),
  /** words of the message, its recipient, its event's data or type, whatever their case */
  text: z.string().max(200).optional(),
});
export type HistoryFilter = z.output<typeof historyFilterSchema>;

const historyRowSchema = z.object({
  customerId: z.string(),
  id,
  eventId: id.nullable(),
  eventType: z.string().nullable(),
  channel: channelNameSchema,
  recipient: z.string(),
  status: deliveryStatusSchema,
  /** in words */
  error: z.string().nullable(),
  heldReason: z.string().nullable(),
  /** its subject, or what it is about in a few words */
  subject: z.string().nullable(),
  /** sent by a person to try a channel */
  isTest: z.boolean(),
  retryCount: z.number(),
  nextAttemptAt: time.nullable(),
  createdAt: time,
  updatedAt: time,
});
export type HistoryRow = z.output<typeof historyRowSchema>;

/** Of a webhook that was answered. */
export const exchangeSchema = z.object({
  url: z.string(),
  sentAt: z.string(),
  status: z.number(),
  headers: z.record(z.string(), z.string()),
});

const attempt = z.object({
  attempt: z.int(),
  startedAt: time,
  durationMs: z.number(),
  /** `sent`, `failed`, `temporary` … as the engine recorded it */
  outcome: z.string(),
  errorCode: z.string().nullable(),
  /** raw, as the other side said it */
  response: z.string().nullable(),
  /** null where that was not kept */
  exchange: exchangeSchema.nullable(),
});

const deliveryDetailSchema = historyRowSchema.extend({
  tenantName: z.string(),
  messageId: z.string().nullable(),
  /** of WhatsApp: the number that it left by */
  number: numberUsedSchema.nullable(),
  errorCode: z.string().nullable(),
  sentAt: time.nullable(),
  deliveredAt: time.nullable(),
  readAt: time.nullable(),
  expiresAt: time.nullable(),
  attempts: z.array(attempt),
  event: z
    .object({
      id,
      eventType: z.string(),
      status: eventStatusSchema,
      createdAt: time,
      completedAt: time.nullable(),
      data: z.record(z.string(), z.unknown()),
    })
    .nullable(),
  /** what was sent, or what would be; null when it cannot be rendered any more */
  message: z
    .object({
      from: z.string().nullable(),
      subject: z.string().nullable(),
      text: z.string(),
      html: z.string().nullable(),
      attachments: z.array(z.object({ filename: z.string(), bytes: z.number().nullable() })),
      /** as it left; otherwise a preview of what will */
      asSent: z.boolean(),
    })
    .nullable(),
  /**
   * The message as it goes over the wire, built again from what is stored: a webhook's request, a mail's source. Secrets
   * and signatures are masked, the contents of files left out.
   */
  wire: z
    .object({
      url: z.string().nullable(),
      headers: z.array(z.tuple([z.string(), z.string()])),
      body: z.string(),
    })
    .nullable(),
  /** the event's other deliveries */
  siblings: z.array(
    z.object({ id, channel: channelNameSchema, recipient: z.string(), status: deliveryStatusSchema }),
  ),
});
export type DeliveryDetail = z.output<typeof deliveryDetailSchema>;

/** Those whose boxes are ticked. */
const chosenDeliveries = z.strictObject({
  deliveries: z
    .array(z.strictObject({ customerId: customerIdSchema, id }))
    .min(1)
    .max(500),
});
/** `skipped`: it was not theirs to do any more, or their database is away */
const doneToChosen = z.object({ done: z.number(), skipped: z.number() });

const oneDelivery = z.strictObject({ customerId: customerIdSchema, id });

export const historyCalls = {
  /**
   * Newest first, by keyset: a page costs the same wherever it is. A search for a text that hardly any row holds
   * gives pages with few rows or none, and a cursor to go on with.
   */
  'history.list': defineCall(
    z.strictObject({
      filter: historyFilterSchema,
      cursor: z.string().max(4_000).optional(),
      limit: z.int().min(1).max(200),
    }),
    z.object({
      rows: z.array(historyRowSchema),
      nextCursor: z.string().nullable(),
      /** tenants that are left out because their database does not answer */
      missing: z.array(z.string()),
    }),
  ),
  /** Counts up to 10,000; `more`: there are more than that. */
  'history.count': defineCall(
    z.strictObject({ filter: historyFilterSchema }),
    z.object({ count: z.number(), more: z.boolean() }),
  ),
  'history.get': defineCall(oneDelivery, deliveryDetailSchema),
  'history.retry': defineCall(oneDelivery, nothing),
  'history.resolve': defineCall(oneDelivery.extend({ action: z.enum(['resend', 'close']) }), nothing),
  /** Sends those of them that failed again, and those that wait at once. */
  'history.retryChosen': defineCall(chosenDeliveries, doneToChosen),
  /** Gives up those of them that wait. */
  'history.cancelChosen': defineCall(chosenDeliveries, doneToChosen),
  /** Puts back all failed deliveries that fit. */
  'history.replay': defineCall(z.strictObject({ filter: historyFilterSchema }), startedOperation),
  /** CSV of all that fit, UTF-8 with BOM, RFC 4180, formulas made harmless. */
  'history.export': defineCall(z.strictObject({ filter: historyFilterSchema }), startedOperation),
  /** For the filter: event types that there are. */
  'history.eventTypes': defineCall(
    z.strictObject({ customerId: customerIdSchema.optional() }),
    z.object({ eventTypes: z.array(z.string()) }),
  ),
};
