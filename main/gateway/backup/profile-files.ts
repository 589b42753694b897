import { lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from '../errors';
import { patientRemoval, renamePatiently } from '../system/patient-rename';
import { fitsArchive, type ArchiveEntry } from './archive-writer';
import { backupEntries } from './backup-manifest';

/** Where the WhatsApp room keeps the logins, below the data folder: a folder a customer, in it these. */
const room = 'whatsapp';
/** The copy of a browser that has closed cleanly → the profile that it is a copy of. */
const copies: ReadonlyMap<string, string> = new Map([
  ['snapshot', 'session'],
  ['snapshot-installed', 'session-installed'],
]);
const profiles = new Set(copies.values());
/** What is larger is a cache, and made again. */
const largestFileBytes = 64 * 1024 * 1024;

/**
 * The files of WhatsApp's logins as an archive holds them: of the copies that were taken when a browser had closed, so
 * that they are whole while the gateway runs.
 */
export async function* listProfileFiles(dataDir: string): AsyncGenerator<ArchiveEntry> {
  for (const folder of await listFolders(join(dataDir, room))) {
    for (const copy of await listFolders(join(dataDir, room, folder))) {
      const profile = copies.get(copy);
      if (profile === undefined) continue;
      const from = join(dataDir, room, folder, copy);
      for (const file of await readdir(from, { recursive: true, withFileTypes: true })) {
        if (!file.isFile()) continue;
        const path = join(file.parentPath, file.name);
        const name = [
          backupEntries.whatsApp,
          folder,
          profile,
          ...path.slice(from.length + 1).split(/[/\\]/),
        ].join('/');
        if (!fitsArchive(name) || !isProfileFile(name)) continue;
        const content = await readSmall(path);
        if (content) yield { name, content };
      }
    }
  }
}

/** Undefined: too large, or gone since the folder was listed, as when a newer copy takes its place. */
async function readSmall(path: string): Promise<Buffer | undefined> {
  try {
    const { size } = await lstat(path);
    return size > largestFileBytes ? undefined : await readFile(path);
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** May this be written below the data folder? Anybody may have made the archive. */
export function isProfileFile(name: string): boolean {
  const [first, folder, profile, ...rest] = name.split('/');
  return (
    first === backupEntries.whatsApp &&
    profiles.has(profile ?? '') &&
    rest.length > 0 &&
    // A device of Windows', a way up, a drive, a second stream of a file: none of these.
    [folder ?? '', ...rest].every(
      (part) =>
        /^[^/\\:*?"<>|\u0000-\u001f\u007f]{1,120}$/.test(part) &&
        !/[. ]$/.test(part) &&
        !/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(part),
    )
  );
}

export interface ProfileWriter {
  add(entry: ArchiveEntry): Promise<void>;
  /** Puts the profiles in their places. A login that is there already stays. */
  finish(): Promise<{ readonly restored: number; readonly kept: number }>;
  abort(): Promise<void>;
}

/** Writes profiles beside where they belong; they appear whole, at the end. */
export function createProfileWriter(dataDir: string): ProfileWriter {
  const drafts = new Map<string, string>();

  return {
    async add({ name, content }) {
      const [, folder = '', profile = '', ...rest] = name.split('/');
      const target = join(dataDir, room, folder, profile);
      const draft = `${target}.restoring`;
      if (!drafts.has(target)) {
        drafts.set(target, draft);
        await rm(draft, patientRemoval);
      }
      const path = join(draft, ...rest);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(path, content, { mode: 0o600 });
    },
    async finish() {
      let restored = 0;
      for (const [target, draft] of drafts) {
        const isThere = (await lstat(target).catch(() => undefined)) !== undefined;
        if (isThere) {
          await rm(draft, patientRemoval);
        } else {
          await renamePatiently(draft, target);
          restored += 1;
        }
      }
      const kept = drafts.size - restored;
      drafts.clear();
      return { restored, kept };
    },
    async abort() {
      for (const draft of drafts.values()) await rm(draft, patientRemoval);
      drafts.clear();
    },
  };
}

async function listFolders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
