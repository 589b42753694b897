import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupSummary } from '../backup/create-backup';
import { createSingleFlight } from '../concurrency/single-flight';
import { errorText } from '../errors';
import type { Logger } from '../observability/logger';
import { isAlive } from '../system/is-alive';

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
const unfinishedName = /^modular-gateway-daily-\d{4}-\d\d-\d\dT\d{6}Z\.tar\.gz\.(\d+)\.partial$/;

interface OwnBackup {
  readonly name: string;
  readonly madeAtMs: number;
}

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
      await removeUnfinished();
      const nowMs = now().getTime();
      // What claims to be of the future tells of a clock that was wrong.
      const isRecent = ({ madeAtMs }: OwnBackup) => madeAtMs <= nowMs && nowMs - madeAtMs < backupEveryMs;
      if ((await listOwn()).some(isRecent)) return;
      const time = new Date(nowMs)
        .toISOString()
        .replace(/\.\d+Z$/, 'Z')
        .replaceAll(':', '');
      const name = `modular-gateway-daily-${time}.tar.gz`;
      const file = join(folder, name);
      const { bytes, tenants } = await options.create(file);
      const omitted = tenants.filter((tenant) => tenant.omitted !== undefined).length;
      const fields = { file, bytes, tenants: tenants.length, omitted };
      if (omitted === 0) logger.info('backup.created', 'daily backup made', fields);
      else logger.warn('backup.incomplete', 'daily backup made, without the data of some tenants', fields);
      // Those that are missing in it may be in older ones: these stay twice as long.
      const others = (await listOwn())
        .filter((other) => other.name !== name)
        .sort((a, b) => Number(b.madeAtMs > nowMs) - Number(a.madeAtMs > nowMs));
      const kept = (omitted === 0 ? options.kept : options.kept * 2) - 1;
      for (const old of others.slice(0, Math.max(0, others.length - kept))) await rm(join(folder, old.name));
    } catch (thrown) {
      logger.error('backup.failed', 'daily backup could not be made', { folder, error: errorText(thrown) });
    }
  }

  /** Oldest first. */
  async function listOwn(): Promise<OwnBackup[]> {
    const names = (await readdir(folder)).filter((name) => ownName.test(name));
    const found = await Promise.all(
      names.map(async (name) => ({ name, madeAtMs: (await stat(join(folder, name))).mtimeMs })),
    );
    return found.sort((a, b) => a.madeAtMs - b.madeAtMs);
  }

  /** What a killed gateway was writing. */
  async function removeUnfinished(): Promise<void> {
    for (const name of await readdir(folder)) {
      const pid = unfinishedName.exec(name)?.[1];
      // This one writes nothing at the moment.
      if (pid !== undefined && (Number(pid) === process.pid || !isAlive(Number(pid)))) {
        await rm(join(folder, name));
      }
    }
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
