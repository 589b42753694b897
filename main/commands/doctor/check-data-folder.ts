import { mkdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { errorText } from '../../gateway/errors';
import { fail, ok, warn, type Check } from './check';

/** A new embedded server takes 40 MB, its write-ahead log up to 1 GB. */
const scarceBytes = 2_000_000_000;
const exhaustedBytes = 100_000_000;

/** The data folder can be written, and its disk has room. */
export async function checkDataFolder(dataDir: string): Promise<Check[]> {
  const probe = join(dataDir, `.doctor-${process.pid}`);
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await writeFile(probe, 'can it be written?', { flush: true });
    await rm(probe);
  } catch (thrown) {
    return [fail('data folder', `${dataDir} cannot be written: ${errorText(thrown)}.`)];
  }
  const { bavail, bsize } = await statfs(dataDir);
  const freeBytes = bavail * bsize;
  const room = `${(freeBytes / 1e9).toFixed(1)} GB free`;
  const folder = await checkRights(dataDir);
  if (freeBytes < exhaustedBytes)
    return [folder, fail('disk space', `${room}: nothing can be accepted soon.`)];
  if (freeBytes < scarceBytes) return [folder, warn('disk space', `${room}: not much.`)];
  return [folder, ok('disk space', `${room}.`)];
}

/** It holds keys, databases and WhatsApp's logins: other accounts have no business in it. */
async function checkRights(dataDir: string): Promise<Check> {
  if (process.platform === 'win32') {
    // Rights come from the folder above there, and only a user's own folders are closed to other users.
    const isOwn = `${resolve(dataDir)}${sep}`.toLowerCase().startsWith(`${homedir()}${sep}`.toLowerCase());
    return isOwn
      ? ok('data folder', `${dataDir} can be written.`)
      : warn(
          'data folder',
          `${dataDir} is outside this account's folders: others may read the keys in it. Close it: ` +
            `icacls "${dataDir}" /inheritance:r /grant:r "%USERNAME%:(OI)(CI)F" "SYSTEM:(OI)(CI)F"`,
        );
  }
  const { mode } = await stat(dataDir);
  return (mode & 0o022) === 0
    ? ok('data folder', `${dataDir} can be written.`)
    : warn('data folder', `Other accounts may write to ${dataDir}: chmod go-w it.`);
}
