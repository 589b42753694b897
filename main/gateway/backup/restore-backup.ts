import { defaultTenantSettings } from '../../contracts/tenant-settings';
import { consoleUrlSetting } from '../auth/console-address';
import { passwordSetting } from '../auth/console-login';
import { errorCode, errorText, GatewayError } from '../errors';
import type { Logger } from '../observability/logger';
import { isEncrypted, replaceKeyFile, type SecretStore } from '../secrets/secret-store';
import { emptyTables, hasRows, systemBackupTables, tenantBackupTables } from '../storage/backup-tables';
import type { Database, Queryable } from '../storage/database';
import {
  deleteGatewaySetting,
  listGatewaySettings,
  writeGatewaySetting,
} from '../storage/gateway-settings-store';
import { openTenantDatabase, type TenantDatabase } from '../storage/tenant-database';
import { insertTenantRow, listTenantRows, readDatabaseName } from '../storage/tenant-store';
import { onlyValid } from '../tenants/operator-settings';
import {
  provisionDatabase,
  type DatabaseColumns,
  type ProvisionedDatabase,
  type TenantDatabases,
} from '../tenants/provision-database';
import { refuseLocalFiles } from '../tenants/refuse-local-files';
import type { TenantRegistry } from '../tenants/tenant-registry';
import { readSettings } from '../tenants/tenant-settings';
import { backupEntries, type BackupTenant } from './backup-manifest';
import { checkBackup, createBackupReader, type BackupReader } from './backup-reader';
import { createProfileWriter } from './profile-files';

export interface RestoreOptions {
  readonly system: Database;
  readonly databases: TenantDatabases;
  readonly template?: string;
  readonly registry: TenantRegistry;
  /** called after the key file of the backup, where it has one, is in place */
  readonly openSecrets: () => SecretStore;
  readonly dataDir: string;
  /** GATEWAY_SHARED_DIR: where WhatsApp's logins are instead */
  readonly sharedDir?: string;
  readonly logger: Logger;
  readonly file: string;
  /** of a backup that one closes */
  readonly passphrase?: string;
  /** removes the tenants that are there, and the databases that the gateway made for them */
  readonly force: boolean;
}

interface RestoredTenant {
  readonly customerId: string;
  readonly rows: number;
  /** none of its data came back: it was not saved, or its own database is away */
  readonly isMissing: boolean;
  /** what somebody has to know or do, in sentences */
  readonly notes: readonly string[];
}

export interface RestoreSummary {
  readonly createdAt: Date;
  readonly rows: number;
  readonly tenants: readonly RestoredTenant[];
  /** the gateway's own secrets that cannot be read here, and are made again at the next start */
  readonly renewed: readonly string[];
  /** about WhatsApp's logins, in sentences */
  readonly whatsAppNotes: readonly string[];
}

interface ReadyTenant extends RestoredTenant {
  readonly tenant: BackupTenant;
  readonly columns: DatabaseColumns;
}

/**
 * Puts a backup into an installation without tenants. The databases that the gateway had made are recreated,
 * with new passwords; adopted ones are used where they are, and filled only when they are empty. All of it
 * becomes visible at once, at the end.
 * @throws GatewayError `backup_unreadable`, `restore_not_empty`; everything is as before then
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreSummary> {
  const manifest = await checkBackup(options.file, options.passphrase);
  for (const tenant of manifest.tenants) refuseStrongerAccount(tenant, options);
  await makeRoom(options);
  const reader = createBackupReader(options.file, options.passphrase);
  const undo: (() => Promise<void>)[] = [];
  try {
    await reader.takeEntry(backupEntries.manifest);
    const secretKey = await reader.takeEntry(backupEntries.secretKey);
    if (secretKey) undo.push(await replaceKeyFile(options.dataDir, secretKey));
    const secrets = options.openSecrets();

    const ready: ReadyTenant[] = [];
    for (const tenant of manifest.tenants) {
      ready.push(await restoreTenant(tenant, { ...options, secrets, reader, undo }));
    }
    const systemRows = await restoreSystem(options.system, reader, ready);
    return {
      createdAt: manifest.createdAt,
      rows: ready.reduce((sum, { rows }) => sum + rows, systemRows),
      tenants: ready.map(({ customerId, rows, isMissing, notes }) => ({
        customerId,
        rows,
        isMissing,
        notes,
      })),
      renewed: await dropUnreadable(options.system, secrets),
      whatsAppNotes: manifest.withWhatsApp
        ? await restoreProfiles(reader, options.sharedDir ?? options.dataDir)
        : [],
    };
  } catch (thrown) {
    for (const step of undo.reverse()) {
      await step().catch((undoError: unknown) =>
        options.logger.warn('restore.undo_failed', 'a step of the restore could not be undone', {
          error: errorText(undoError),
        }),
      );
    }
    throw thrown;
  } finally {
    await reader.stop();
  }
}

/** The data is there by now: a login that cannot be put back costs a scan, and nothing else. */
async function restoreProfiles(reader: BackupReader, dataDir: string): Promise<string[]> {
  const writer = createProfileWriter(dataDir);
  try {
    await reader.eachFile(backupEntries.whatsApp, (entry) => writer.add(entry));
    const { restored, kept } = await writer.finish();
    return [
      ...(restored === 0
        ? []
        : [`WhatsApp logins restored: ${restored}. Stop the gateway that they came from.`]),
      ...(kept === 0 ? [] : [`WhatsApp logins that were here already and stay: ${kept}.`]),
    ];
  } catch (thrown) {
    await writer.abort();
    return [`The WhatsApp logins were not restored, so scan again: ${errorText(thrown)}`];
  }
}

