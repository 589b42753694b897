import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { createBackup, type BackupSummary } from '../gateway/backup/create-backup';
import { restoreBackup } from '../gateway/backup/restore-backup';
import { GatewayError } from '../gateway/errors';
import { createFileSecretStore } from '../gateway/secrets/secret-store';
import { printResult } from './command-output';
import { withInstallation } from './open-installation';

interface BackupCommandOptions {
  readonly withSecrets?: boolean;
  readonly withWhatsapp?: boolean;
  readonly json?: boolean;
}

interface RestoreCommandOptions {
  readonly force?: boolean;
  readonly json?: boolean;
}

export function addBackupCommands(program: Command): void {
  program
    .command('backup')
    .description("saves the gateway's and all tenants' data into one .tar.gz; the gateway may run")
    .argument('[file-or-folder]', 'where to save it; by default the folder backups in GATEWAY_DATA_DIR')
    .option('--with-secrets', 'includes the key file: keep such a backup as safe as the passwords in it')
    .option(
      '--with-whatsapp',
      'includes the WhatsApp logins, so that no new scan is needed elsewhere; encrypted backups only',
    )
    .option('--json', 'prints one JSON object')
    .action(backup);

  program
    .command('restore')
    .description('restores a backup into an installation without tenants')
    .argument('<file>')
    .option('--force', 'first removes the existing tenants and their databases')
    .option('--json', 'prints one JSON object')
    .action(restore);
}

async function backup(target: string | undefined, options: BackupCommandOptions): Promise<void> {
  await withInstallation(async ({ config, system, server, secrets, logger, audit }) => {
    const file = chooseFile(target ?? join(config.dataDir, 'backups/'));
    const summary = await createBackup({
      system,
      databases: server,
      secrets,
      dataDir: config.dataDir,
      sharedDir: config.sharedDir,
      logger,
      file,
      withSecrets: options.withSecrets === true,
      withWhatsApp: options.withWhatsapp === true,
      passphrase: config.backupPassphrase,
    });
    await audit('backup.created', null, { file, with_secrets: summary.withSecrets });
    printResult(
      options.json,
      {
        file,
        bytes: summary.bytes,
        rows: summary.rows,
        with_secrets: summary.withSecrets,
        encrypted: config.backupPassphrase !== undefined,
        tenants: summary.tenants.map(({ customerId, omitted }) => ({
          customer_id: customerId,
          saved: omitted === undefined,
          ...(omitted === undefined ? {} : { problem: omitted }),
        })),
      },
      [
        `Saved ${count(summary.tenants.length, 'tenant')}, ${count(summary.rows, 'row')}, ${megabytes(summary.bytes)}: ${file}`,
        ...summary.tenants
          .filter(({ omitted }) => omitted !== undefined)
          .map(({ customerId, omitted }) => `Not saved: the data of ${customerId}: ${omitted ?? ''}`),
        ...(config.backupPassphrase === undefined
          ? []
          : ['It is encrypted: only GATEWAY_BACKUP_PASSPHRASE opens it. Keep the passphrase elsewhere.']),
        secretsLine(summary, config.masterKey !== undefined),
        options.withWhatsapp
          ? 'WhatsApp logins are in it, as they were when their browsers last closed.'
          : 'WhatsApp logins are not in it: elsewhere, their codes are scanned again (--with-whatsapp).',
      ],
    );
    // Scripts look at nothing else.
    if (summary.tenants.some(({ omitted }) => omitted !== undefined)) process.exitCode = 1;
  });
}

function secretsLine(summary: BackupSummary, hasMasterKey: boolean): string {
  if (summary.withSecrets) return 'The key file is in it: whoever has this file can read the passwords.';
  return hasMasterKey
    ? 'Passwords in it can be read with the same GATEWAY_MASTER_KEY only.'
    : 'The key file is not in it: elsewhere, passwords have to be entered again (--with-secrets takes it along).';
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** A folder gets a file named after the time; a file that is there is not overwritten. */
function chooseFile(target: string): string {
  const path = resolve(target);
  const isFolder = /[/\\]$/.test(target) || (existsSync(path) && statSync(path).isDirectory());
  const time = new Date()
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replaceAll(':', '');
  const file = isFolder ? join(path, `modular-gateway-${time}.tar.gz`) : path;
  if (existsSync(file)) throw new GatewayError('file_exists', `${file} is there already.`);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return file;
}

async function restore(file: string, options: RestoreCommandOptions): Promise<void> {
  await withInstallation(async ({ config, system, server, registry, logger, audit }) => {
    const summary = await restoreBackup({
      system,
      databases: server,
      template: config.tenantDatabaseTemplate,
      registry,
      openSecrets: () => createFileSecretStore(config),
      dataDir: config.dataDir,
      sharedDir: config.sharedDir,
      logger,
      file: resolve(file),
      passphrase: config.backupPassphrase,
      force: options.force === true,
    });
    await audit('backup.restored', null, { file: resolve(file), created_at: summary.createdAt });
    printResult(
      options.json,
      {
        file: resolve(file),
        created_at: summary.createdAt.toISOString(),
        rows: summary.rows,
        tenants: summary.tenants.map(({ customerId, rows, notes }) => ({
          customer_id: customerId,
          rows,
          notes,
        })),
        renewed: summary.renewed,
        whatsapp: summary.whatsAppNotes,
      },
      [
        `Restored ${count(summary.tenants.length, 'tenant')} and ${count(summary.rows, 'row')} of ${summary.createdAt.toISOString()}.`,
        ...summary.tenants.flatMap(({ customerId, notes }) => notes.map((note) => `${customerId}: ${note}`)),
        ...summary.whatsAppNotes,
        ...(summary.renewed.length === 0
          ? []
          : [`Made anew at the next start, because the key is not here: ${summary.renewed.join(', ')}.`]),
        'A gateway that runs has to be started again.',
      ],
    );
    // Scripts look at nothing else.
    if (summary.tenants.some(({ isMissing }) => isMissing)) process.exitCode = 1;
  });
}
