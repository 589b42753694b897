import { z } from 'zod';

/** Names of tenants as they come from a window; the registry knows the exact rules. */
export const customerIdSchema = z.string().min(1).max(50);
export const tenantInput = z.strictObject({ customerId: customerIdSchema });
export const nothing = z.strictObject({});
/** ISO 8601, UTC */
export const time = z.iso.datetime({ offset: true });
export const id = z.int().min(1).max(2_147_483_647);

/** Something that takes a while and reports how far it is. */
export const operationSchema = z.object({
  id: z.string(),
  kind: z.enum(['replay', 'export', 'backup', 'restore', 'diagnostics', 'audit_export']),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  /** rows, messages or files so far */
  done: z.number(),
  /** null: not known */
  total: z.number().nullable(),
  /** a sentence, when it failed */
  error: z.string().nullable(),
  /** what came of it, where that is a file: fetched once or several times within an hour */
  file: z.object({ name: z.string(), bytes: z.number(), downloadToken: z.string() }).nullable(),
  /** what a person has to know, in sentences */
  notes: z.array(z.string()),
  startedAt: time,
});
export type Operation = z.output<typeof operationSchema>;
export const startedOperation = z.object({ operationId: z.string() });
