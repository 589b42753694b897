import { errorText } from '../errors';
import type { Logger } from '../observability/logger';
import { type ProfileFolder, restoreSnapshot, takeSnapshot } from './profile-folder';

/** The copy of a profile that is known to come up without a scan. */
export interface ProfileSnapshot {
  /** Puts the copy in the profile's place, once until `reset`. @returns whether it did */
  use(): Promise<boolean>;
  /** Copies the profile of a browser that has closed cleanly. */
  keep(): Promise<void>;
  reset(): void;
}

export function createProfileSnapshot(
  folder: () => ProfileFolder,
  customerId: string,
  logger: Logger,
): ProfileSnapshot {
  let isUsed = false;
  return {
    async use() {
      if (isUsed) return false;
      isUsed = true;
      const isRestored = await restoreSnapshot(folder());
      if (isRestored) {
        logger.info('whatsapp.profile_restored', 'whatsapp profile restored from its snapshot', {
          customer_id: customerId,
        });
      }
      return isRestored;
    },
    async keep() {
      try {
        await takeSnapshot(folder());
      } catch (thrown) {
        // The session does not need it unless its profile breaks; the one before is still there.
        logger.warn('whatsapp.snapshot_failed', 'whatsapp snapshot could not be taken', {
          customer_id: customerId,
          error: errorText(thrown),
        });
      }
    },
    reset() {
      isUsed = false;
    },
  };
}
