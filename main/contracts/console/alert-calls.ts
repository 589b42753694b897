import { z } from 'zod';
import { defineCall } from './define-call';
import { nothing } from './parts';

/** A time of day on this computer's clock; empty: none. */
const timeOfDay = z.string().regex(/^(|([01]\d|2[0-3]):[0-5]\d)$/);

export const alertSettingsSchema = z.strictObject({
  isOn: z.boolean(),
  /** empty: nobody is mailed */
  email: z.string().max(254),
  /** empty: no address is called */
  webhookUrl: z.string().max(500),
  quietFrom: timeOfDay,
  quietTo: timeOfDay,
});
export type AlertSettings = z.output<typeof alertSettingsSchema>;

const alertResult = z.object({
  way: z.enum(['email', 'webhook']),
  ok: z.boolean(),
  /** a sentence */
  message: z.string(),
});
export type AlertResult = z.output<typeof alertResult>;

/** Who is told, outside the console, of what needs a person. */
export const alertCalls = {
  'alerts.get': defineCall(nothing, alertSettingsSchema),
  /** `invalid_settings` with `details: [{path, message}]` */
  'alerts.save': defineCall(alertSettingsSchema, nothing),
  /** Tells them now, as they stand here. */
  'alerts.test': defineCall(alertSettingsSchema, z.object({ results: z.array(alertResult) })),
};
