import { z } from 'zod';
import { defineCall } from './define-call';
import { nothing } from './parts';

/** A time of day on the gateway's clock; empty: none. */
const timeOfDay = z.string().regex(/^(|([01]\d|2[0-3]):[0-5]\d)$/);

export const alertSettingsSchema = z.strictObject({
  isOn: z.boolean(),
  /** empty: nobody is mailed */
  email: z.string().max(254),
  /** empty: no address is called */
  webhookUrl: z.string().max(500),
  /** empty: nobody gets a WhatsApp message */
  whatsappNumber: z.string().max(40),
  /** the tenant whose WhatsApp sends it */
  whatsappFrom: z.string().max(50),
  quietFrom: timeOfDay,
  quietTo: timeOfDay,
});
export type AlertSettings = z.output<typeof alertSettingsSchema>;

const alertDraftSchema = alertSettingsSchema.extend({
  /** signs what the webhook gets; undefined: the one that is saved, empty: none */
  webhookSecret: z.string().max(200).optional(),
});
export type AlertDraft = z.output<typeof alertDraftSchema>;

const alertViewSchema = z.object({
  settings: alertSettingsSchema,
  hasWebhookSecret: z.boolean(),
  /** what the gateway's clock says, which quiet hours go by */
  clock: z.string(),
});

export const alertWays = ['email', 'webhook', 'whatsapp'] as const;
export type AlertWay = (typeof alertWays)[number];

const alertResult = z.object({
  way: z.enum(alertWays),
  ok: z.boolean(),
  /** a sentence */
  message: z.string(),
  /** what the other side said, for the small print */
  detail: z.string().nullable(),
});
export type AlertResult = z.output<typeof alertResult>;

/** Who is told, outside the console, of what needs a person. */
export const alertCalls = {
  'alerts.get': defineCall(nothing, alertViewSchema),
  /** `invalid_settings` with `details: [{path, message}]` */
  'alerts.save': defineCall(alertDraftSchema, nothing),
  /** Tells them now, as they stand here. */
  'alerts.test': defineCall(alertDraftSchema, z.object({ results: z.array(alertResult) })),
};