/**
 * A database that goes by its name is reached with the gateway's own account. The backup must not choose which one that
 * is: it is the one that TENANT_DATABASE_TEMPLATE names for that tenant, or none.
 * @throws GatewayError `restore_refused`
 */
function refuseStrongerAccount(tenant: BackupTenant, { template, databases }: RestoreOptions): void {
  const { customerId, databaseName, databaseUrl, isOwn } = tenant;
  if (databaseUrl !== null && !isEncrypted(databaseUrl)) {
    throw refused(`The address of the database of ${customerId} was not written by a gateway.`);
  }
  if (isOwn || databaseUrl !== null) return;
  const named = template?.includes('://') ? undefined : template?.replaceAll('{customer_id}', customerId);
  if (databases.kind === 'server' && named !== undefined && named === databaseName) return;
  throw refused(
    `The database of ${customerId} goes by the name ${JSON.stringify(databaseName)}, which TENANT_DATABASE_TEMPLATE ` +
      'does not give it here: set it as it was where the backup was made.',
  );
}

function refused(sentence: string): GatewayError {
  return new GatewayError('restore_refused', `${sentence} Nothing was changed.`, 409);
}

async function makeRoom({ system, registry, force }: RestoreOptions): Promise<void> {
  const there = await listTenantRows(system);
  if (there.length > 0 && !force) {
    throw new GatewayError(
      'restore_not_empty',
      `There are tenants here (${there.map(({ customerId }) => customerId).join(', ')}): restore into a new ` +
        'GATEWAY_DATA_DIR or DB_NAME, or remove them and their databases with --force.',
      409,
    );
  }
  for (const { customerId, databaseRole } of there) {
    await registry.remove(customerId, { dropDatabase: databaseRole !== null });
  }
}

interface RestoreContext extends RestoreOptions {
  readonly secrets: SecretStore;
  readonly reader: BackupReader;
  readonly undo: (() => Promise<void>)[];
}

async function restoreTenant(tenant: BackupTenant, context: RestoreContext): Promise<ReadyTenant> {
  const { customerId } = tenant;
  const folder = backupEntries.tenant(customerId);
  const notes = tenant.omitted === undefined ? [] : [`Its data is not in the backup: ${tenant.omitted}.`];
  const done = (columns: DatabaseColumns, rows: number, ...more: string[]): ReadyTenant => ({
    tenant,
    customerId,
    columns,
    rows,
    isMissing: tenant.omitted !== undefined,
    notes: [...notes, ...more],
  });

  let provisioned: ProvisionedDatabase | undefined;
  try {
    const made = await provision(tenant, context);
    provisioned = made;
    context.undo.push(() => made.undo());
    const database = await openTenantDatabase({ url: provisioned.url, customerId, logger: context.logger });
    try {
      const { rows, note } = await fillDatabase(database, tenant, context);
      const unreadable = await unreadableSecrets(database, customerId, context.secrets);
      return done(provisioned.columns, rows, ...(note ? [note] : []), ...unreadable);
    } finally {
      await database.stop();
    }
  } catch (thrown) {
    // An adopted database may be away today; the tenant is registered all the same.
    if (tenant.isOwn || errorCode(thrown) === 'invalid_database_url') throw thrown;
    await context.reader.skipFolder(folder);
    const asItWas = { ...tenant, databaseRole: null, databasePassword: null };
    const columns = provisioned?.columns ?? asItWas;
    return { ...done(columns, 0, `Its database was not touched: ${errorText(thrown)}`), isMissing: true };
  }
}

