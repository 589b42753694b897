import { errorText, GatewayError } from '../errors';
import type { Logger } from '../observability/logger';
import type { SecretStore } from '../secrets/secret-store';
import {
  dumpTables,
  systemBackupTables,
  tenantBackupTables,
  type BackupTable,
} from '../storage/backup-tables';
import { databaseLocation, databaseNameOf } from '../storage/connection-trouble';
import type { Database } from '../storage/database';
import { openTenantDatabase, type TenantDatabase } from '../storage/tenant-database';
import { listTenantRows, type TenantRow } from '../storage/tenant-store';
import { tenantDatabaseUrl, type TenantDatabases } from '../tenants/provision-database';
import { gatewayVersion } from '../version';
import { createArchiveWriter } from './archive-writer';
import { backupEntries, backupFormat, type BackupManifest, type BackupTenant } from './backup-manifest';
import { listProfileFiles } from './profile-files';

export interface BackupOptions {
  readonly system: Database;
  readonly databases: TenantDatabases;
  readonly secrets: SecretStore;
  readonly dataDir: string;
  /** GATEWAY_SHARED_DIR: where WhatsApp's logins are instead */
  readonly sharedDir?: string;
  readonly logger: Logger;
  /** where the archive goes; it appears when it is whole */
  readonly file: string;
  /** takes the key file along: whoever has the backup then reads the passwords in it */
  readonly withSecrets: boolean;
  /** closes the archive: without it nobody reads it */
  readonly passphrase?: string;
  /** takes the logins of WhatsApp along: whoever can open the backup then writes in the customers' names */
  readonly withWhatsApp?: boolean;
  readonly onProgress?: (progress: { readonly customerId: string | null; readonly rows: number }) => void;
}

export interface BackupSummary {
  readonly file: string;
  readonly bytes: number;
  readonly rows: number;
  readonly tenants: readonly BackupTenant[];
  /** the key file is in it */
  readonly withSecrets: boolean;
}

/**
 * Writes the gateway's own tables and those of every tenant into one .tar.gz; each database as it is at one
 * moment. The gateway may run meanwhile. WhatsApp's browser profiles are not part of it.
 * @throws GatewayError, or what the disk or a database answers; nothing is left behind then
 */
export async function createBackup(options: BackupOptions): Promise<BackupSummary> {
  if (options.withWhatsApp && options.passphrase === undefined) {
    throw new GatewayError(
      'passphrase_missing',
      'WhatsApp logins go into encrypted backups only: set GATEWAY_BACKUP_PASSPHRASE.',
    );
  }
  const secretKey = options.withSecrets ? readSecretKey(options) : undefined;
  const tenants = await openTenants(options);
  const archive = await createArchiveWriter(options.file, options.passphrase);
  let entries = 0;
  let rows = 0;

  async function addEntry(name: string, content: string | Buffer): Promise<void> {
    await archive.add(name, Buffer.from(content));
    entries += 1;
  }

  async function addDatabase(
    folder: string,
    customerId: string | null,
    database: Database,
    tables: readonly BackupTable[],
  ): Promise<void> {
    const chunks = dumpTables(database, tables);
    let part = 0;
    for (;;) {
      const next = await chunks.next();
      if (next.done) {
        await addEntry(backupEntries.sequences(folder), JSON.stringify(next.value));
        return;
      }
      const { lines, ...head } = next.value;
      part += 1;
      await addEntry(backupEntries.rows(folder, head.table, part), `${JSON.stringify(head)}\n${lines}`);
      rows += head.rows;
      options.onProgress?.({ customerId, rows });
    }
  }

  try {
    const manifest: BackupManifest = {
      format: backupFormat,
      gatewayVersion,
      createdAt: new Date(),
      withSecrets: secretKey !== undefined,
      ...(options.withWhatsApp ? { withWhatsApp: true } : {}),
      tenants: tenants.map(({ tenant }) => tenant),
    };
    await addEntry(backupEntries.manifest, JSON.stringify(manifest, null, 2));
    if (secretKey) await addEntry(backupEntries.secretKey, secretKey);
    for (const { tenant, database } of tenants) {
      if (!database) continue;
      const tables = tenantBackupTables(database.layout);
      await addDatabase(backupEntries.tenant(tenant.customerId), tenant.customerId, database.db, tables);
    }
    await addDatabase(backupEntries.system, null, options.system, systemBackupTables);
    if (options.withWhatsApp) {
      for await (const { name, content } of listProfileFiles(options.sharedDir ?? options.dataDir))
        await addEntry(name, content);
    }
    await archive.add(backupEntries.end, Buffer.from(JSON.stringify({ entries, rows })));
    const bytes = await archive.finish();
    return { file: options.file, bytes, rows, tenants: manifest.tenants, withSecrets: manifest.withSecrets };
  } catch (thrown) {
    await archive.abort();
    throw thrown;
  } finally {
    for (const { database } of tenants) await database?.stop();
  }
}

interface OpenTenant {
  readonly tenant: BackupTenant;
  /** absent where its data is not taken */
  readonly database?: TenantDatabase;
}

async function openTenants(options: BackupOptions): Promise<OpenTenant[]> {
  const opened: OpenTenant[] = [];
  const takenBy = new Map<string, string>();
  for (const row of await listTenantRows(options.system)) {
    const tenant: BackupTenant = {
      customerId: row.customerId,
      name: row.name,
      paused: row.paused,
      createdAt: row.createdAt,
      databaseUrl: row.databaseUrl,
      databaseName: row.databaseName,
      isOwn: row.databaseRole !== null,
      operatorSettings: row.operatorSettings,
    };
    try {
      const { url, place } = locate(row, options);
      const other = takenBy.get(place);
      if (other !== undefined) {
        opened.push({ tenant: { ...tenant, omitted: `its database is ${other}'s too, and saved there` } });
        continue;
      }
      takenBy.set(place, row.customerId);
      const database = await openTenantDatabase({
        url,
        customerId: row.customerId,
        logger: options.logger,
      });
      opened.push({ tenant, database });
    } catch (thrown) {
      // What can be saved is saved; the summary says what could not.
      opened.push({ tenant: { ...tenant, omitted: errorText(thrown) } });
    }
  }
  return opened;
}

/** `place` is the same for two addresses of one database. */
function locate(row: TenantRow, options: BackupOptions): { url: string; place: string } {
  const url = tenantDatabaseUrl(row, options.databases, options.secrets);
  return { url, place: `${databaseLocation(url)}/${databaseNameOf(url)}` };
}

function readSecretKey({ secrets }: BackupOptions): Buffer {
  const key = secrets.exportKey?.();
  if (key) return key;
  throw new GatewayError(
    'no_secret_key',
    'There is no key file to take along: secrets are kept by GATEWAY_MASTER_KEY, or there are none yet.',
    409,
  );
}
