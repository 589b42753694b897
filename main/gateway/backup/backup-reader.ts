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

/** Reads the whole archive once, so that a broken one is refused before anything is touched. */
export async function checkBackup(file: string): Promise<BackupManifest> {
  let manifest: BackupManifest | undefined;
  let entries = 0;
  for await (const { name, content } of readArchive(file)) {
    if (entries === 0) manifest = parseEntry(backupManifestSchema, content.toString('utf8'));
    if (name === backupEntries.end) {
      const end = parseEntry(backupEndSchema, content.toString('utf8'));
      if (manifest && end.entries === entries) return manifest;
      break;
    }
    entries += 1;
  }
  throw new GatewayError('backup_unreadable', `The backup ${file} is not whole.`);
}

export interface BackupReader {
  /** The next entry's content when it has this name. */
  takeEntry(name: string): Promise<Buffer | undefined>;
  /** Loads what follows of a folder; returns the number of rows. */
  loadFolder(tx: Queryable, folder: string, tables: readonly BackupTable[]): Promise<number>;
  /** Passes over what follows of a folder. */
  skipFolder(folder: string): Promise<void>;
  stop(): Promise<void>;
}

/** Goes through an archive in its order, one entry in memory at a time. */
export function createBackupReader(file: string): BackupReader {
  const archive = readArchive(file);
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
          throw new GatewayError('backup_too_new', `This gateway knows no table ${head.table}: update it.`);
        }
        await loadChunk(tx, table, { ...head, lines: text.slice(headEnd + 1) });
        rows += head.rows;
      }
      return rows;
    },
    async skipFolder(folder) {
      while (await takeFrom(folder));
    },
    async stop() {
      await archive.return(undefined);
    },
  };
}
