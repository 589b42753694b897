import { z } from 'zod';
import { channelNameSchema } from '../statuses';
import { defineCall } from './define-call';
import { customerIdSchema, time } from './parts';

export const attentionKinds = [
  /** WhatsApp of a tenant wants its code scanned (again) */
  'whatsapp_scan',
  /** gave up coming up by itself */
  'whatsapp_failed',
  'failed_messages',
  'unknown_outcomes',
  /** the circuit breaker of a channel is open */
  'channel_down',
  'disk_full',
  'tenant_database_away',
  /** email is on, and neither the tenant nor the system has an account */
  'mail_account_missing',
  'browser_missing',
  /** the port asked for was taken: the PHP application may call the wrong one */
  'mail_login_plaintext',
  'port_moved',
  'restart_needed',
  /** rows of websocket_events that nobody will ever take in */
  'untakable_rows',
  /** the gateway switched a webhook off: its receiver is gone */
  'webhook_off',
  /** a tenant's mailbox for bounced mails cannot be read */
  'bounce_mailbox_failed',
  /** the embedded database listens on another port: addresses that were given out lead elsewhere */
  'database_moved',
  /** the database server has hardly a connection left */
  'connections_short',
  /** a web page was not let in; `subject` is its origin */
  'origin_refused',
] as const;

const attentionSchema = z.object({
  /** stable while the matter lasts: a window keys its list and its notifications by it */
  id: z.string(),
  kind: z.enum(attentionKinds),
  severity: z.enum(['warning', 'error']),
  customerId: z.string().nullable(),
  tenantName: z.string().nullable(),
  channel: channelNameSchema.nullable(),
  count: z.number().nullable(),
  since: time.nullable(),
  /** what it is about, where a click settles it */
  subject: z.string().nullable(),
  /** a sentence of the gateway or of a server, for the small print */
  detail: z.string().nullable(),
});
export type Attention = z.output<typeof attentionSchema>;

const channelCounts = z.object({
  channel: channelNameSchema,
  /** pending and held */
  waiting: z.number(),
  sending: z.number(),
  held: z.number(),
  /** of the waiting ones, those not on hold whose tenant is paused */
  paused: z.number(),
  unknown: z.number(),
  /** within the last 24 hours; sent counts delivered and read too */
  sent: z.number(),
  failed: z.number(),
});

const hourCounts = z.object({
  /** when the hour began */
  hour: time,
  sent: z.object({ email: z.number(), whatsapp: z.number(), webhook: z.number() }),
  failed: z.number(),
});

const overviewSchema = z.object({
  channels: z.array(channelCounts),
  /** the last 24 hours, oldest first, the current one last: always 24 */
  hours: z.array(hourCounts),
  attention: z.array(attentionSchema),
  tenants: z.number(),
  /** when anybody's last event came in */
  lastEventAt: time.nullable(),
});
export type Overview = z.output<typeof overviewSchema>;

export const overviewCalls = {
  'overview.get': defineCall(z.strictObject({ customerId: customerIdSchema.optional() }), overviewSchema),
};
