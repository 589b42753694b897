import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText } from '../../gateway/errors';
import { fail, ok, warn, type Check } from './check';

/** A new embedded server takes 40 MB, its write-ahead log up to 1 GB. */
const scarceBytes = 2_000_000_000;
const exhaustedBytes = 100_000_000;

/** The data folder can be written, and its disk has room. */
export async function checkDataFolder(dataDir: string): Promise<Check[]> {
  const probe = join(dataDir, `.doctor-${process.pid}`);
  try {
    await mkdir(dataDir, { recursive: true });
    await writeFile(probe, 'can it be written?', { flush: true });
    await rm(probe);
  } catch (thrown) {
    return [fail('data folder', `${dataDir} cannot be written: ${errorText(thrown)}.`)];
  }
  const { bavail, bsize } = await statfs(dataDir);
  const freeBytes = bavail * bsize;
  const room = `${(freeBytes / 1e9).toFixed(1)} GB free`;
  const folder = ok('data folder', `${dataDir} can be written.`);
  if (freeBytes < exhaustedBytes)
    return [folder, fail('disk space', `${room}: nothing can be accepted soon.`)];
  if (freeBytes < scarceBytes) return [folder, warn('disk space', `${room}: not much.`)];
  return [folder, ok('disk space', `${room}.`)];
}
