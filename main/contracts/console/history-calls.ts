import { z } from 'zod';
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
  from: time.optional(),
  to: time.optional(),
  /** found in recipient, error, message id or event type, whatever its case */
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
  retryCount: z.number(),
  nextAttemptAt: time.nullable(),
  createdAt: time,
  updatedAt: time,
});
export type HistoryRow = z.output<typeof historyRowSchema>;

const attempt = z.object({
  attempt: z.int(),
  startedAt: time,
  durationMs: z.number(),
  /** `sent`, `failed`, `temporary` … as the engine recorded it */
  outcome: z.string(),
  errorCode: z.string().nullable(),
  /** raw, as the other side said it */
  response: z.string().nullable(),
});

const deliveryDetailSchema = historyRowSchema.extend({
  tenantName: z.string(),
  messageId: z.string().nullable(),
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
  /** the event's other deliveries */
  siblings: z.array(
    z.object({ id, channel: channelNameSchema, recipient: z.string(), status: deliveryStatusSchema }),
  ),
});
export type DeliveryDetail = z.output<typeof deliveryDetailSchema>;

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
