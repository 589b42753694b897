import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { settingsCalls } from '../../contracts/console/settings-calls';
import { checkBackup } from '../backup/backup-reader';
import { GatewayError } from '../errors';
import type { ConsoleHandlers, ConsoleParts } from './console-parts';

type BackupCalls = Extract<keyof typeof settingsCalls, `backups.${string}`>;

/** Also as browsers name a second download: `backup (1).tar.gz`. */
const backupName = /^[A-Za-z0-9][A-Za-z0-9._ ()-]*\.tar\.gz$/;

/** Backups of the data folder: made while the gateway runs, put back by its next start. */
export function createBackupHandlers(parts: ConsoleParts): ConsoleHandlers<BackupCalls> {
  const { operations, audit } = parts;
  const folder = join(parts.config.dataDir, 'backups');

  /** @throws GatewayError `backup_not_found` (404) */
  async function findBackup(name: string): Promise<string> {
    // No other folder can be named.
    const path = backupName.test(name) ? join(folder, name) : undefined;
    const found = path === undefined ? undefined : await stat(path).catch(() => undefined);
    if (path !== undefined && found?.isFile()) return path;
    throw new GatewayError('backup_not_found', 'There is no such backup any more.', 404);
  }

  return {
    async 'backups.list'() {
      // Whoever brings a backup along puts it there.
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const names = await readdir(folder);
      const found = await Promise.all(
        names
          .filter((name) => backupName.test(name))
          .map(async (name) => {
            const { size, mtime } = await stat(join(folder, name));
            return { name, bytes: size, createdAt: mtime.toISOString() };
          }),
      );
      return { folder, backups: found.sort((a, b) => b.createdAt.localeCompare(a.createdAt)) };
    },

    async 'backups.create'({ withSecrets }, caller) {
      if (withSecrets) await parts.confirmations.require(caller);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const { id } = operations.start('backup', caller, async (run) => {
        const file = await chooseFile(folder);
        const summary = await parts.createBackup({
          file,
          withSecrets,
          onProgress: ({ rows }) => run.progress(rows),
        });
        if (run.signal.aborted) {
          await rm(file, { force: true });
          return undefined;
        }
        run.progress(summary.rows, summary.rows);
        for (const { customerId, omitted } of summary.tenants) {
          if (omitted !== undefined) run.note(`Not saved: the data of ${customerId}: ${omitted}`);
        }
        run.note(secretsNote(summary.withSecrets, parts.config.masterKey !== undefined));
        run.note('WhatsApp sessions are not part of a backup: their codes are scanned again.');
        await audit.record({
          actor: caller.actor,
          action: 'backup.created',
          customerId: null,
          detail: { file, with_secrets: summary.withSecrets },
        });
        return file;
      });
      return { operationId: id };
    },

    async 'backups.restore'({ name, confirmation }, caller) {
      const file = await findBackup(name);
      if (confirmation !== name) {
        throw new GatewayError(
          'confirmation_wrong',
          `Type ${name} to confirm that it replaces everything.`,
          422,
          [{ path: 'confirmation', message: `must be ${name}` }],
        );
      }
      await parts.confirmations.require(caller);
      const operation = operations.start('restore', caller, async (run) => {
        // Read to its end: one that is broken is refused while everything still runs.
        await checkBackup(file, parts.config.backupPassphrase);
        run.signal.throwIfAborted();
        parts.scheduleRestore({
          operationId: operation.id,
          file,
          actor: caller.actor,
          at: new Date().toISOString(),
        });
        run.submit();
        await parts.entryPoint.restart();
        await new Promise((resolve) => run.signal.addEventListener('abort', resolve, { once: true }));
        return undefined;
      });
      return { operationId: operation.id };
    },

    async 'backups.remove'({ name }, caller) {
      await rm(await findBackup(name));
      await audit.record({
        actor: caller.actor,
        action: 'backup.removed',
        customerId: null,
        detail: { name },
      });
      return {};
    },

    async 'backups.download'({ name }, caller) {
      const file = await findBackup(name);
      await parts.confirmations.require(caller);
      await audit.record({
        actor: caller.actor,
        action: 'backup.downloaded',
        customerId: null,
        detail: { name },
      });
      return { downloadToken: operations.offer(file, caller) };
    },
  };
}

/** Named after the time; a second one within the same second gets a number. */
async function chooseFile(folder: string): Promise<string> {
  const time = new Date()
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replaceAll(':', '');
  for (let number = 1; ; number += 1) {
    const file = join(folder, `modular-gateway-${time}${number === 1 ? '' : `-${number}`}.tar.gz`);
    if ((await stat(file).catch(() => undefined)) === undefined) return file;
  }
}

function secretsNote(withSecrets: boolean, hasMasterKey: boolean): string {
  if (withSecrets) return 'The key file is in it: whoever has this file can read the passwords.';
  return hasMasterKey
    ? 'Passwords in it can be read with the same GATEWAY_MASTER_KEY only.'
    : 'The key file is not in it: elsewhere, passwords have to be entered again.';
}
