import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Made at once, so that no library makes them with the rights that the process happens to hand down. */
const alwaysThere = ['logs', 'exports', 'backups', 'whatsapp'];
const whereThere = ['tls', 'desktop'];
/** What lies in them was perhaps written by an earlier version, readable for everybody. */
const filesOf = ['logs', 'backups'];

/**
 * Closes the folders of what is private to this account: 0700, and 0600 for the files in those that others might have
 * open. Also where they were there before. Means nothing on Windows, where the doctor looks after it.
 * @throws what the file system answers where a folder cannot be made
 */
export function closePrivateFolders(dataDir: string): void {
  if (process.platform === 'win32') return;
  for (const name of alwaysThere) mkdirSync(join(dataDir, name), { recursive: true, mode: 0o700 });
  for (const name of [...alwaysThere, ...whereThere]) close(join(dataDir, name), 'folder');
  for (const name of filesOf) {
    for (const file of readdirSync(join(dataDir, name))) close(join(dataDir, name, file), 'file');
  }
}

function close(path: string, kind: 'folder' | 'file'): void {
  try {
    const found = lstatSync(path);
    // A link's target is somebody else's decision.
    if (kind === 'folder' ? !found.isDirectory() : !found.isFile()) return;
    if ((found.mode & 0o077) !== 0) chmodSync(path, kind === 'folder' ? 0o700 : 0o600);
  } catch {
    // Gone meanwhile, or another account's: the folder above keeps others out.
  }
}
