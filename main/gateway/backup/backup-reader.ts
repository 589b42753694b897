import { GatewayError } from '../errors';
import { loadChunk, loadSequences, type BackupTable } from '../storage/backup-tables';
import type { Queryable } from '../storage/database';
import { readArchive, type ArchiveEntry } from './archive-writer';
import {
  backupEndSchema,
  backupEntries,
  backupManifestSchema,
  backupRowsHeadSchema,
  backupSequencesSchema,
  parseEntry,
  type BackupManifest,
} from './backup-manifest';
import { isProfileFile } from './profile-files';

/** Reads the whole archive once, so that a broken one is refused before anything is touched. */
export async function checkBackup(file: string, passphrase?: string): Promise<BackupManifest> {
  let manifest: BackupManifest | undefined;
  let isOver = false;
  let folders: string[] = [];
  let entries = 0;
  for await (const { name, content } of readArchive(file, { isWanted: isSmallEntry, passphrase })) {
    // Something after the end.
    if (isOver) throw notWhole(file);
    if (entries === 0) {
      if (name !== backupEntries.manifest || content.length > largestSmallEntry) break;
      manifest = parseEntry(backupManifestSchema, content.toString('utf8'));
      folders = foldersOf(manifest);
    } else if (name === backupEntries.secretKey && entries === 1) {
      checkKey(content);
    } else if (name !== backupEntries.end) {
      folders = takeFolder(folders, name);
    }
    if (name === backupEntries.end) {
      const end = parseEntry(backupEndSchema, content.toString('utf8'));
      if (!manifest || end.entries !== entries) break;
      isOver = true;
    }
    entries += 1;
  }
  if (manifest && isOver) return manifest;
  throw notWhole(file);
}

function notWhole(file: string): GatewayError {
  return new GatewayError('backup_unreadable', `The backup ${file} is not whole.`);
}

const largestSmallEntry = 32 * 1024 * 1024;

/** Read whole by the first pass; the rows are only passed over. */
function isSmallEntry(name: string): boolean {
  return [backupEntries.manifest, backupEntries.secretKey, backupEntries.end].includes(name);
}

/** In the order in which they stand in the archive. */
function foldersOf({ tenants, withWhatsApp }: BackupManifest): string[] {
  const saved = tenants.filter(({ omitted }) => omitted === undefined);
  return [
    ...saved.map(({ customerId }) => backupEntries.tenant(customerId)),
    backupEntries.system,
    ...(withWhatsApp ? [backupEntries.whatsApp] : []),
  ];
}

/** The folders from the entry's on. @throws GatewayError `backup_unreadable` for a name that no backup has there */
function takeFolder(folders: readonly string[], name: string): string[] {
  const at = folders.findIndex((folder) => name.startsWith(`${folder}/`));
  if (folders[at] === backupEntries.whatsApp && isProfileFile(name)) return folders.slice(at);
  const rest = name.slice((folders[at]?.length ?? 0) + 1);
  if (
    at >= 0 &&
    folders[at] !== backupEntries.whatsApp &&
    /^(sequences\.json|[a-z][a-z._]{0,62}\.\d{6,}\.ndjson)$/.test(rest)
  )
    return folders.slice(at);
  throw new GatewayError(
    'backup_unreadable',
    'The file is no backup of this gateway: it holds what none does.',
  );
}

/** Put in place unread, a broken key would keep the gateway from starting. */
function checkKey(content: Buffer): void {
  const isKey = /^[A-Za-z0-9+/]{43}=\n?$/.test(content.toString('latin1', 0, 100)) && content.length <= 45;
  if (!isKey) throw new GatewayError('backup_unreadable', 'The key in the backup is none.');
}

export interface BackupReader {
  /** The next entry's content when it has this name. */
  takeEntry(name: string): Promise<Buffer | undefined>;
  /** Loads what follows of a folder; returns the number of rows. */
  loadFolder(tx: Queryable, folder: string, tables: readonly BackupTable[]): Promise<number>;
  /** Hands out what follows of a folder, one file after another. */
  eachFile(folder: string, take: (entry: ArchiveEntry) => Promise<void>): Promise<void>;
  /** Passes over what follows of a folder. */
  skipFolder(folder: string): Promise<void>;
  stop(): Promise<void>;
}

/** Goes through an archive in its order, one entry in memory at a time. */
export function createBackupReader(file: string, passphrase?: string): BackupReader {
  const archive = readArchive(file, { passphrase });
  let ahead: ArchiveEntry | undefined;

  async function peek(): Promise<ArchiveEntry | undefined> {
    if (ahead) return ahead;
    const next = await archive.next();
    ahead = next.done ? undefined : next.value;
    return ahead;
  }

  async function takeFrom(folder: string): Promise<ArchiveEntry | undefined> {
    const entry = await peek();
    if (!entry?.name.startsWith(`${folder}/`)) return undefined;
    ahead = undefined;
    return entry;
  }

  return {
    async takeEntry(name) {
      const entry = await peek();
      if (entry?.name !== name) return undefined;
      ahead = undefined;
      return entry.content;
    },
    async loadFolder(tx, folder, tables) {
      let rows = 0;
      for (let entry = await takeFrom(folder); entry; entry = await takeFrom(folder)) {
        const text = entry.content.toString('utf8');
        if (entry.name === backupEntries.sequences(folder)) {
          await loadSequences(tx, tables, parseEntry(backupSequencesSchema, text));
          continue;
        }
        const headEnd = text.indexOf('\n');
        const head = parseEntry(backupRowsHeadSchema, text.slice(0, headEnd));
        const table = tables.find(({ name }) => name === head.table);
        if (!table) {
          throw new GatewayError(
            'backup_too_new',
            `This gateway knows no table ${JSON.stringify(head.table)}: update it.`,
          );
        }
        await loadChunk(tx, table, { ...head, lines: text.slice(headEnd + 1) });
        rows += head.rows;
      }
      return rows;
    },
    async eachFile(folder, take) {
      for (let entry = await takeFrom(folder); entry; entry = await takeFrom(folder)) await take(entry);
    },
    async skipFolder(folder) {
      while (await takeFrom(folder));
    },
    async stop() {
      await archive.return(undefined);
    },
  };
}
