import { renameSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../errors';

/** What Windows answers while a virus scanner, a backup or OneDrive looks at a file. */
const passing = new Set(['EPERM', 'EACCES', 'EBUSY']);
const firstPauseMs = 10;
const longestPauseMs = 500;
const patienceMs = 10_000;
/** The whole process stands still that long. */
const syncPatienceMs = 1_000;

/** For every `rm` of a folder: files that Windows still holds for a moment are tried again, for up to 21 s. */
export const patientRemoval = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 } as const;

interface RenameTimes {
  readonly platform?: NodeJS.Platform;
  /** how long to try at most */
  readonly patienceMs?: number;
}

/**
 * `rename` that waits until others let go of the file. Elsewhere than on Windows nobody holds one, and the same
 * errors mean that the account may not: they come at once.
 * @throws what the last try answered
 */
export async function renamePatiently(
  from: string,
  to: string,
  times: RenameTimes = {},
  renameOnce: (from: string, to: string) => Promise<void> = rename,
): Promise<void> {
  const deadline = performance.now() + (times.patienceMs ?? patienceMs);
  for (let pauseMs = firstPauseMs; ; pauseMs = nextPause(pauseMs)) {
    try {
      await renameOnce(from, to);
      return;
    } catch (thrown) {
      if (!mayPass(thrown, times.platform) || performance.now() + pauseMs > deadline) throw thrown;
    }
    await sleep(pauseMs);
  }
}

/** As `renamePatiently`, for what cannot wait for a promise. The process stands still meanwhile: a second at most. */
export function renamePatientlySync(
  from: string,
  to: string,
  times: RenameTimes = {},
  renameOnce: (from: string, to: string) => void = renameSync,
): void {
  const deadline = performance.now() + (times.patienceMs ?? syncPatienceMs);
  for (let pauseMs = firstPauseMs; ; pauseMs = nextPause(pauseMs)) {
    try {
      renameOnce(from, to);
      return;
    } catch (thrown) {
      if (!mayPass(thrown, times.platform) || performance.now() + pauseMs > deadline) throw thrown;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  }
}

function mayPass(thrown: unknown, platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'win32' && passing.has(errorCode(thrown) ?? '');
}

const nextPause = (pauseMs: number) => Math.min(pauseMs * 2, longestPauseMs);
