import { z } from 'zod';
import { defineCall } from './define-call';
import { id, nothing, operationSchema, startedOperation, time } from './parts';

const network = z.object({ address: z.string(), interface: z.string(), recommended: z.boolean() });

const gatewayInfoSchema = z.object({
  /** what the office calls this gateway; empty until somebody gave it a name */
  name: z.string(),
  version: z.string(),
  /** `process.platform` */
  platform: z.string(),
  entryPoint: z.enum(['desktop', 'headless']),
  startedAt: time,
  port: z.int(),
  /** what was asked for; another one than `port` when that was taken */
  wantedPort: z.int(),
  tls: z.object({ kind: z.enum(['self', 'files']), fingerprint: z.string() }).nullable(),
  /** this machine on its networks, the one to give to the PHP application marked */
  addresses: z.array(network),
  /** `http://192.168.1.20:3001`, built from the recommended address */
  url: z.string(),
  database: z.enum(['embedded', 'server']),
  /** of the database server; null while it does not say */
  connections: z
    .object({
      total: z.number(),
      used: z.number(),
      /** of programs that are no gateway */
      strangers: z.number(),
      gateways: z.number(),
      /** that this gateway may open for its tenants, and has open */
      limit: z.number(),
      open: z.number(),
      message: z.string(),
    })
    .nullable(),
  dataDir: z.string(),
  /** the wizard was finished or put away */
  setupDone: z.boolean(),
  /** WhatsApp can be paired in a window of an installed browser on this machine */
  canPairVisibly: z.boolean(),
  /** tenants that never linked a number may send by the office's */
  hasOfficeNumber: z.boolean(),
  restartNeeded: z.boolean(),
  /** the saved settings did not start, so those before are in force: why, in a sentence */
  restartProblem: z.string().nullable(),
});
export type GatewayInfo = z.output<typeof gatewayInfoSchema>;

const logLineSchema = z.object({
  /** rises by one with each line of this run: the key of a list */
  seq: z.int(),
  at: time,
  level: z.enum(['error', 'warn', 'info', 'debug']),
  /** the stable key; null in lines of versions that wrote none */
  event: z.string().nullable(),
  message: z.string(),
  fields: z.record(z.string(), z.unknown()),
});
export type LogLine = z.output<typeof logLineSchema>;

/** A gateway that shares the database with this one, or this one. */
const livingGatewaySchema = z.object({
  /** the machine's name; null with the next two: an older version, which does not say */
  host: z.string().nullable(),
  version: z.string().nullable(),
  startedAt: time.nullable(),
  isThisOne: z.boolean(),
  /** cleans up, reads bounces and sends alerts for all */
  leads: z.boolean(),
  /** WhatsApp sessions that it runs */
  sessions: z.int(),
});

const auditRowSchema = z.object({
  id: z.int(),
  at: time,
  actor: z.string(),
  action: z.string(),
  customerId: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
});

/** The gateway itself: what it is, its logs, its long operations. */
export const gatewayCalls = {
  'gateway.info': defineCall(nothing, gatewayInfoSchema),
  /** Stops and starts the gateway with the settings saved meanwhile; answers before it does. */
  'gateway.restart': defineCall(nothing, nothing),
  /** The gateways that share this database and are running, the longest-running first. */
  'gateway.all': defineCall(nothing, z.object({ gateways: z.array(livingGatewaySchema) })),
  'operations.list': defineCall(nothing, z.object({ operations: z.array(operationSchema) })),
  'operations.cancel': defineCall(z.strictObject({ operationId: z.string().max(100) }), nothing),
  /** The newest lines first; `level`: that one and worse. */
  'logs.tail': defineCall(
    z.strictObject({ limit: z.int().min(1).max(2_000), level: logLineSchema.shape.level.optional() }),
    z.object({ lines: z.array(logLineSchema) }),
  ),
  /** Whether this window wants the push `logs.lines`. */
  'logs.watch': defineCall(z.strictObject({ on: z.boolean() }), nothing),
  /** A zip with logs, versions, settings and counts; nothing secret, no message and no address in it. */
  'diagnostics.create': defineCall(nothing, startedOperation),
  'audit.list': defineCall(
    z.strictObject({
      customerId: z.string().max(50).optional(),
      action: z.string().max(100).optional(),
      beforeId: id.optional(),
      limit: z.int().min(1).max(500),
    }),
    z.object({ rows: z.array(auditRowSchema), nextBeforeId: id.nullable() }),
  ),
  'audit.export': defineCall(z.strictObject({ customerId: z.string().max(50).optional() }), startedOperation),
};
