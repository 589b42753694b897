import { z } from 'zod';
import { GatewayError } from '../errors';

/** Raised when an older gateway could not restore what this one writes. */
export const backupFormat = 1;

const tenantSchema = z.object({
  customerId: z.string(),
  name: z.string(),
  paused: z.boolean(),
  createdAt: z.coerce.date(),
  /** as in the tenant's row; secrets stay encrypted */
  databaseUrl: z.string().nullable(),
  databaseName: z.string().nullable(),
  /** made by the gateway, and so made again by a restore */
  isOwn: z.boolean(),
  /** null, or missing in older backups: taken over from the tenant's own table */
  operatorSettings: z.record(z.string(), z.unknown()).nullable().optional(),
  /** why its data is not in the backup: its database was away, or is another tenant's too */
  omitted: z.string().optional(),
});
export type BackupTenant = z.infer<typeof tenantSchema>;

/** The archive's first file. */
export const backupManifestSchema = z.object({
  format: z.literal(backupFormat),
  gatewayVersion: z.string(),
  createdAt: z.coerce.date(),
  withSecrets: z.boolean(),
  tenants: z.array(tenantSchema),
});
export type BackupManifest = z.infer<typeof backupManifestSchema>;

/** The head of an entry of rows, on its first line. */
export const backupRowsHeadSchema = z.object({
  table: z.string(),
  columns: z.array(z.string()),
  rows: z.number(),
});

export const backupSequencesSchema = z.record(z.string(), z.record(z.string(), z.number()));

/** The archive's last file: without it the backup is not whole. */
export const backupEndSchema = z.object({ entries: z.number(), rows: z.number() });

/** Names of the archive's entries. */
export const backupEntries = {
  manifest: 'manifest.json',
  secretKey: 'secret.key',
  end: 'end.json',
  system: 'system',
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
