import { z } from 'zod';
import { defineCall } from './define-call';
import { customerIdSchema, nothing, startedOperation, time } from './parts';

const variableSchema = z.object({
  /** of the environment: `PORT`, `SYSTEM_SMTP_HOST` */
  name: z.string(),
  group: z.enum(['network', 'database', 'email', 'whatsapp', 'security', 'data', 'logging']),
  description: z.string(),
  allowed: z.string(),
  default: z.string(),
  secret: z.boolean(),
  /** as it will hold after a restart; null when it is secret or not set */
  value: z.string().nullable(),
  isSet: z.boolean(),
  /** `environment` (and .env) wins over what is saved here, and cannot be changed here */
  source: z.enum(['environment', 'saved', 'default']),
  /** Only the environment sets it in this gateway: it can be read here, not changed. */
  fixed: z.boolean(),
  /** saved and not yet in force */
  pending: z.boolean(),
});
export type SettingVariable = z.output<typeof variableSchema>;

const mailAccountSchema = z.strictObject({
  host: z.string().min(1).max(255),
  port: z.int().min(1).max(65_535),
  username: z.string().max(255),
  /** undefined: the one that is saved */
  password: z.string().max(1_000).optional(),
  secure: z.boolean(),
  fromEmail: z.string().max(255),
  fromName: z.string().max(255),
});
const checkResult = z.object({
  ok: z.boolean(),
  /** a sentence: what works, or what is wrong and what to do about it */
  message: z.string(),
  /** what the other side said, for the small print */
  detail: z.string().nullable(),
});
export type CheckResult = z.output<typeof checkResult>;

const databaseServerSchema = z.strictObject({
  /** as DB_HOST and DB_PORT hold them: there may be several, with commas between */
  host: z.string().min(1).max(1_000),
  port: z.string().min(1).max(200),
  name: z.string().min(1).max(63),
  user: z.string().min(1).max(63),
  password: z.string().max(1_000).optional(),
});

const backup = z.object({ name: z.string(), bytes: z.number(), createdAt: time });

/** The environment as a page, the first steps, backups. */
export const settingsCalls = {
  'settings.get': defineCall(
    nothing,
    z.object({ variables: z.array(variableSchema), restartNeeded: z.boolean() }),
  ),
  /** What is wrong with a value, while it is typed. */
  'settings.check': defineCall(
    z.strictObject({ name: z.string().max(100), value: z.string().max(10_000) }),
    z.object({ problem: z.string().nullable() }),
  ),
  /** null: back to the default. All of it or nothing: `invalid_settings` with `details: [{path, message}]`. */
  'settings.save': defineCall(
    z.strictObject({ values: z.record(z.string().max(100), z.string().max(10_000).nullable()) }),
    z.object({ restartNeeded: z.boolean() }),
  ),
  /** Lets a page in from now on, and after a restart. Only one that was refused. */
  'settings.allowOrigin': defineCall(z.strictObject({ origin: z.string().max(200) }), nothing),
  'setup.rename': defineCall(z.strictObject({ name: z.string().max(100) }), nothing),
  'setup.checkPort': defineCall(
    z.strictObject({ port: z.int().min(1).max(65_535) }),
    z.object({ free: z.boolean(), message: z.string(), nextFree: z.int().nullable() }),
  ),
  'setup.checkDatabase': defineCall(databaseServerSchema, checkResult),
  'setup.sendTestMail': defineCall(
    z.strictObject({ account: mailAccountSchema, to: z.string().max(255) }),
    checkResult,
  ),
  /** To paste; with the key in it where one is given, else with a place for it. */
  'setup.snippets': defineCall(
    z.strictObject({
      customerId: customerIdSchema,
      apiKey: z.string().max(200).optional(),
      address: z.string().max(255).optional(),
    }),
    z.object({ php: z.string(), curl: z.string() }),
  ),
  /** When something that speaks for the tenant last reached this gateway, and from where. */
  'setup.contact': defineCall(
    z.strictObject({ customerId: customerIdSchema }),
    z.object({ at: time.nullable(), address: z.string().nullable() }),
  ),
  'setup.finish': defineCall(nothing, nothing),
  'backups.list': defineCall(nothing, z.object({ folder: z.string(), backups: z.array(backup) })),
  'backups.create': defineCall(z.strictObject({ withSecrets: z.boolean() }), startedOperation),
  /** Replaces every tenant by those of the backup; the gateway restarts afterwards. `confirmation`: its name. */
  'backups.restore': defineCall(
    z.strictObject({ name: z.string().max(200), confirmation: z.string().max(200) }),
    startedOperation,
  ),
  'backups.remove': defineCall(z.strictObject({ name: z.string().max(200) }), nothing),
  /** A token as of an operation's file: to save a backup somewhere else. */
  'backups.download': defineCall(
    z.strictObject({ name: z.string().max(200) }),
    z.object({ downloadToken: z.string() }),
  ),
  /**
   * Headless: gives one's own password again, for this page and five minutes. What touches security asks for it
   * (`password_needed`). `wrong_password`, `rate_limited`.
   */
  'login.confirm': defineCall(z.strictObject({ password: z.string().max(1_000) }), nothing),
  /** Headless: one's own; without a name the console's, which signs everybody out. */
  'login.setPassword': defineCall(
    z.strictObject({ current: z.string().max(1_000).optional(), password: z.string().min(10).max(1_000) }),
    nothing,
  ),
};
