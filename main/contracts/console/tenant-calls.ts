import { z } from 'zod';
import { eventTypeSchema } from '../event-types';
import { settingGroups } from '../setting-groups';
import { channelNameSchema, sessionStatusSchema } from '../statuses';
import { defineCall } from './define-call';
import { customerIdSchema, id, nothing, tenantInput, time } from './parts';

/** How a channel does: `attention` works for others but waits for somebody here, `down` gets nothing through. */
const channelHealthSchema = z.enum(['off', 'ok', 'attention', 'down']);
export type ChannelHealth = z.output<typeof channelHealthSchema>;

const tenantSummarySchema = z.object({
  customerId: z.string(),
  name: z.string(),
  paused: z.boolean(),
  createdAt: time,
  /** why its database cannot be used just now, in a sentence */
  problem: z.string().nullable(),
  channels: z.object({ email: z.boolean(), whatsapp: z.boolean(), webhook: z.boolean() }),
  health: z.object({
    email: channelHealthSchema,
    whatsapp: channelHealthSchema,
    webhook: channelHealthSchema,
  }),
  whatsapp: sessionStatusSchema.nullable(),
  waiting: z.number(),
  /** within the last 24 hours */
  failed: z.number(),
  lastEventAt: time.nullable(),
});
export type TenantSummary = z.output<typeof tenantSummarySchema>;

/** Secrets are never sent to a window: only whether there is one. */
export const settingValues = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
const secretsSet = z.record(z.string(), z.boolean());
/** null: back to the default */
export const settingChanges = z.record(
  z.string().max(100),
  z.union([z.string().max(10_000), z.number(), z.boolean(), z.null()]),
);

const tenantDetailSchema = tenantSummarySchema.extend({
  /** good for any PostgreSQL client on this machine, its password replaced by *** */
  databaseUrl: z.string(),
  /** the gateway made the database, and may drop it with the tenant */
  ownsDatabase: z.boolean(),
  settings: settingValues,
  defaults: settingValues,
  secretsSet,
  /** email can leave: by an account of its own or by the system's */
  canSendEmail: z.boolean(),
});
export type TenantDetail = z.output<typeof tenantDetailSchema>;

const keySchema = z.object({
  id: z.int(),
  name: z.string().nullable(),
  prefix: z.string(),
  createdAt: time,
  lastUsedAt: time.nullable(),
  revokedAt: time.nullable(),
});

const templateKey = z.strictObject({
  eventType: z.string().min(1).max(100),
  audience: z.string().min(1).max(50),
  channel: z.enum(['email', 'whatsapp']),
});
const templateTexts = z.strictObject({
  subject: z.string().max(2_000).optional(),
  text: z.string().max(100_000),
  html: z.string().max(500_000).optional(),
});
const problem = z.object({
  channel: z.enum(['email', 'whatsapp']),
  part: z.string(),
  message: z.string(),
  line: z.number().nullable(),
});
const previewSchema = z.object({
  email: z.object({ subject: z.string(), text: z.string(), html: z.string() }).nullable(),
  whatsapp: z.object({ text: z.string() }).nullable(),
  problems: z.array(problem),
  /** likely misspelt: fields that the event type does not declare */
  unknownFields: z.array(z.string()),
});

const listedEventType = eventTypeSchema.extend({
  builtIn: z.boolean(),
  /** templates that the tenant has changed, as `audience/channel` */
  changedTemplates: z.array(z.string()),
});
export type ListedEventType = z.output<typeof listedEventType>;

const testResultSchema = z.object({
  status: z.enum(['sent', 'failed', 'pending', 'held']),
  /** for people; null when all went well */
  error: z.string().nullable(),
  /** what the other side said, for the small print */
  response: z.string().nullable(),
  deliveryId: id.nullable(),
  durationMs: z.number(),
});

/** Tenants with their settings, keys, event types and templates. */
export const tenantCalls = {
  'tenants.list': defineCall(nothing, z.object({ tenants: z.array(tenantSummarySchema) })),
  'tenants.get': defineCall(tenantInput, tenantDetailSchema),
  /** The key is in this answer and nowhere else. */
  'tenants.add': defineCall(
    z.strictObject({
      customerId: customerIdSchema,
      name: z.string().max(200).optional(),
      databaseUrl: z.string().max(1_000).optional(),
    }),
    z.object({ customerId: z.string(), apiKey: z.string(), databaseUrl: z.string() }),
  ),
  'tenants.rename': defineCall(tenantInput.extend({ name: z.string().min(1).max(200) }), nothing),
  'tenants.setPaused': defineCall(tenantInput.extend({ paused: z.boolean() }), nothing),
  /** Pauses or resumes several; those that could not be are named. */
  'tenants.setPausedMany': defineCall(
    z.strictObject({ customerIds: z.array(customerIdSchema).min(1).max(1_000), paused: z.boolean() }),
    z.object({ failed: z.array(z.object({ customerId: z.string(), message: z.string() })) }),
  ),
  /** Copies settings of another tenant, its passwords included, without showing them. */
  'tenants.copySettings': defineCall(
    tenantInput.extend({
      from: customerIdSchema,
      groups: z.array(z.enum(settingGroups)).min(1).max(settingGroups.length),
    }),
    tenantDetailSchema,
  ),
  /** `confirmation` must be the customer id, typed by the person. */
  'tenants.remove': defineCall(
    tenantInput.extend({ confirmation: z.string().max(50), dropDatabase: z.boolean() }),
    nothing,
  ),
  /** Texts, numbers and booleans by setting; null: back to the default. All of it or nothing. */
  'tenants.saveSettings': defineCall(
    tenantInput.extend({
      values: settingChanges,
    }),
    tenantDetailSchema,
  ),
  /** Sends a real test message; `recipient` is not asked for with a webhook. */
  'tenants.sendTest': defineCall(
    tenantInput.extend({ channel: channelNameSchema, recipient: z.string().max(255).optional() }),
    testResultSchema,
  ),
  'keys.list': defineCall(tenantInput, z.object({ keys: z.array(keySchema) })),
  'keys.create': defineCall(
    tenantInput.extend({ name: z.string().max(100).optional() }),
    z.object({ id: z.int(), key: z.string(), prefix: z.string() }),
  ),
  'keys.revoke': defineCall(tenantInput.extend({ id }), nothing),
  'eventTypes.list': defineCall(tenantInput, z.object({ eventTypes: z.array(listedEventType) })),
  /** The definition is checked by `eventTypeSchema` and by the renderer; problems are in `details`. */
  'eventTypes.save': defineCall(
    tenantInput.extend({ definition: z.record(z.string(), z.unknown()) }),
    nothing,
  ),
  'eventTypes.remove': defineCall(tenantInput.extend({ eventType: z.string().max(100) }), nothing),
  /** Newest first: real data to preview a template with. */
  'eventTypes.recent': defineCall(
    tenantInput.extend({ eventType: z.string().max(100) }),
    z.object({
      events: z.array(z.object({ eventId: z.int(), at: time, data: z.record(z.string(), z.unknown()) })),
    }),
  ),
  /** Without `texts`: those in force. Without `data`: the sample. */
  'templates.preview': defineCall(
    tenantInput.extend({
      template: templateKey,
      texts: templateTexts.optional(),
      data: z.record(z.string(), z.unknown()).optional(),
    }),
    previewSchema,
  ),
  'templates.save': defineCall(tenantInput.extend({ template: templateKey, texts: templateTexts }), nothing),
  'templates.reset': defineCall(tenantInput.extend({ template: templateKey }), nothing),
};
