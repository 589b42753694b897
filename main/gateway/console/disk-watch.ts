import { statfs } from 'node:fs/promises';

/** Below either of them PostgreSQL and the log are in danger of standing still. */
const leastFreeBytes = 1024 ** 3;
const leastFreeShare = 0.02;
const recheckEveryMs = 30_000;

export interface DiskSpace {
  readonly freeBytes: number;
  readonly isLow: boolean;
}

/** The room that is left on the disk of `folder`, looked at every 30 s at most; undefined where nobody can say. */
export function createDiskWatch(folder: string): () => Promise<DiskSpace | undefined> {
  let known: Promise<DiskSpace | undefined> | undefined;
  let untilMs = 0;

  async function look(): Promise<DiskSpace | undefined> {
    try {
      const { bavail, blocks, bsize } = await statfs(folder);
      return describeSpace(bavail * bsize, blocks * bsize);
    } catch {
      return undefined;
    }
  }

  return () => {
    if (!known || Date.now() >= untilMs) {
      known = look();
      untilMs = Date.now() + recheckEveryMs;
    }
    return known;
  };
}

export function describeSpace(freeBytes: number, totalBytes: number): DiskSpace {
  return { freeBytes, isLow: freeBytes < leastFreeBytes || freeBytes < totalBytes * leastFreeShare };
}