async function provision(tenant: BackupTenant, context: RestoreContext): Promise<ProvisionedDatabase> {
  const { secrets, template } = context;
  const adopted = tenant.isOwn || tenant.databaseUrl === null ? null : secrets.decrypt(tenant.databaseUrl);
  if (adopted !== null) refuseLocalFiles(adopted, 'a backup');
  return provisionDatabase({
    ...context,
    customerId: tenant.customerId,
    systemName: await readDatabaseName(context.system),
    databaseUrl: adopted ?? undefined,
    // An adopted database of the gateway's own server goes by its name.
    template: tenant.isOwn ? template : (tenant.databaseName ?? undefined),
  });
}

async function fillDatabase(
  { db, layout }: TenantDatabase,
  tenant: BackupTenant,
  { reader, force }: RestoreContext,
): Promise<{ rows: number; note?: string }> {
  const folder = backupEntries.tenant(tenant.customerId);
  const tables = tenantBackupTables(layout);
  if (await hasRows(db, tables)) {
    if (!tenant.isOwn) {
      await reader.skipFolder(folder);
      return { rows: 0, note: 'Its database was adopted and has rows: it was left as it is.' };
    }
    if (!force) {
      throw new GatewayError(
        'restore_not_empty',
        `There is a database with rows for ${tenant.customerId} here: use --force to replace what is in it.`,
        409,
      );
    }
  }
  const rows = await db.transaction(async (tx) => {
    await emptyTables(tx, tables);
    return reader.loadFolder(tx, folder, tables);
  });
  return { rows };
}

async function unreadableSecrets(
  database: TenantDatabase,
  customerId: string,
  secrets: SecretStore,
): Promise<string[]> {
  const unreadable: string[] = [];
  await readSettings(database, customerId, secrets, defaultTenantSettings, ({ setting, isSecret }) => {
    if (isSecret) unreadable.push(setting);
  });
  return unreadable.length === 0
    ? []
    : [`${unreadable.join(', ')} cannot be read with the key of this installation: enter again.`];
}

/** In one transaction: a gateway that runs sees all tenants at once. */
async function restoreSystem(
  system: Database,
  reader: BackupReader,
  ready: readonly ReadyTenant[],
): Promise<number> {
  return system.transaction(async (tx) => {
    const own = await listGatewaySettings(tx);
    await emptyTables(tx, systemBackupTables);
    for (const { tenant, columns } of ready) {
      const { customerId, name, paused, createdAt } = tenant;
      const { databaseUrl, databaseName, databaseRole, databasePassword } = columns;
      await insertTenantRow(tx, {
        customerId,
        name,
        paused,
        createdAt,
        databaseUrl,
        databaseName,
        databaseRole,
        databasePassword,
        operatorSettings: tenant.operatorSettings ? onlyValid(tenant.operatorSettings) : null,
      });
    }
    const rows = await reader.loadFolder(tx, backupEntries.system, systemBackupTables);
    await keepLocalLogin(tx, own);
    return rows;
  });
}

/** Who signs in at the console here, and where it is, is not the backup's to say. */
async function keepLocalLogin(
  tx: Queryable,
  own: readonly { readonly name: string; readonly value: unknown }[],
): Promise<void> {
  for (const name of [passwordSetting, consoleUrlSetting]) {
    const here = own.find((setting) => setting.name === name);
    if (here) await writeGatewaySetting(tx, name, here.value);
    else await deleteGatewaySetting(tx, name);
  }
}

/** What is encrypted with a key that is not here is of no use, and would keep the gateway from starting. */
async function dropUnreadable(system: Database, secrets: SecretStore): Promise<string[]> {
  const dropped: string[] = [];
  for (const { name, value } of await listGatewaySettings(system)) {
    const mustBeSecret = name === 'jwt_secret';
    if (!mustBeSecret && (typeof value !== 'string' || !isEncrypted(value))) continue;
    try {
      // In plain, whoever made the backup would know what tokens are signed with.
      if (typeof value !== 'string' || !isEncrypted(value)) throw new Error('not encrypted');
      secrets.decrypt(value);
    } catch {
      await deleteGatewaySetting(system, name);
      dropped.push(name);
    }
  }
  return dropped;
}
