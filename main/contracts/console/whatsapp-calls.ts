import { z } from 'zod';
import { numberUsedSchema } from '../office-number';
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
  /** that its messages leave by; the rest is about its own, the counts excepted */
  number: numberUsedSchema,
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

const officeSchema = z.object({
  card: whatsAppCardSchema,
  /** it was linked once, and not removed since: tenants without a number of their own send by it */
  isSetUp: z.boolean(),
  /** tenants that do */
  senders: z.number(),
  /** what contacts wrote that no tenant had written to, the newest first */
  replies: z.array(
    z.object({
      messageId: z.string(),
      sender: z.string(),
      kind: z.string(),
      body: z.string(),
      receivedAt: time,
    }),
  ),
});
export type WhatsAppOffice = z.output<typeof officeSchema>;

/** Where a tenant is named, `officeId` names the office number. */
export const whatsAppCalls = {
  'whatsapp.list': defineCall(
    nothing,
    /** `office` is the operator's alone: null for others */
    z.object({ cards: z.array(whatsAppCardSchema), office: officeSchema.nullable() }),
  ),
  /** Logs the office number out, and goes on as if there had never been one. */
  'whatsapp.removeOffice': defineCall(nothing, officeSchema),
  /** Starts a session, or tries again at once; `visible` where `canPairVisibly` says so. */
  'whatsapp.connect': defineCall(tenantInput.extend({ way: z.enum(['qr', 'visible']) }), whatsAppCardSchema),
  'whatsapp.pairingCode': defineCall(
    tenantInput.extend({ phone: z.string().min(3).max(40) }),
    z.object({ code: z.string() }),
  ),
  'whatsapp.logout': defineCall(tenantInput, whatsAppCardSchema),
};
