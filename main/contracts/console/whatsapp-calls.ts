import { z } from 'zod';
import { sessionStatusSchema } from '../statuses';
import { defineCall } from './define-call';
import { tenantInput, time, nothing } from './parts';

const whatsAppCardSchema = z.object({
  customerId: z.string(),
  tenantName: z.string(),
  /** the tenant's database is out of reach: the rest is not known then */
  isAway: z.boolean(),
  /** WhatsApp is switched on in the tenant's settings */
  enabled: z.boolean(),
  status: sessionStatusSchema,
  /** since when it is in this state */
  since: time.nullable(),
  phone: z.string().nullable(),
  /** the machine whose gateway runs it, where that is another than this one */
  runsOn: z.string().nullable(),
  /** why it is where it is, in a sentence */
  reason: z.string().nullable(),
  /** it does nothing more by itself until somebody scans or tries again */
  needsPerson: z.boolean(),
  /** PNG data URL while one is offered */
  qrCode: z.string().nullable(),
  /** when WhatsApp replaces the code by the next */
  qrRefreshesAt: time.nullable(),
  /** when no more codes are offered and the browser is put away */
  qrOfferEndsAt: time.nullable(),
  pairingCode: z.string().nullable(),
  waiting: z.number(),
  unknown: z.number(),
  lastSentAt: time.nullable(),
  /** pacing: when the next message leaves; null when none waits for it */
  nextSendAt: time.nullable(),
  /** why messages wait: a code of the channel, such as `quiet_hours`, `daily_new_contacts`, `gap` */
  waitReason: z.string().nullable(),
  newContactsToday: z.number(),
  newContactsPerDay: z.number(),
});
export type WhatsAppCard = z.output<typeof whatsAppCardSchema>;

export const whatsAppCalls = {
  'whatsapp.list': defineCall(nothing, z.object({ cards: z.array(whatsAppCardSchema) })),
  /** Starts a session, or tries again at once; `visible` where `canPairVisibly` says so. */
  'whatsapp.connect': defineCall(tenantInput.extend({ way: z.enum(['qr', 'visible']) }), whatsAppCardSchema),
  'whatsapp.pairingCode': defineCall(
    tenantInput.extend({ phone: z.string().min(3).max(40) }),
    z.object({ code: z.string() }),
  ),
  'whatsapp.logout': defineCall(tenantInput, whatsAppCardSchema),
};
