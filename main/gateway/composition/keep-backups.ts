import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupSummary } from '../backup/create-backup';
import { createSingleFlight } from '../concurrency/single-flight';
import { errorText } from '../errors';
import type { Logger } from '../observability/logger';

export interface DailyBackupOptions {
  readonly folder: string;
  /** how many are kept */
  readonly kept: number;
  readonly create: (file: string) => Promise<BackupSummary>;
  readonly logger: Logger;
  readonly now?: () => Date;
  /** between two looks at whether one is due; ten minutes unless told */
  readonly lookEveryMs?: number;
}

export interface DailyBackups {
  stop(): Promise<void>;
}

/** A little less than a day, so that the hour does not wander. */
const backupEveryMs = 23.5 * 3_600_000;
const lookEveryMs = 600_000;
/** Only files that were made here are counted and removed; whatever else is in the folder stays. */
const ownName = /^modular-gateway-daily-\d{4}-\d\d-\d\dT\d{6}Z\.tar\.gz$/;

/**
 * A backup a day into a folder of the operator's, the newest kept. What fails is logged, tried again at the next look,
 * and removes nothing: older ones go only once a newer one is whole.
 */
export function keepBackups(options: DailyBackupOptions): DailyBackups {
  const { folder, logger } = options;
  const now = options.now ?? (() => new Date());
  const looking = createSingleFlight(look);

  async function look(): Promise<void> {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const newest = (await listOwn()).at(-1);
      if (
        newest !== undefined &&
        now().getTime() - (await stat(join(folder, newest))).mtimeMs < backupEveryMs
      )
        return;
      const time = now()
        .toISOString()
        .replace(/\.\d+Z$/, 'Z')
        .replaceAll(':', '');
      const file = join(folder, `modular-gateway-daily-${time}.tar.gz`);
      const { bytes, tenants } = await options.create(file);
      const omitted = tenants.filter((tenant) => tenant.omitted !== undefined).length;
      logger.info('backup.created', 'daily backup made', { file, bytes, tenants: tenants.length, omitted });
      for (const old of (await listOwn()).slice(0, -options.kept)) await rm(join(folder, old));
    } catch (thrown) {
      logger.error('backup.failed', 'daily backup could not be made', { folder, error: errorText(thrown) });
    }
  }

  /** Oldest first: the time is in their names. */
  async function listOwn(): Promise<string[]> {
    return (await readdir(folder)).filter((name) => ownName.test(name)).sort();
  }

  const timer = setInterval(() => void looking.run(), options.lookEveryMs ?? lookEveryMs);
  timer.unref();
  void looking.run();

  return {
    async stop() {
      clearInterval(timer);
      await looking.running;
    },
  };
}
