import { z } from 'zod';
import { customerIdPattern } from '../config/config';
import { GatewayError } from '../errors';

/** Raised when an older gateway could not restore what this one writes. */
export const backupFormat = 1;

/** What is shown, printed and logged: on one line, without control characters. */
const line = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^[^\u0000-\u001f\u007f]*$/);
const count = z.int().min(0);
const mostTenants = 10_000;

const tenantSchema = z.object({
  customerId: z.string().regex(customerIdPattern),
  name: line(200).min(1),
  paused: z.boolean(),
  createdAt: z.coerce.date(),
  /** as in the tenant's row; secrets stay encrypted */
  databaseUrl: line(4_000).nullable(),
  databaseName: line(63).nullable(),
  /** made by the gateway, and so made again by a restore */
  isOwn: z.boolean(),
  /** null, or missing in older backups: taken over from the tenant's own table */
  operatorSettings: z.record(z.string(), z.unknown()).nullable().optional(),
  /** why its data is not in the backup: its database was away, or is another tenant's too */
  omitted: z
    .string()
    .max(10_000)
    .transform((text) => text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' '))
    .optional(),
});
export type BackupTenant = z.infer<typeof tenantSchema>;

/** The archive's first file. */
export const backupManifestSchema = z.object({
  format: z.literal(backupFormat),
  gatewayVersion: line(100),
  createdAt: z.coerce.date(),
  withSecrets: z.boolean(),
  /** WhatsApp's logins follow the system's folder; missing in older backups: they do not */
  withWhatsApp: z.boolean().optional(),
  tenants: z
    .array(tenantSchema)
    .max(mostTenants)
    .refine((tenants) => new Set(tenants.map(({ customerId }) => customerId)).size === tenants.length),
});
export type BackupManifest = z.infer<typeof backupManifestSchema>;

/** The head of an entry of rows, on its first line. */
export const backupRowsHeadSchema = z.object({
  table: line(100),
  columns: z.array(line(63).min(1)).min(1).max(200),
  rows: count,
});

export const backupSequencesSchema = z.record(line(100), z.record(line(63), count));

/** The archive's last file: without it the backup is not whole. */
export const backupEndSchema = z.object({ entries: count, rows: count });

/** Names of the archive's entries. */
export const backupEntries = {
  manifest: 'manifest.json',
  secretKey: 'secret.key',
  end: 'end.json',
  system: 'system',
  whatsApp: 'whatsapp',
  tenant: (customerId: string) => `tenants/${customerId}`,
  rows: (folder: string, table: string, part: number) =>
    `${folder}/${table}.${String(part).padStart(6, '0')}.ndjson`,
  sequences: (folder: string) => `${folder}/sequences.json`,
};

/** @throws GatewayError `backup_unreadable` */
export function parseEntry<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (thrown) {
    throw new GatewayError(
      'backup_unreadable',
      'The file is no backup of this gateway, or of a newer one.',
      400,
      undefined,
      { cause: thrown },
    );
  }
}
