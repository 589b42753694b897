import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { createSavedSettings, type GatewayConfig } from '../config/config';
import { errorCode, errorText } from '../errors';
import type { Logger } from '../observability/logger';
import type { FileSecretStoreOptions, SecretStore } from '../secrets/secret-store';
import type { Database } from '../storage/database';
import type { DatabaseServer } from '../storage/system-database';
import { renamePatientlySync } from '../system/patient-rename';
import { createTenantRegistry } from '../tenants/tenant-registry';
import { createBackup } from './create-backup';
import { restoreBackup, type RestoreSummary } from './restore-backup';

const orderSchema = z.object({
  operationId: z.string(),
  file: z.string(),
  actor: z.string(),
  at: z.iso.datetime(),
});
/** A restore that somebody asked for: it is carried out by the next start, before any tenant is opened. */
export type PendingRestore = z.output<typeof orderSchema>;

export interface RestoreOutcome {
  readonly order: PendingRestore;
  /** in a sentence; undefined: it is done */
  readonly error: string | undefined;
  /** what a person has to know, in sentences */
  readonly notes: readonly string[];
}

/** A restart follows the order within seconds; one that did not must not surprise anybody weeks later. */
const goodForMs = 15 * 60_000;

const orderFile = (dataDir: string) => join(dataDir, 'restore-next.json');
/** There while it runs: found at a start, the process ended in the middle. */
const runningFile = (dataDir: string) => join(dataDir, 'restore-running.json');

export function scheduleRestore(dataDir: string, order: PendingRestore): void {
  const draft = `${orderFile(dataDir)}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(order), { mode: 0o600, flush: true });
  renamePatientlySync(draft, orderFile(dataDir));
}

export interface PendingRestoreParts {
  readonly config: Pick<
    GatewayConfig,
    'dataDir' | 'sharedDir' | 'masterKey' | 'tenantDatabaseTemplate' | 'layers' | 'backupPassphrase'
  >;
  readonly system: Database;
  readonly databases: DatabaseServer;
  readonly openSecrets: (options: FileSecretStoreOptions) => SecretStore;
  readonly logger: Logger;
}

/**
 * Carries out what was ordered, if anything was. All that is there is saved into a backup first, and comes back from
 * it when the restore fails halfway. Never throws: the gateway starts either way, and says what became of it.
 */
export async function runPendingRestore(parts: PendingRestoreParts): Promise<RestoreOutcome | undefined> {
  const { dataDir } = parts.config;
  const interrupted = readOrder(runningFile(dataDir));
  if (interrupted) {
    rmSync(runningFile(dataDir), { force: true });
    const error = `The restore of ${basename(interrupted.file)} was interrupted.`;
    return { order: interrupted, error, notes: [`What was there before is in ${safetyName(interrupted)}.`] };
  }
  const order = readOrder(orderFile(dataDir));
  if (!order) return undefined;
  const isLate = Date.now() - Date.parse(order.at) > goodForMs;
  if (isLate) {
    rmSync(orderFile(dataDir), { force: true });
    const error = 'The restore was not carried out: the restart that was to do it came too late. Ask again.';
    return { order, error, notes: [] };
  }
  renamePatientlySync(orderFile(dataDir), runningFile(dataDir));
  const file = basename(order.file);
  parts.logger.info('restore.started', 'restoring a backup', { file });
  const outcome = await carryOut(order, parts);
  rmSync(runningFile(dataDir), { force: true });
  if (outcome.error === undefined) parts.logger.info('restore.finished', 'backup restored', { file });
  else parts.logger.error('restore.failed', 'backup not restored', { file, error: outcome.error });
  return outcome;
}

function readOrder(path: string): PendingRestore | undefined {
  try {
    return orderSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (thrown) {
    if (errorCode(thrown) !== 'ENOENT') rmSync(path, { force: true });
    return undefined;
  }
}

function safetyName({ at }: PendingRestore): string {
  return `before-restore-${at.replace(/\.\d+Z$/, '').replaceAll(/[-:Z]/g, '')}.tar.gz`;
}

async function carryOut(order: PendingRestore, parts: PendingRestoreParts): Promise<RestoreOutcome> {
  const { config, system, databases, logger } = parts;
  const secrets = parts.openSecrets(config);
  const { place } = config.layers;
  const saved = createSavedSettings({ dataDir: config.dataDir, secrets, place }).read().values;
  const safety = join(config.dataDir, 'backups', safetyName(order));
  try {
    await createBackup({
      system,
      databases,
      secrets,
      dataDir: config.dataDir,
      sharedDir: config.sharedDir,
      logger,
      file: safety,
      // The key may be replaced by the backup's.
      withSecrets: secrets.exportKey?.() !== undefined,
    });
  } catch (thrown) {
    const error = `Nothing was changed, because what is there could not be saved first: ${errorText(thrown)}`;
    return { order, error, notes: [] };
  }
  try {
    const summary = await restore(order.file, parts);
    keepSavedSettings(saved, parts);
    return {
      order,
      error: undefined,
      notes: [...describe(summary), `Before, it was as in ${basename(safety)}.`],
    };
  } catch (thrown) {
    const error = errorText(thrown);
    try {
      await restore(safety, parts);
      return { order, error, notes: ['Everything is as it was before.'] };
    } catch (again) {
      const note = `What was there before could not be brought back either (${errorText(again)}): it is in ${basename(safety)}.`;
      return { order, error, notes: [note] };
    }
  }
}

function restore(file: string, parts: PendingRestoreParts): Promise<RestoreSummary> {
  const { config, system, databases, logger } = parts;
  const template = config.tenantDatabaseTemplate;
  const registry = createTenantRegistry({
    system,
    databases,
    template,
    secrets: parts.openSecrets(config),
    logger,
  });
  return restoreBackup({
    system,
    databases,
    template,
    registry,
    openSecrets: () => parts.openSecrets(config),
    dataDir: config.dataDir,
    sharedDir: config.sharedDir,
    logger,
    file,
    passphrase: config.backupPassphrase,
    force: true,
  });
}

/** Settings of this machine stay, also where the backup brought another key. */
function keepSavedSettings(saved: Readonly<Record<string, string>>, parts: PendingRestoreParts): void {
  if (Object.keys(saved).length === 0) return;
  const secrets = parts.openSecrets(parts.config);
  const { dataDir, layers } = parts.config;
  createSavedSettings({ dataDir, secrets, place: layers.place }).write(saved);
}

function describe({ createdAt, tenants, renewed, whatsAppNotes }: RestoreSummary): string[] {
  const count = `${tenants.length} tenant${tenants.length === 1 ? '' : 's'}`;
  return [
    `Restored ${count} as of ${createdAt.toISOString().slice(0, 16).replace('T', ' ')} (UTC).`,
    ...tenants.flatMap(({ customerId, notes }) => notes.map((note) => `${customerId}: ${note}`)),
    ...whatsAppNotes,
    ...(renewed.length === 0 ? [] : [`Made anew, because the key is not here: ${renewed.join(', ')}.`]),
  ];
}
