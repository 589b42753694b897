import { createHash } from 'node:crypto';
import { cp, lstat, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { patientRemoval, renamePatiently } from '../system/patient-rename';
import { namesProfile } from './names-profile';
import { endProcessTree, listProcesses } from './process-tree';

/** Which browser a session lives in. Their profiles are laid out differently and never move over. */
export type BrowserChoice = 'own' | 'installed';

export interface ProfileFolder {
  /** LocalAuth's `dataPath` */
  readonly dataPath: string;
  /** LocalAuth's `clientId`; undefined for its plain `session` folder */
  readonly clientId: string | undefined;
  /** the browser's --user-data-dir */
  readonly profile: string;
  readonly snapshot: string;
}

/**
 * A folder name for a customer id: the id itself where it is plain capitals and digits, otherwise made
 * safe and told apart by a hash (Windows and macOS take `acc003` and `ACC003` for the same name).
 */
function folderNameOf(customerId: string): string {
  // Five characters and more: none of the names that Windows keeps for itself (CON, COM1, …).
  if (/^[A-Z0-9_-]{5,50}$/.test(customerId)) return customerId;
  const hash = createHash('sha256').update(customerId).digest('hex').slice(0, 8);
  return `${customerId.toLowerCase().replace(/[^a-z0-9_-]/g, '_')}-${hash}`;
}

export function locateProfile(dataDir: string, customerId: string, browser: BrowserChoice): ProfileFolder {
  const dataPath = path.resolve(dataDir, 'whatsapp', folderNameOf(customerId));
  const suffix = browser === 'own' ? '' : '-installed';
  return {
    dataPath,
    clientId: browser === 'own' ? undefined : 'installed',
    profile: path.join(dataPath, `session${suffix}`),
    snapshot: path.join(dataPath, `snapshot${suffix}`),
  };
}

export async function folderExists(folder: string): Promise<boolean> {
  try {
    return (await lstat(folder)).isDirectory();
  } catch {
    return false;
  }
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, patientRemoval);
}

/** Windows: a browser holds it as long as it runs, and Windows removes it with the browser. */
const windowsLock = 'lockfile';

/** Could a browser be running on it? Where that is plain to see, the processes need not be listed. */
async function mayBeInUse(folder: ProfileFolder, platform: NodeJS.Platform): Promise<boolean> {
  if (!(await folderExists(folder.profile))) return false;
  // The app's own browser makes no such file.
  if (platform !== 'win32' || folder.clientId === undefined) return true;
  return lstat(path.join(folder.profile, windowsLock)).then(
    () => true,
    () => false,
  );
}

/**
 * Ends browsers that a killed gateway left on this profile, and clears the locks that would keep a new
 * one from starting (exit code 21). Where the system's listing cannot be had (Windows without PowerShell), the new
 * browser is tried all the same. @returns how many browsers were ended
 */
export async function clearProfile(
  folder: ProfileFolder,
  platform: NodeJS.Platform = process.platform,
  list: typeof listProcesses = listProcesses,
): Promise<number> {
  const listed = (await mayBeInUse(folder, platform)) ? await list().catch(() => []) : [];
  const orphans = listed.filter(
    (entry) =>
      entry.pid !== process.pid &&
      // Children name the same folder; they end with their browser.
      !entry.command.includes('--type=') &&
      namesProfile(entry.command, folder.profile, platform),
  );
  for (const { pid } of orphans) await endProcessTree(pid);
  // The names are Chromium's; SingletonLock names the host and process that held the profile.
  for (const name of ['SingletonLock', 'SingletonCookie', 'SingletonSocket']) {
    await rm(path.join(folder.profile, name), { force: true });
  }
  return orphans.length;
}

/** What a browser makes again by itself, and most of a profile's size. */
const rebuilt = new Set([
  'Cache',
  'Code Cache',
  'GPUCache',
  'GrShaderCache',
  'ShaderCache',
  'GraphiteDawnCache',
  'DawnGraphiteCache',
  'DawnWebGPUCache',
  'CacheStorage',
  'ScriptCache',
  'Crashpad',
  'BrowserMetrics',
  'component_crx_cache',
  'extensions_crx_cache',
  'SingletonLock',
  'SingletonCookie',
  'SingletonSocket',
  'DevToolsActivePort',
]);

async function copyProfile(from: string, to: string): Promise<void> {
  const unfinished = `${to}.unfinished`;
  await removeFolder(unfinished);
  await mkdir(path.dirname(to), { recursive: true, mode: 0o700 });
  await cp(from, unfinished, { recursive: true, filter: (source) => !rebuilt.has(path.basename(source)) });
  // The old copy goes only when the new one is whole.
  await removeFolder(to);
  await renamePatiently(unfinished, to);
}

/** Copies the profile of a browser that has closed cleanly. */
export async function takeSnapshot(folder: ProfileFolder): Promise<void> {
  await copyProfile(folder.profile, folder.snapshot);
}

/** Puts the snapshot in the profile's place. @returns false when there is none */
export async function restoreSnapshot(folder: ProfileFolder): Promise<boolean> {
  if (!(await folderExists(folder.snapshot))) return false;
  await copyProfile(folder.snapshot, folder.profile);
  return true;
}

/** The login is gone for good: so are the files that held it. */
export async function removeProfile(folder: ProfileFolder): Promise<void> {
  await removeFolder(folder.profile);
  await removeFolder(folder.snapshot);
}
