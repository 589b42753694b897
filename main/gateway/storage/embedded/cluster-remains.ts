import { randomBytes } from 'node:crypto';
import { link, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../errors';
import { patientRemoval, renamePatiently } from '../../system/patient-rename';

/** Ends the name of a file that is made aside and then moved into place whole. */
export const uniqueSuffix = () => randomBytes(6).toString('hex');

/** What an initdb that was killed has left: nothing else lasts as long under such a name. */
export async function removeInterrupted(dataDir: string, olderThanMs: number): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith('cluster.')) continue;
    const path = join(dataDir, name);
    const changed = await stat(path).catch(() => undefined);
    if (changed && Date.now() - changed.mtimeMs > olderThanMs) {
      await rm(path, patientRemoval);
    }
  }
}

/**
 * Takes a lock file away whose process id now belongs to somebody else: PostgreSQL would take that for a
 * running server. Puts it back if it was a newer one.
 */
export async function removeStaleLock(lockFile: string, staleContent: string): Promise<void> {
  const aside = `${lockFile}.${uniqueSuffix()}`;
  try {
    await renamePatiently(lockFile, aside);
    if ((await readFile(aside, 'utf8')) !== staleContent) await link(aside, lockFile);
    await rm(aside, { force: true });
  } catch (thrown) {
    if (errorCode(thrown) !== 'ENOENT' && errorCode(thrown) !== 'EEXIST') throw thrown;
  }
}

/**
 * What is in the cluster's place and is none: a removal of Windows' that could not take all of it along. Kept, under
 * another name.
 */
export async function moveRestAside(cluster: string): Promise<void> {
  const aside = join(cluster, '..', `rest-of-cluster.${uniqueSuffix()}`);
  try {
    if ((await readdir(cluster)).includes('PG_VERSION')) return;
    await renamePatiently(cluster, aside);
    // Another process may have put a whole one there just then.
    if ((await readdir(aside)).includes('PG_VERSION')) await renamePatiently(aside, cluster);
  } catch (thrown) {
    if (errorCode(thrown) !== 'ENOENT') throw thrown;
  }
}
